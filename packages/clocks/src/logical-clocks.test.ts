import { type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, COUNTER_MAX } from './clock.ts';
import { execute, pairs } from './execution.fixture.ts';
import { HLC_COUNTER_MAX, hybridLogicalClock } from './hybrid-logical-clock.ts';
import { lamportClock } from './lamport-clock.ts';
import { forgetNode, matrixClock, stableCut } from './matrix-clock.ts';
import { physicalClock, physicalDuration, readPhysical } from './physical-clock.ts';
import { compactVector, compareVectors, mergeVectors, raiseFloor, type Vector, vectorClock } from './vector-clock.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const n1 = nodeId('n1');
const n2 = nodeId('n2');
const at = (now: number) => now as Ticks;

/** If e happened before f, the stamps are in that order. */
function expectClockCondition<State, Stamp>(clock: Clock<State, Stamp>, seed: number): void {
  for (const [e, f, isBefore] of pairs(execute(clock, { seed })))
    if (isBefore) expect(clock.compare(e.stamp, f.stamp)).toBe('before');
}

/** And only then. */
function expectCharacterization<State, Stamp>(clock: Clock<State, Stamp>, seed: number): void {
  for (const [e, f, isBefore] of pairs(execute(clock, { seed })))
    expect(clock.compare(e.stamp, f.stamp) === 'before').toBe(isBefore);
}

describe('a Lamport clock', () => {
  it('orders what happened before', () => {
    fc.assert(fc.property(seeds, (seed) => expectClockCondition(lamportClock, seed)));
  });

  it('orders any two events of an execution, one way', () => {
    const { compare } = lamportClock;
    for (const [{ stamp: e }, { stamp: f }] of pairs(execute(lamportClock, { seed: 7 })))
      expect([compare(e, f), compare(f, e)].sort()).toEqual(['after', 'before']);
  });

  it('refuses what would use its numbers up, and what is no stamp', () => {
    const state = lamportClock.init(n1);
    const stamps = [
      { time: COUNTER_MAX + 1, node: n2 },
      { time: -1, node: n2 },
      { time: 1 },
      null,
      'x',
      { time: 0.5, node: n2 },
    ];
    for (const stamp of stamps) expect(lamportClock.refusal(state, stamp, at(0))).toBe('a malformed stamp');
    expect(lamportClock.refusal(state, { time: COUNTER_MAX, node: n2 }, at(0))).toBeUndefined();
  });
});

describe('a vector clock', () => {
  it('tells exactly what happened before', () => {
    fc.assert(fc.property(seeds, (seed) => expectCharacterization(vectorClock, seed)));
  });

  it('gives stamps that do not change afterwards', () => {
    const state = vectorClock.init(n1);
    const first = vectorClock.tick(state, at(0));
    vectorClock.tick(state, at(0));
    expect(first).toEqual(new Map([[n1, 1]]));
  });

  const vectors = fc
    .dictionary(fc.constantFrom('n1', 'n2', 'n3', 'n4'), fc.integer({ min: 1, max: 4 }))
    .map((counts): Vector => new Map(Object.entries(counts).map(([node, count]) => [nodeId(node), count])));

  it('compares above a floor what is cut there as in full', () => {
    fc.assert(
      fc.property(vectors, vectors, vectors, (a, b, floor) => {
        const [highA, highB] = [mergeVectors(a, floor), mergeVectors(b, floor)];
        const full = compareVectors(highA, highB);
        const [shortA, shortB] = [compactVector(highA, floor), compactVector(highB, floor)];
        expect(compareVectors(shortA, shortB, floor)).toBe(full);
        expect(compareVectors(shortA, highB, floor)).toBe(full);
        expect(compareVectors(highA, shortB, floor)).toBe(full);
      }),
    );
  });

  it('does not cut what is below the floor', () => {
    expect(() => compactVector(new Map([[n1, 1]]), new Map([[n1, 2]]))).toThrow(
      'Expected a stamp at or above the floor',
    );
    expect(() => raiseFloor(vectorClock.init(n1), new Map([[n2, 2]]))).toThrow(
      'Expected a floor that this node has reached',
    );
  });

  it('says no more of a node that has left, once all have heard of its end', () => {
    const state = vectorClock.init(n1);
    vectorClock.receive(state, new Map([[n2, 5]]), at(0));
    raiseFloor(state, new Map([[n2, 5]]));
    expect([...vectorClock.tick(state, at(0)).keys()]).toEqual([n1]);
    // A late message of before is no news.
    vectorClock.receive(state, new Map([[n2, 4]]), at(0));
    expect(compareVectors(new Map([[n2, 6]]), vectorClock.tick(state, at(0)), state.floor)).toBe('concurrent');
  });

  it('refuses vectors without end', () => {
    const many = new Map(Array.from({ length: 5_000 }, (_, index) => [nodeId(`n${index}`), 1]));
    for (const stamp of [many, new Map([['', 1]]), new Map([[n1, -1]]), {}, undefined])
      expect(vectorClock.refusal(vectorClock.init(n1), stamp, at(0))).toBe('a malformed stamp');
  });
});

