import { nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedClock, commitWait, intervalAt, isAfter, isBefore, synchronise } from './bounded-clock.ts';
import { execute, pairs } from './execution.fixture.ts';
import { readPhysical } from './physical-clock.ts';

const n1 = nodeId('n1');
const drift = 300;
const offset = 4;
const clock = boundedClock({ driftPerMillionMax: drift, uncertaintyTicks: offset as Ticks });
/** Within what the clock's options allow; the reading is rounded down, by less than a tick. */
const physical = (node: number, time: number) =>
  readPhysical({ driftPerMillion: node % 2 === 0 ? drift / 2 : -drift / 2, offset: (node % 3) - 1 }, time);

describe('a clock of bounded uncertainty', () => {
  it('contains the true time', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const { stamp, time } of execute(clock, { seed, events: 200, physical })) {
          expect(stamp.earliest).toBeLessThanOrEqual(time);
          expect(stamp.latest).toBeGreaterThanOrEqual(time);
        }
      }),
    );
  });

  it('orders events only as they were in true time', () => {
    let ordered = 0;
    for (const [e, f] of pairs(execute(clock, { seed: 5, events: 200, physical }))) {
      if (clock.compare(e.stamp, f.stamp) !== 'before') continue;
      ordered++;
      expect(e.time).toBeLessThan(f.time);
    }
    expect(ordered).toBeGreaterThan(100);
  });

  it('is surely past a stamp once it has waited for that, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 }), (start, later) => {
        const state = clock.init(n1);
        intervalAt(state, start);
        const now = start + later;
        const stamp = intervalAt(state, now);
        const wait = commitWait(state, stamp, now);
        expect(isAfter(state, stamp.latest, now + wait)).toBe(true);
        expect(isAfter(state, stamp.latest, now + wait - 2)).toBe(false);
        expect(commitWait(state, stamp, now + wait)).toBe(0);
      }),
    );
  });

  it('is as sure as its last synchronisation, less what it has drifted since', () => {
    const state = boundedClock({ driftPerMillionMax: 1_000, uncertaintyTicks: 50 as Ticks }).init(n1);
    expect(intervalAt(state, 100)).toEqual({ earliest: 50, latest: 150 });
    synchronise(state, 200, { earliest: 300, latest: 304 });
    expect(intervalAt(state, 200)).toEqual({ earliest: 300, latest: 304 });
    expect(intervalAt(state, 1_200)).toEqual({ earliest: 1_299, latest: 1_305 });
    expect([isBefore(state, 1_306, 1_200), isBefore(state, 1_305, 1_200)]).toEqual([true, false]);
    expect(() => synchronise(state, 1, { earliest: 2, latest: 1 })).toThrow('Expected an interval');
  });

  it('refuses what is no interval', () => {
    for (const stamp of [undefined, {}, { earliest: 2, latest: 1, node: n1 }, { earliest: 'a', latest: 'b', node: n1 }])
      expect(clock.refusal(clock.init(n1), stamp, 0 as Ticks)).toBe('a malformed stamp');
    expect(() => boundedClock({ driftPerMillionMax: 1e6 })).toThrow('Expected driftPerMillionMax');
  });
});
