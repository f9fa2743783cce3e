import type { Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { tameChooser } from '../choices/chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';
import { type LinkFaults, NO_FAULTS } from '../faults.ts';
import { asynchronous, partiallySynchronous, type SystemModel } from '../system-model.ts';
import { Links } from './links.ts';
import { World } from './world.ts';

const names = ['n1', 'n2', 'n3'];

function links(faults: Partial<LinkFaults>, model: SystemModel = asynchronous, seed = 1) {
  const world = new World(new RandomChooser(seed));
  return { world, links: new Links(world, names, model, { ...NO_FAULTS.links, ...faults }, 'even') };
}

describe('links', () => {
  it('lose and duplicate at the rate that was drawn, count it, and never what a node sends to itself', () => {
    const { links: some } = links({ lossPerMille: 200, duplicatePerMille: 50 });
    let [lost, duplicated] = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      if (some.isLost(0, 1)) lost++;
      if (some.isDuplicated(0, 1)) duplicated++;
      expect(some.isLost(1, 1) || some.isDuplicated(1, 1)).toBe(false);
    }
    expect(Math.abs(lost / 20_000 - 0.2)).toBeLessThan(0.02);
    expect(Math.abs(duplicated / 20_000 - 0.05)).toBeLessThan(0.01);
    expect([some.lost, some.duplicated]).toEqual([lost, duplicated]);
  });

  it('lose and delay nothing by tame choices', () => {
    const world = new World(tameChooser);
    const faults = { ...NO_FAULTS.links, lossPerMille: 999, duplicatePerMille: 999, delayMax: 50 as Ticks };
    const tame = new Links(world, names, asynchronous, faults, 'long-tailed');
    expect([tame.isLost(0, 1), tame.isDuplicated(0, 1), tame.arrival(0, 1)]).toEqual([false, false, 1]);
  });

  it('let nothing through while any reason to be cut remains, one way only', () => {
    const { links: some } = links({});
    some.cut(0, 1, 1);
    some.cut(0, 1, 1);
    some.omit(2, 0, 1);
    expect([some.isLost(0, 1), some.isLost(1, 0), some.isLost(2, 0), some.isLost(0, 2)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    some.cut(0, 1, -1);
    some.omit(2, 0, -1);
    expect([some.isLost(0, 1), some.isLost(2, 0)]).toEqual([true, false]);
    some.cut(0, 1, -1);
    expect(some.isLost(0, 1)).toBe(false);
    // Many partitions may overlap.
    for (let i = 0; i < 256; i++) some.cut(0, 1, 1);
    expect(some.isLost(0, 1)).toBe(true);
  });

  it('reach everything within delta of the global stabilisation time, also in order, and lose nothing after it', () => {
    const model = partiallySynchronous(100, 7);
    for (const fifo of [false, true])
      for (let seed = 0; seed < 50; seed++) {
        const { world, links: some } = links({ delayMax: 300 as Ticks, lossPerMille: 900, fifo }, model, seed);
        some.cut(0, 1, 1);
        let last = 0;
        for (world.now = 0; world.now < 200; world.now++) {
          const at = some.arrival(0, 1);
          expect(at).toBeGreaterThan(world.now);
          expect(at).toBeLessThanOrEqual(Math.max(world.now, 100) + 7);
          if (fifo) expect(at).toBeGreaterThanOrEqual(last);
          last = at;
          if (world.now >= 100) expect(some.isLost(0, 1)).toBe(false);
          else expect(some.isLost(0, 1)).toBe(true);
        }
        // What a process omits is its own failure.
        some.omit(0, 1, 1);
        expect(some.isLost(0, 1)).toBe(true);
      }
  });
});
