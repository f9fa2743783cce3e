import { describe, expect, it } from 'vitest';
import { tameChooser } from '../choices/chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';
import { Buggify } from './buggify.ts';
import { World } from './world.ts';

function times(seed: number, label: string): number {
  const buggify = new Buggify(new World(new RandomChooser(seed)));
  return Array.from({ length: 100 }, () => buggify.ask(label)).filter(Boolean).length;
}

describe('buggify', () => {
  it('is on in some runs, and there comes true now and then', () => {
    const counts = Array.from({ length: 200 }, (_, seed) => times(seed, 'send twice'));
    const on = counts.filter((count) => count > 0);
    expect(on.length).toBeGreaterThan(20);
    expect(on.length).toBeLessThan(90);
    expect(Math.max(...on)).toBeLessThan(60);
  });

  it('has each label on by itself', () => {
    const isOn = (label: string, seed: number) => times(seed, label) > 0;
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    expect(seeds.filter((seed) => isOn('a', seed)).length).toBeGreaterThan(0);
    const buggify = (seed: number) => {
      const asked = new Buggify(new World(new RandomChooser(seed)));
      const came = new Set<string>();
      for (let i = 0; i < 200; i++) for (const label of ['a', 'b']) if (asked.ask(label)) came.add(label);
      return [...came].join('');
    };
    expect(new Set(seeds.map(buggify))).toEqual(new Set(['', 'a', 'b', 'ab', 'ba']));
  });

  it('is never true where choices are tame, nor once faults have ended', () => {
    const tame = new Buggify(new World(tameChooser));
    expect(tame.ask('x')).toBe(false);
    const wild = new Buggify(new World({ choose: (_label, n) => n - 1, begin: () => true }));
    expect(wild.ask('x')).toBe(true);
    wild.calm();
    expect(wild.ask('x')).toBe(false);
  });
});
