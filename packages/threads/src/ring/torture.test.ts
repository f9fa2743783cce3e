/**
 * Frames that a hostile or broken thread changes after they were published: every word of the ring may hold anything, and
 * in every other ring the control words too. In some rings a few are hit, in others nearly all. TROUPE_TORTURE_FRAMES sets
 * how many are written at least, and how many hits they take (default 1,000,000, some seconds); TROUPE_TORTURE_SEED which.
 */
import * as util from 'node:util';
import { Decoder, Encoder, valueInspector } from '@troupe/codec';
import { expect, it } from 'vitest';
import { type FrameSink, HELD, LEAVE, REFUSALS, SENT, TAKEN, type Verdict } from './frame.ts';
import { createRingMemory, HEAD, PUBLISHED_FRAMES, TAIL, WANTS_ROOM } from './memory.ts';
import { RingReader } from './reader.ts';
import { LoopbackOutOfBand, sleepingBell } from './ring.fixture.ts';
import { RingWriter } from './writer.ts';

const frameCount = Number(process.env['TROUPE_TORTURE_FRAMES'] ?? 1_000_000);
const firstSeed = Number(process.env['TROUPE_TORTURE_SEED'] ?? 1);
const FRAMES_PER_RING = 2_000;
const inspector = valueInspector(util);
const { bell } = sleepingBell();

/** Integers below n. */
type Draw = (n: number) => number;

