import { checkCore, TestNetwork } from '@troupe/protocol/testing';
import { perfectLink } from 'troupe/broadcast';
import { linked } from 'troupe/protocol';
import { describe, expect, it } from 'vitest';
import { mutex } from './mutex.ts';

const core = linked(mutex, perfectLink());
const SEEDS = 200;

describe('the mutex under virtual time, over links that lose and reorder', () => {
  it('lets one in at a time, and everyone in the end', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const network = new TestNetwork(core, {
        seed,
        nodes: 3,
        options: (self, nodes) => ({ self, nodes }),
        faults: { lossPerMille: 300, delayMax: 10 },
        record: true,
      });
      for (const id of network.ids) network.request(id, { kind: 'enter' });
      const fences: number[] = [];
      for (const _ of network.ids) {
        network.run(2_000);
        const entered = network.log.flatMap((entry) =>
          entry.kind === 'reply' && entry.reply.kind === 'entered' ? [{ node: entry.node, ...entry.reply }] : [],
        );
        // Nobody has left since the last one came in: only one more can have.
        expect(entered, `seed ${seed}`).toHaveLength(fences.length + 1);
        const last = entered.at(-1);
        if (last === undefined) throw new Error('unreachable');
        fences.push(last.fence);
        network.request(last.node, { kind: 'leave', fence: last.fence });
      }
      expect(fences, `seed ${seed}`).toEqual([1, 2, 3]);
      if (seed < 20) checkCore(core, network.runs);
    }
  });
});
