/**
 * The protocol of ring and doorbell, twice: as a model, of which every interleaving of single steps is explored, with each
 * bug that the code must not have injected and found; and as the code itself, one side of which runs whole between any two
 * accesses of the other to shared memory.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createDoorbellMemory, Doorbell } from './doorbell.ts';
import { SENT } from './frame.ts';
import { explore, type Model, type Step } from './interleavings.fixture.ts';
import { createRingMemory } from './memory.ts';
import { RingReader } from './reader.ts';
import { AnnouncingDecoder, AnnouncingEncoder, RecordingSink } from './ring.fixture.ts';
import { RingWriter } from './writer.ts';

type Bug =
  | 'none'
  | 'publish before write'
  | 'ring before publish'
  | 'sleep without re-check'
  | 'free before read'
  | 'ask for room without re-check'
  | 'ask for room only before saying asleep'
  | 'look at the request before freeing'
  | 'wake without exchange';

const AWAKE = 0;
const ASLEEP = 1;

/** `messages` numbers through a ring of `capacity` slots; both sides sleep when they can do nothing. */
function ringModel(messages: number, capacity: number, bug: Bug): Model {
  const shared = {
    slots: new Array<number>(capacity).fill(0),
    tail: 0,
    head: 0,
    wantsRoom: 0,
    reader: { state: AWAKE, wakes: 0, rung: false, rungTwice: false },
    writer: { state: AWAKE, wakes: 0, rung: false, rungTwice: false },
    received: [] as number[],
  };
  type Node = typeof shared.reader;

  function* ring(node: Node, at: string): Generator<Step, void> {
    yield { at: `${at}: read the state` };
    if (node.state !== ASLEEP) return;
    yield { at: `${at}: exchange` };
    if (bug !== 'wake without exchange') {
      if (node.state !== ASLEEP) return;
      node.state = AWAKE;
    }
    node.rungTwice ||= node.rung;
    node.rung = true;
    yield { at: `${at}: wake` };
    node.wakes = 1;
  }

  function* sleep(
    node: Node,
    at: string,
    isIdle: () => boolean,
    checks: boolean,
    asks: boolean,
  ): Generator<Step, void> {
    yield { at: `${at}: say asleep` };
    node.state = ASLEEP;
    node.rung = false;
    if (asks) {
      yield { at: `${at}: ask for room again` };
      shared.wantsRoom = 1;
    }
    if (checks) {
      yield { at: `${at}: re-check` };
      if (!isIdle()) {
        yield { at: `${at}: say awake` };
        node.state = AWAKE;
        return;
      }
    }
    yield { at: `${at}: sleep`, when: () => node.wakes > 0 };
    node.wakes = 0;
    node.state = AWAKE;
  }

  function* write(): Generator<Step, void> {
    for (let n = 0; n < messages; n++) {
      for (;;) {
        yield { at: `w${n}: read head` };
        if (n - shared.head < capacity) break;
        yield { at: `w${n}: ask for room` };
        shared.wantsRoom = 1;
        yield { at: `w${n}: read head again` };
        if (n - shared.head < capacity) {
          yield { at: `w${n}: ask no more` };
          shared.wantsRoom = 0;
          break;
        }
        const checks = bug !== 'ask for room without re-check';
        const asks = bug !== 'ask for room only before saying asleep';
        yield* sleep(shared.writer, `w${n}`, () => n - shared.head >= capacity, checks, asks);
      }
      if (bug === 'ring before publish') yield* ring(shared.reader, `w${n}`);
      if (bug === 'publish before write') {
        yield { at: `w${n}: publish` };
        shared.tail = n + 1;
      }
      yield { at: `w${n}: write` };
      shared.slots[n % capacity] = n + 1;
      if (bug !== 'publish before write') {
        yield { at: `w${n}: publish` };
        shared.tail = n + 1;
      }
      if (bug !== 'ring before publish') yield* ring(shared.reader, `w${n}`);
    }
  }

  function* read(): Generator<Step, void> {
    let position = 0;
    while (position < messages) {
      yield { at: `r${position}: read tail` };
      const tail = shared.tail;
      if (tail === position) {
        yield* sleep(
          shared.reader,
          `r${position}`,
          () => shared.tail === position,
          bug !== 'sleep without re-check',
          false,
        );
        continue;
      }
      while (position < tail) {
        if (bug === 'free before read') {
          yield { at: `r${position}/${tail}: free early` };
          shared.head = position + 1;
        }
        yield { at: `r${position}/${tail}: read` };
        shared.received.push(shared.slots[position % capacity]!);
        position++;
      }
      let asked = 0;
      if (bug === 'look at the request before freeing') {
        yield { at: `r${position}: look at the request` };
        asked = shared.wantsRoom;
      }
      yield { at: `r${position}: free, asked ${asked}` };
      shared.head = position;
      if (bug !== 'look at the request before freeing') {
        yield { at: `r${position}: look at the request` };
        asked = shared.wantsRoom;
      }
      if (asked === 0) continue;
      yield { at: `r${position}: take the request` };
      if (shared.wantsRoom === 0) continue;
      shared.wantsRoom = 0;
      yield* ring(shared.writer, `r${position}`);
    }
  }

  return {
    shared,
    processes: [write(), read()],
    always: () => {
      if (shared.received.some((value, index) => value !== index + 1)) return 'a frame was read that was not written';
      if (shared.reader.rungTwice || shared.writer.rungTwice) return 'a sleeper was woken twice';
      return undefined;
    },
    final: () => (shared.received.length === messages ? undefined : 'somebody sleeps for ever'),
  };
}

