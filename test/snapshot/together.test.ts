/** Snapshots of systems that use what else stands between a message and its mailbox: clocks, histories, nodes that redeliver. */

import { type CreateOptions, createSystem } from 'troupe';
import { decodeSnapshot, encodeSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { BRANCHES, bank, settle, TOTAL, VAULTS } from './bank.ts';
import { inFlight, isConsistent, totalOf } from './money.ts';

const CASES: readonly (readonly [what: string, options: CreateOptions])[] = [
  ['with a clock and a history', { nodes: 2, clock: 'vector', trace: { limit: 1_000 } }],
  ['of nodes that redeliver', { nodes: [1, 2].map((n) => ({ name: `n${n}`, redeliver: 'begun' as const })) }],
  [
    'with all of it',
    { nodes: [1, 2].map((n) => ({ name: `n${n}`, redeliver: 'unbegun' as const })), clock: 'hybrid', trace: true },
  ],
];

describe.each(CASES)('a snapshot of a system %s', (_what, options) => {
  it('conserves its money, and a system that goes on from it does', async () => {
    let bytes = new Uint8Array();
    {
      await using system = await createSystem(options);
      const branches = await bank(system, system.nodes, false);
      for (const branch of branches) branch.tell.start(1_000_000_000);
      let found = 0;
      for (let left = 15; left > 0; left--) {
        const snapshot = await system.snapshot();
        expect(snapshot.actors).toHaveLength(BRANCHES + VAULTS);
        expect(totalOf(snapshot)).toBe(TOTAL);
        expect(isConsistent(snapshot)).toBe(true);
        found += inFlight(snapshot);
        bytes = encodeSnapshot(snapshot) as typeof bytes;
      }
      expect(found).toBeGreaterThan(0);
      expect(await settle(system, branches)).toBe(TOTAL);
    }
    await using again = await createSystem({ ...options, restore: decodeSnapshot(bytes) });
    const branches = await Promise.all(Array.from({ length: BRANCHES }, (_, at) => again.whereis(`b${at}`)));
    expect(await settle(again, branches as never)).toBe(TOTAL);
  });
});