describe('a matrix clock', () => {
  it('tells exactly what happened before', () => {
    fc.assert(fc.property(seeds, (seed) => expectCharacterization(matrixClock, seed)));
  });

  it('knows of nobody that he has heard of more than he has, and learns what all have heard of', () => {
    let stable = 0;
    for (let seed = 0; seed < 100; seed++) {
      const happened = execute(matrixClock, { seed, nodes: 3, events: 120 });
      const nodes = [...new Set(happened.map(({ node }) => node))];
      const seen = new Map<NodeId, Vector>();
      for (const { node, state, past, stamp } of happened) {
        // What a node has really seen of another: the events of that in its past, and its own.
        const counts = new Map<NodeId, number>();
        for (const event of past) {
          const of = (happened[event] as (typeof happened)[number]).node;
          counts.set(of, (counts.get(of) ?? 0) + 1);
        }
        counts.set(node, (counts.get(node) ?? 0) + 1);
        seen.set(node, counts);
        expect(stamp.rows.get(node)).toEqual(counts);
        for (const [of, count] of stableCut(state, nodes)) {
          stable++;
          for (const other of nodes) expect(seen.get(other)?.get(of) ?? 0).toBeGreaterThanOrEqual(count);
        }
      }
    }
    expect(stable).toBeGreaterThan(1_000);
  });

  it('forgets a node', () => {
    const state = matrixClock.init(n1);
    const other = matrixClock.init(n2);
    matrixClock.receive(state, matrixClock.tick(other, at(0)), at(0));
    forgetNode(state, n2);
    expect(matrixClock.tick(state, at(0))).toEqual({ node: n1, rows: new Map([[n1, new Map([[n1, 2]])]]) });
  });

  it('refuses what is no matrix', () => {
    for (const stamp of [{}, { node: n1, rows: new Map([[n2, 1]]) }, { node: n1, rows: {} }, undefined])
      expect(matrixClock.refusal(matrixClock.init(n1), stamp, at(0))).toBe('a malformed stamp');
  });
});

describe('counters at the end of their numbers', () => {
  it('stay there, and are not refused', () => {
    const lamport = lamportClock.init(n1);
    const vector = vectorClock.init(n1);
    const matrix = matrixClock.init(n1);
    for (let event = 0; event < 3; event++) {
      lamportClock.receive(lamport, { time: COUNTER_MAX, node: n2 }, at(0));
      vectorClock.receive(vector, new Map([[n1, COUNTER_MAX]]), at(0));
      matrixClock.receive(matrix, { node: n2, rows: new Map([[n1, new Map([[n1, COUNTER_MAX]])]]) }, at(0));
      expect(lamportClock.refusal(lamport, lamportClock.tick(lamport, at(0)), at(0))).toBeUndefined();
      expect(vectorClock.refusal(vector, vectorClock.tick(vector, at(0)), at(0))).toBeUndefined();
      expect(matrixClock.refusal(matrix, matrixClock.tick(matrix, at(0)), at(0))).toBeUndefined();
    }
    expect(lamport.time).toBe(COUNTER_MAX);
  });
});

describe('a hybrid logical clock', () => {
  /** Clocks that are off by up to so much, and now and then jump within that. */
  const skewed = (seed: number, most: number) => (node: number, time: number) =>
    time + most + (((node * 7_919 + seed + Math.floor(time / 20) * node) % (2 * most + 1)) - most);

  it('orders what happened before, whatever the clocks show', () => {
    const clock = hybridLogicalClock({ offsetTicksMax: at(100) });
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const [e, f, isBefore] of pairs(execute(clock, { seed, physical: skewed(seed, 50) })))
          if (isBefore) expect(clock.compare(e.stamp, f.stamp)).toBe('before');
      }),
    );
  });

  it('stays as near to physical time as the clocks are to one another', () => {
    const most = 50;
    const clock = hybridLogicalClock({ offsetTicksMax: at(2 * most) });
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const { stamp, now } of execute(clock, { seed, events: 200, physical: skewed(seed, most) })) {
          expect(stamp.l).toBeGreaterThanOrEqual(now);
          expect(stamp.l - now).toBeLessThanOrEqual(2 * most);
        }
      }),
    );
  });

  it('goes on in order while its clock has jumped back, and when its counter is spent', () => {
    const clock = hybridLogicalClock();
    const state = clock.init(n1);
    let last = clock.tick(state, at(1_000));
    for (let i = 0; i <= HLC_COUNTER_MAX + 5; i++) {
      const next = clock.tick(state, at(10));
      expect(next.c).toBeLessThanOrEqual(HLC_COUNTER_MAX);
      if (clock.compare(last, next) !== 'before') expect.fail('stamps go on');
      last = next;
    }
    expect(last.l).toBe(1_001);
  });

  it('refuses a stamp that is further ahead than clocks may be apart', () => {
    const clock = hybridLogicalClock({ offsetTicksMax: at(10) });
    const state = clock.init(n1);
    expect(clock.refusal(state, { l: 111, c: 0, node: n2 }, at(100))).toBe(
      'a stamp further ahead than clocks may be apart',
    );
    expect(clock.refusal(state, { l: 110, c: 0, node: n2 }, at(100))).toBeUndefined();
    expect(clock.refusal(state, { l: 1, c: HLC_COUNTER_MAX + 1, node: n2 }, at(100))).toBe('a malformed stamp');
    expect(() => hybridLogicalClock({ offsetTicksMax: at(-1) })).toThrow('Expected offsetTicksMax');
  });
});

describe('a physical clock', () => {
  it('is αt + β, and puts effects before causes where clocks differ', () => {
    expect(readPhysical({ driftPerMillion: 100, offset: 5 }, 1e6)).toBe(1e6 + 100 + 5);
    expect(physicalDuration({ driftPerMillion: -500_000, offset: 0 }, 10)).toBe(20);
    const off = execute(physicalClock, { seed: 3, events: 300, physical: (node, time) => time + 100 - node * 30 });
    const wrong = [...pairs(off)].filter(
      ([e, f, isBefore]) => isBefore && physicalClock.compare(e.stamp, f.stamp) === 'after',
    );
    expect(wrong.length).toBeGreaterThan(0);
  });
});
