import { describe, expect, it } from 'vitest';
import { NodeClock, outwards } from './node-clock.ts';

describe('a clock', () => {
  it('shows αt + β in whole ticks, and never goes back by drift alone', () => {
    for (const drift of [-999_999, -500, 0, 500, 250_000]) {
      const clock = new NodeClock(drift, 100);
      let last = clock.read(0);
      expect(last).toBe(100);
      for (let t = 1; t < 3_000; t++) {
        const shown = clock.read(t);
        expect(Math.abs(shown - (100 + t * (1 + drift / 1e6)))).toBeLessThanOrEqual(1);
        expect(shown).toBeGreaterThanOrEqual(last);
        last = shown;
      }
    }
  });

  it('lets a timer fire once it has advanced by the timer, and not a tick before it could have', () => {
    for (const drift of [-500_000, -500, -1, 0, 1, 500, 300_000]) {
      const clock = new NodeClock(drift, 0);
      for (let begin = 0; begin < 50; begin++)
        for (let delay = 1; delay < 2_000; delay = delay * 2 + 1) {
          const took = clock.duration(delay);
          expect(clock.read(begin + took) - clock.read(begin)).toBeGreaterThanOrEqual(delay);
          expect(clock.read(begin + took - 1) - clock.read(begin)).toBeLessThanOrEqual(delay);
        }
    }
  });

  it('jumps by what it is told, and goes on from 0 where it would show less: it never stands still', () => {
    const clock = new NodeClock(0, 10);
    clock.jump(-4, 100);
    expect(clock.read(100)).toBe(106);
    clock.jump(-1_000, 100);
    expect([clock.read(100), clock.read(101), clock.read(150)]).toEqual([0, 1, 50]);
    clock.jump(7, 150);
    expect(clock.read(150)).toBe(57);
  });

  it('draws outwards from the middle, so that the tame choice changes nothing', () => {
    expect([0, 1, 2, 3, 4].map(outwards)).toEqual([0, 1, -1, 2, -2]);
  });
});
