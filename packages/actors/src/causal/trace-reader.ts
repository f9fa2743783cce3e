/**
 * Reads a trace's memory, which another thread may be writing, or may have filled with anything: what is no event is refused
 * and counted, and no read costs more than the memory's size.
 */

import { isCounter } from '@troupe/clocks';
import { Decoder } from '@troupe/codec';
import type { Ticks } from '@troupe/protocol';
import { FrameType } from '../wire.ts';
import type { AnyClock } from './clock-option.ts';
import { lifeId } from './node-clock.ts';
import type { TracedActor, TracedMessage, TraceEvent } from './system-trace.ts';
import {
  HEAD_BYTES,
  Head,
  Real,
  SLOT_BYTES,
  StampForm,
  slotBytes,
  TEXT_UNITS,
  TRACE_KINDS,
  type TraceMemory,
  textsAt,
  VECTOR_ENTRY_BYTES,
  Word,
} from './trace-memory.ts';

/** Whose memory it is, and what its numbers stand for. */
export interface TraceSource {
  readonly memory: TraceMemory;
  readonly node: number;
  readonly life: number;
  /** Of all nodes, by index. */
  readonly names: readonly string[];
  readonly clock: AnyClock | undefined;
}

export interface TraceReading {
  /** In the order of their recording. */
  readonly events: readonly TraceEvent[];
  /** Recorded ever; more than the memory holds where some were dropped. */
  readonly recorded: number;
  /** Slots that held no event. */
  readonly refused: number;
}

const FRAMES = { [FrameType.Tell]: 'tell', [FrameType.Ask]: 'ask', [FrameType.Reply]: 'reply' } as const;
const OTHER_FRAMES = { [FrameType.Failure]: 'failure', [FrameType.Control]: 'control' } as const;
const FRAME_NAMES: Readonly<Record<number, TracedMessage['frame']>> = { ...FRAMES, ...OTHER_FRAMES };

export function readTrace(source: TraceSource): TraceReading {
  const { slots, bytes } = source.memory;
  const head = new Int32Array(bytes, 0, HEAD_BYTES / 4);
  const before = Atomics.load(head, Head.Count);
  const copy = bytes.slice(0);
  const during = (Atomics.load(head, Head.Count) - before) >>> 0;
  const [counted] = new Float64Array(copy, 0, 1);
  // All before this were whole when the copying began.
  const recorded = isCounter(counted) ? Math.max(0, counted - ((counted - before) >>> 0)) : 0;
  const reader = new SlotReader(source, copy);
  const events: TraceEvent[] = [];
  let refused = 0;
  // What was recorded during the copying, and what is being recorded, is written over the oldest.
  const first = Math.max(0, recorded + during + 1 - slots);
  for (let index = first; index < recorded; index++) {
    const event = reader.read(index % slots);
    if (event === undefined) refused++;
    else events.push(event);
  }
  return { events, recorded, refused };
}

class SlotReader {
  private readonly source: TraceSource;
  private readonly words: Int32Array;
  private readonly reals: Float64Array;
  private readonly bytes: Uint8Array;
  private readonly texts: readonly string[];
  private readonly decoder = new Decoder();
  private readonly id: string;

  constructor(source: TraceSource, copy: ArrayBufferLike) {
    this.source = source;
    this.words = new Int32Array(copy);
    this.reals = new Float64Array(copy, 0, textsAt(source.memory) / 8);
    this.bytes = new Uint8Array(copy);
    this.texts = readTexts(new Uint16Array(copy, textsAt(source.memory), TEXT_UNITS), this.words[Head.TextUnits] ?? 0);
    this.id = lifeId(source.names[source.node] as string, source.life);
  }

  read(slot: number): TraceEvent | undefined {
    const { source, words, reals, texts } = this;
    const start = HEAD_BYTES + slot * slotBytes(source.memory);
    const base = start >> 2;
    const word = (at: number): number => words[base + at] as number;
    const lamport = reals[(start >> 3) + Real.Lamport];
    const at = reals[(start >> 3) + Real.At];
    const kind = TRACE_KINDS[word(Word.Kind)];
    const text = texts[word(Word.Text)];
    if (kind === undefined || text === undefined || !isCounter(lamport) || !Number.isFinite(at)) return undefined;
    const actor = this.actor(base + Word.Actor);
    const peer = this.node(word(Word.Peer));
    const message = this.message(start, base);
    const stamp = this.stamp(start + SLOT_BYTES, word(Word.StampBytes), word(Word.StampForm));
    if (actor === REFUSED || peer === REFUSED || message === REFUSED || stamp === REFUSED) return undefined;
    return {
      kind,
      node: source.names[source.node] as string,
      life: source.life,
      at: at as number,
      lamport,
      text,
      ...(stamp === undefined ? {} : { stamp }),
      ...(actor === undefined ? {} : { actor }),
      ...(peer === undefined ? {} : { peer }),
      ...(message === undefined ? {} : { message }),
    };
  }

  private actor(word: number): TracedActor | undefined | typeof REFUSED {
    const [type = 0, name = 0, id = 0] = this.words.subarray(word, word + 3);
    if (type === 0) return undefined;
    const { texts } = this;
    if (texts[type] === undefined || texts[name] === undefined) return REFUSED;
    return { type: texts[type], ...(name === 0 ? {} : { name: texts[name] }), id: id >>> 0 };
  }

  private node(index: number): string | undefined | typeof REFUSED {
    if (index === 0) return undefined;
    return this.source.names[index - 1] ?? REFUSED;
  }

  /** Its entries are looked at by the clock. */
  private vector(at: number, bytes: number): ReadonlyMap<unknown, unknown> {
    const vector = new Map<unknown, unknown>();
    for (let from = at; from < at + bytes; from += VECTOR_ENTRY_BYTES)
      vector.set(this.texts[this.words[from >> 2] as number], this.reals[(from >> 3) + 1]);
    return vector;
  }

  private message(start: number, base: number): TracedMessage | undefined | typeof REFUSED {
    const { words, reals } = this;
    const node = this.node(words[base + Word.Sender] as number);
    if (node === undefined) return undefined;
    const life = words[base + Word.SenderLife] as number;
    const number = reals[(start >> 3) + Real.Number];
    const frame = FRAME_NAMES[words[base + Word.Frame] as number];
    const target = this.actor(base + Word.Target);
    if (node === REFUSED || target === REFUSED || frame === undefined || life < 1 || !isCounter(number)) return REFUSED;
    return { id: `${lifeId(node, life)}/${number}`, frame, ...(target === undefined ? {} : { target }) };
  }

  private stamp(at: number, bytes: number, form: number): unknown {
    const { clock, memory } = this.source;
    if (bytes === 0 || clock === undefined) return undefined;
    if (bytes < 0 || bytes > memory.stampBytes) return REFUSED;
    try {
      const isVector = form === StampForm.Vector;
      const stamp = isVector ? this.vector(at, bytes) : this.decoder.decode(this.bytes, at, at + bytes);
      // Only its form is looked at: whatever the time was, it is past.
      return clock.refusal(clock.init(this.id as never), stamp, Number.MAX_SAFE_INTEGER as Ticks) === undefined
        ? stamp
        : REFUSED;
    } catch {
      return REFUSED;
    }
  }
}

const REFUSED: unique symbol = Symbol('refused');

function readTexts(units: Uint16Array, used: number): string[] {
  const texts = [''];
  const end = Math.max(0, Math.min(used, units.length));
  for (let at = 0; at < end; ) {
    const length = units[at] as number;
    if (at + 1 + length > end) break;
    texts.push(String.fromCharCode(...units.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return texts;
}