describe('the wake-up protocol', () => {
  it.each([
    { messages: 3, capacity: 4, count: 756 },
    { messages: 3, capacity: 1, count: 4173 },
    { messages: 4, capacity: 2, count: 7163 },
  ])(
    'loses no frame and no wake-up in any interleaving of $messages frames through room for $capacity',
    ({ messages, capacity, count }) => {
      const { violation, states, ends, schedule } = explore(() => ringModel(messages, capacity, 'none'));
      expect(violation, `schedule ${schedule.join('')}`).toBeUndefined();
      expect(states).toBe(count);
      expect(ends).toBeGreaterThan(0);
    },
  );

  it.each([
    ['publish before write', 'a frame was read that was not written'],
    ['free before read', 'a frame was read that was not written'],
    ['ring before publish', 'somebody sleeps for ever'],
    ['sleep without re-check', 'somebody sleeps for ever'],
    ['ask for room without re-check', 'somebody sleeps for ever'],
    ['ask for room only before saying asleep', 'somebody sleeps for ever'],
    ['look at the request before freeing', 'somebody sleeps for ever'],
    ['wake without exchange', 'a sleeper was woken twice'],
  ] as const)('would break with: %s', (bug, consequence) => {
    const { violation, schedule } = explore(() => ringModel(3, 1, bug));
    expect(violation).toBe(consequence);
    expect(schedule.length).toBeGreaterThan(0);
  });
});

const originals = { load: Atomics.load, store: Atomics.store, compareExchange: Atomics.compareExchange };

/** Runs `intruder` before the `index`-th access of `action` to shared memory; false when there were not so many. */
function intrude(index: number, action: () => void, intruder: () => void): boolean {
  let left = index;
  const before = (): void => {
    if (left-- !== 0) return;
    Object.assign(Atomics, originals);
    intruder();
  };
  for (const name of ['load', 'store', 'compareExchange'] as const) {
    const original = originals[name] as (...parts: unknown[]) => unknown;
    Object.assign(Atomics, {
      [name]: (...parts: unknown[]) => {
        before();
        return original(...parts);
      },
    });
  }
  try {
    action();
  } finally {
    Object.assign(Atomics, originals);
  }
  return left < 0;
}

class Pair {
  readonly bells = createDoorbellMemory(2);
  wakes = { reader: 0, writer: 0 };
  readonly readerBell = new Doorbell(this.bells, 0, () => this.wakes.reader++);
  readonly writerBell = new Doorbell(this.bells, 1, () => this.wakes.writer++);
  readonly memory = createRingMemory(1024);
  readonly writer = new RingWriter(this.memory, new AnnouncingEncoder(), { doorbell: this.readerBell });
  readonly reader = new RingReader(this.memory, new AnnouncingDecoder(), { writerDoorbell: this.writerBell });
  readonly sink = new RecordingSink();
  asleep = false;
  waits = false;

  send(): void {
    expect(this.writer.write(1, 0, 0, 0, 0, 0, 'x', undefined)).toBe(SENT);
    this.writer.flush();
  }

  fill(): void {
    while (this.writer.write(1, 0, 0, 0, 0, 0, 'x'.repeat(20), undefined) === SENT);
    this.writer.flush();
  }

  drainAndSleep(): void {
    this.reader.drain(100, this.sink);
    this.asleep = this.readerBell.fallAsleep(() => !this.reader.isReady);
  }

  waitForRoom(): void {
    this.waits = !this.writer.wantRoom() && this.writerBell.fallAsleep(() => !this.writer.wantRoom());
  }
}

describe('ring and doorbell', () => {
  afterEach(() => void Object.assign(Atomics, originals));

  it('lose no wake-up when a node falls asleep anywhere within a publish', () => {
    let index = 0;
    for (let more = true; more; index++) {
      const pair = new Pair();
      more = intrude(
        index,
        () => pair.send(),
        () => pair.drainAndSleep(),
      );
      if (pair.asleep && pair.reader.isReady) expect(pair.wakes.reader, `access ${index}`).toBe(1);
    }
    expect(index).toBeGreaterThan(3);
  });

  it('lose no wake-up when a frame is published anywhere within falling asleep', () => {
    let index = 0;
    let woken = 0;
    for (let more = true; more; index++) {
      const pair = new Pair();
      more = intrude(
        index,
        () => pair.drainAndSleep(),
        () => pair.send(),
      );
      if (pair.asleep && pair.reader.isReady) expect(pair.wakes.reader, `access ${index}`).toBe(1);
      woken += pair.wakes.reader;
    }
    expect(index).toBeGreaterThan(3);
    expect(woken).toBeGreaterThan(0);
  });

  it('lose no room when it is freed anywhere within asking for it, or asked for anywhere within freeing it', () => {
    for (const asksWithinFreeing of [true, false]) {
      let index = 0;
      for (let more = true; more; index++) {
        const pair = new Pair();
        pair.fill();
        const free = (): void => void pair.reader.drain(100, pair.sink);
        const ask = (): void => pair.waitForRoom();
        more = asksWithinFreeing ? intrude(index, free, ask) : intrude(index, ask, free);
        if (!more) (asksWithinFreeing ? ask : free)();
        if (pair.waits && !pair.reader.isReady) expect(pair.wakes.writer, `access ${index}`).toBe(1);
        expect(pair.writer.hasRoom() || pair.reader.isReady).toBe(true);
      }
      expect(index).toBeGreaterThan(4);
    }
  });
});