function generator(seed: number): Draw {
  let state = (seed * 0x9e37_79b9) >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

class Victim {
  readonly draw: Draw;
  readonly redelivers: boolean;
  /** Whether the control words are changed too, or only what lies between head and tail. */
  readonly control: boolean;
  /** Nearly every frame is hit, or a few are. */
  readonly isHarsh: boolean;
  hits = 0;
  readonly outOfBand = new LoopbackOutOfBand();
  readonly memory;
  readonly controlWords: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  readonly held: number[] = [];
  readonly sink: FrameSink;
  settled = false;
  last: unknown = undefined;
  reports = 0;

  constructor(seed: number) {
    this.draw = generator(seed);
    this.redelivers = this.draw(2) === 0;
    this.control = this.draw(2) === 0;
    this.isHarsh = this.draw(2) === 0;
    this.memory = createRingMemory(1024 << this.draw(4), { redelivers: this.redelivers });
    this.controlWords = new Int32Array(this.memory.control);
    this.words = new Int32Array(this.memory.data);
    this.bytes = new Uint8Array(this.memory.data);
    this.writer = new RingWriter(this.memory, new Encoder({ inspector }), {
      doorbell: bell,
      outOfBand: this.outOfBand,
    });
    this.reader = new RingReader(this.memory, new Decoder(), {
      writerDoorbell: bell,
      outOfBand: this.outOfBand,
      typeMax: 9,
    });
    this.sink = { frame: (...fields) => this.#verdict(fields[6], fields[8]), refused: () => this.reports++ };
  }

  #verdict(payload: unknown, position: number): Verdict {
    this.last = payload;
    if (this.settled) return TAKEN;
    const choice = this.draw(8);
    if (choice === 0) return LEAVE;
    if (choice < 4 && this.redelivers) {
      this.held.push(position);
      return HELD;
    }
    return TAKEN;
  }

  write(): boolean {
    const draw = this.draw;
    const n = draw(1000);
    const payloads = [
      { type: 'inc', id: 7, n },
      { n, text: 'x'.repeat(draw(300)) },
      [n, { deep: { n } }],
      undefined,
      n,
      'x'.repeat(n * 3),
    ];
    const long = draw(3) === 0;
    const extra = draw(10) === 0 ? { trace: n } : undefined;
    return this.writer.write(1 + draw(9), n, n, n, long ? n : 0, long ? n : 0, payloads[draw(6)], extra) === SENT;
  }

  /** Changes something between head and tail, or a control word. */
  mutate(): void {
    this.hits++;
    const draw = this.draw;
    const tail = this.controlWords[TAIL]!;
    const span = Math.max(8, (tail - this.controlWords[HEAD]!) | 0);
    const at = (this.controlWords[HEAD]! + (draw(span) & ~7)) & (this.words.length * 4 - 1);
    const word = (at >> 2) + draw(2);
    const random = (draw(0x1_0000) << 16) | draw(0x1_0000);
    switch (draw(this.control ? 10 : 6)) {
      case 0:
        this.bytes[at + draw(8)] = draw(256);
        break;
      case 1:
        this.words[word] = random;
        break;
      case 2:
        // A plausible magic, with any length.
        this.words[at >> 2] = (0xa7 << 24) | draw(1 << (1 + draw(24)));
        break;
      case 3:
        this.words[word] = this.words[word]! ^ (1 << draw(32));
        break;
      case 4:
        this.outOfBand.items.clear();
        break;
      case 5:
        for (let i = 0; i < 8; i++) this.bytes[(at + i) & (this.bytes.length - 1)] = draw(256);
        break;
      default:
        this.controlWords[[TAIL, HEAD, PUBLISHED_FRAMES, WANTS_ROOM][draw(4)]!] = random;
    }
  }

  drain(): void {
    for (let turn = 0; turn < 100 && (this.reader.isReady || this.reader.isBlocked); turn++) {
      this.reader.resume();
      this.reader.drain(1 + this.draw(50), this.sink);
    }
    while (this.held.length > this.draw(20)) {
      const [position] = this.held.splice(this.draw(this.held.length), 1);
      if (this.draw(4) === 0) this.reader.begin(position!);
      this.reader.release(position!);
    }
  }
}

function torture(seed: number): Victim {
  const victim = new Victim(seed);
  const draw = victim.draw;
  let rejected = 0;
  while (victim.writer.counters.frames < FRAMES_PER_RING && rejected < 200) {
    let written = 0;
    for (let i = draw(30); i >= 0 && victim.write(); i--) written++;
    victim.writer.flush();
    const sound = [
      victim.controlWords[TAIL]!,
      victim.controlWords[HEAD]!,
      victim.controlWords[PUBLISHED_FRAMES]!,
    ] as const;
    for (let i = victim.isHarsh ? 2 * written : draw(4); i > 0; i--) victim.mutate();
    victim.drain();
    // What the reader published since is its own; what was changed under it is put back, as the owner's next store does.
    if (victim.controlWords[TAIL] !== sound[0]) victim.controlWords[TAIL] = sound[0];
    if (victim.controlWords[PUBLISHED_FRAMES] !== sound[2]) victim.controlWords[PUBLISHED_FRAMES] = sound[2];
    victim.drain();
    rejected = victim.writer.freeBytes > 512 ? 0 : rejected + 1;
  }
  return victim;
}

/** Takes everything from now on. */
function settle(victim: Victim): void {
  victim.settled = true;
  for (let i = 0; i < 100; i++) {
    victim.reader.resume();
    victim.reader.drain(1000, victim.sink);
  }
  for (const position of victim.held) victim.reader.release(position);
}

it(`refuses and counts whatever ${frameCount} frames are turned into, and never throws`, { timeout: 300_000 }, () => {
  const refused = Object.fromEntries(REFUSALS.map((reason) => [reason, 0]));
  let written = 0;
  let hits = 0;
  let offered = 0;
  let skipped = 0;
  for (let seed = firstSeed; written < frameCount || hits < frameCount; seed++) {
    const victim = torture(seed);
    const { counters } = victim.reader;
    const { refused: reasons } = counters;
    const where = `TROUPE_TORTURE_SEED=${seed}`;
    // Every frame that the reader moved past was offered, refused for a reason, or skipped: none went uncounted.
    const accounted =
      counters.frames + reasons.header + reasons.payload + reasons['out-of-band'] + counters.skippedFrames;
    expect(counters.consumed, where).toBeLessThanOrEqual(accounted + reasons.length);
    expect(victim.reports, where).toBe(reasons.length + reasons.header + reasons.payload + reasons['out-of-band']);
    if (!victim.control) {
      // Nothing that was published went uncounted, and the ring is as good as new.
      settle(victim);
      const { frames } = victim.writer.counters;
      expect(victim.reader.counters.consumed, where).toBeGreaterThanOrEqual(frames);
      // Where no boundary can be told, at least one frame is counted.
      expect(victim.reader.counters.consumed, where).toBeLessThanOrEqual(
        frames + victim.reader.counters.refused.length,
      );
      expect(victim.writer.freeBytes, where).toBe(victim.bytes.length);
      victim.writer.write(1, 0, 0, 0, 0, 0, 'after all', undefined);
      victim.writer.flush();
      victim.reader.drain(1, victim.sink);
      expect(victim.last, where).toBe('after all');
    }
    for (const reason of REFUSALS) refused[reason]! += reasons[reason];
    written += victim.writer.counters.frames;
    hits += victim.hits;
    offered += counters.frames;
    skipped += counters.skippedFrames;
  }
  // It was torture, and most frames that were not hit still arrived.
  for (const reason of REFUSALS) expect(refused[reason], reason).toBeGreaterThan(frameCount / 10_000);
  expect(skipped).toBeGreaterThan(frameCount / 1000);
  expect(offered).toBeGreaterThan(frameCount / 4);
});
