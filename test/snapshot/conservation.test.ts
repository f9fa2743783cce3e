/** `system.snapshot()` of a system that moves money: whatever runs meanwhile, no cent is missing and none is there twice. */

import { createSystem, type System } from 'troupe';
import type { SystemSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { BRANCHES, bank, settle, TOTAL, VAULTS } from './bank.ts';
import { inFlight, isConsistent, totalOf } from './money.ts';

async function snapshots(system: System, count: number): Promise<SystemSnapshot[]> {
  const taken: SystemSnapshot[] = [];
  for (let at = 0; at < count; at++) {
    taken.push(await system.snapshot());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return taken;
}

for (const [host, nodes] of [
  ['inline', 'inline'],
  ['on threads', 2],
] as const) {
  describe(`a snapshot of a running bank, ${host}`, () => {
    for (const asks of [false, true]) {
      it(`conserves its money, ${asks ? 'where some of it is asked for' : 'where it is told'}`, async () => {
        await using system = await createSystem({ nodes });
        const branches = await bank(system, system.nodes, asks);
        for (const branch of branches) branch.tell.start(1_000_000_000);
        const taken = await snapshots(system, 40);
        for (const snapshot of taken) {
          expect(snapshot.actors).toHaveLength(BRANCHES + VAULTS);
          expect(totalOf(snapshot)).toBe(TOTAL);
          expect(isConsistent(snapshot)).toBe(true);
        }
        const different = new Set(
          taken.map(({ actors }) => JSON.stringify(actors.map(({ state }) => (state as { balance: number }).balance))),
        );
        expect(different.size).toBeGreaterThan(20);
        if (nodes !== 'inline') expect(taken.some((snapshot) => inFlight(snapshot) > 0)).toBe(true);
        expect(await settle(system, branches)).toBe(TOTAL);
      });
    }
  });
}
