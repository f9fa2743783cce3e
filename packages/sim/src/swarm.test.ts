import type { Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { RandomChooser } from './choices/random-chooser.ts';
import { FAULTS, NO_FAULTS } from './faults.ts';
import { drawFaults, faultBounds } from './swarm.ts';
import { asynchronous, synchronous } from './system-model.ts';

const everything = faultBounds(
  { disks: { failurePerMille: 100, full: true }, clocks: { jumpMax: 100 as Ticks } },
  asynchronous,
);

describe('a swarm', () => {
  it('draws no fault by tame choices, nor where none may be', () => {
    const tame = drawFaults(everything, () => 0);
    expect(tame.links).toEqual(NO_FAULTS.links);
    expect(tame.clocks).toEqual(NO_FAULTS.clocks);
    expect(tame.disks).toEqual({ ...NO_FAULTS.disks, loseUnsynced: true });
    expect(tame.processes).toMatchObject({ pauses: false, slow: false, omission: false });
    expect(tame.processes.crashes(5)).toBe(0);
    const none = drawFaults(NO_FAULTS, (_, n) => n - 1);
    expect({ ...none.links, ...none.disks, ...none.clocks }).toEqual({
      ...NO_FAULTS.links,
      ...NO_FAULTS.disks,
      ...NO_FAULTS.clocks,
    });
  });

  it('draws each kind in about half of the seeds, and every strength up to the bound', () => {
    const drawn = Array.from({ length: 400 }, (_, seed) => {
      const chooser = new RandomChooser(seed);
      return drawFaults(everything, (label, n) => chooser.choose(label, n));
    });
    const about = (of: (faults: (typeof drawn)[number]) => boolean | number) => {
      const count = drawn.filter((faults) => Number(of(faults)) > 0).length;
      expect(count).toBeGreaterThan(150);
      expect(count).toBeLessThan(250);
    };
    about(({ links }) => links.delayMax);
    about(({ links }) => links.lossPerMille);
    about(({ links }) => links.duplicatePerMille);
    about(({ links }) => links.partitions);
    about(({ delaySpread }) => delaySpread === 'long-tailed');
    about(({ processes }) => processes.crashes(5));
    about(({ processes }) => processes.pauses);
    about(({ processes }) => processes.slow);
    about(({ processes }) => processes.omission);
    about(({ disks }) => disks.failurePerMille);
    about(({ disks }) => disks.full);
    about(({ clocks }) => clocks.driftPerMillion);
    about(({ clocks }) => clocks.jumpMax);
    const losses = drawn.map(({ links }) => links.lossPerMille);
    expect(Math.max(...losses)).toBeLessThanOrEqual(FAULTS.links.lossPerMille);
    expect(Math.max(...losses)).toBeGreaterThan(0.9 * FAULTS.links.lossPerMille);
  });

  it('draws sets that differ: no two kinds always come together', () => {
    const sets = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const chooser = new RandomChooser(seed);
      const { links, processes } = drawFaults(everything, (label, n) => chooser.choose(label, n));
      sets.add([links.lossPerMille > 0, links.partitions, processes.crashes(5) > 0, processes.pauses].join());
    }
    expect(sets.size).toBe(16);
  });

  it('keeps to the synchronous model: nothing lost, nothing late, and omission only where it is asked for', () => {
    const { links, processes } = faultBounds({ links: { lossPerMille: 500 } }, synchronous(4));
    expect(links).toMatchObject({ lossPerMille: 0, partitions: false, delayMax: 3 });
    expect(processes).toMatchObject({ pauses: false, slow: false, omission: false });
    expect(faultBounds({ processes: { omission: true } }, synchronous(4)).processes.omission).toBe(true);
  });

  it('lets a minority be down, where a simulation says nothing', () => {
    expect([1, 2, 3, 4, 5, 7].map((nodes) => FAULTS.processes.crashes(nodes))).toEqual([0, 0, 1, 1, 2, 3]);
  });
});
