/** `system.snapshot()` of a system that moves money: whatever runs meanwhile, no cent is missing and none is there twice. */

import { createSystem, type Ref, type System } from 'troupe';
import { messagesNotBegun, type SystemSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { Branch, type BranchProtocol, Vault, type VaultProtocol } from './fixtures/branch.ts';
import { inFlight, isConsistent, totalOf } from './money.ts';

const BRANCHES = 12;
const BALANCE = 100;
const VAULTS = 3;
const TOTAL = (BRANCHES + VAULTS) * BALANCE;

type BranchRef = Ref<BranchProtocol & { look(): { balance: number; left: number }; settle(): void }>;

async function bank(system: System, nodes: readonly string[], asks: boolean): Promise<BranchRef[]> {
  const branches: BranchRef[] = [];
  for (let index = 0; index < BRANCHES; index++) {
    const node = nodes[index % nodes.length] as string;
    const opening = { name: `b${index}`, balance: BALANCE };
    branches.push(await system.spawn(Branch, opening, { node, name: `b${index}` }));
  }
  const vaults: Ref<VaultProtocol>[] = [];
  for (let index = 0; index < VAULTS; index++) {
    const node = nodes[index % nodes.length] as string;
    vaults.push(await system.spawn(Vault, { name: `v${index}`, balance: BALANCE }, { node }));
  }
  for (const branch of branches)
    branch.tell.meet({ branches: branches.filter((other) => other !== branch), vaults: asks ? vaults : [] });
  return branches;
}

async function snapshots(system: System, count: number): Promise<SystemSnapshot[]> {
  const taken: SystemSnapshot[] = [];
  for (let at = 0; at < count; at++) {
    taken.push(await system.snapshot());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return taken;
}

/** They pay no more; what was on its way arrives. */
async function settle(system: System, branches: readonly BranchRef[]): Promise<number> {
  for (let round = 0; round < 2; round++) {
    for (const branch of branches) branch.tell.settle();
    await Promise.all(branches.map((branch) => branch.ask.look(undefined, { timeout: 60_000 })));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const snapshot = await system.snapshot({ whenIdle: true });
  expect([...messagesNotBegun(snapshot)]).toEqual([]);
  return totalOf(snapshot);
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
        const different = new Set(taken.map(({ actors }) => JSON.stringify(actors.map(({ state }) => (state as { balance: number }).balance))));
        expect(different.size).toBeGreaterThan(20);
        if (nodes !== 'inline') expect(taken.some((snapshot) => inFlight(snapshot) > 0)).toBe(true);
        expect(await settle(system, branches)).toBe(TOTAL);
      });
    }
  });
}
