import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.ts';
import { Random } from './random.ts';

describe('the agenda', () => {
  it('gives items by time, and those of one time in their order, as sorting would', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const agenda = new Agenda<number>();
      const oracle: { at: number; item: number }[] = [];
      for (let item = 0; item < 80; item++) {
        if (random.below(3) > 0) {
          const at = random.below(20);
          agenda.add(at, item);
          oracle.push({ at, item });
        } else {
          oracle.sort((a, b) => a.at - b.at);
          expect(agenda.nextAt).toBe(oracle[0]?.at);
          expect(agenda.take()).toBe(oracle.shift()?.item);
        }
      }
    }
  });
});

describe('the random generator', () => {
  it('draws the same for the same seed, and evenly', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 6_000 }, () => random.below(6));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const counts = [0, 1, 2, 3, 4, 5].map((face) => draw(7).filter((value) => value === face).length);
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
