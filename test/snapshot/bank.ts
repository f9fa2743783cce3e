/** A bank of branches and vaults, spread over the nodes of a system. */

import type { Ref, System } from 'troupe';
import { messagesNotBegun } from 'troupe/snapshot';
import { expect } from 'vitest';
import { Branch, type BranchProtocol, Vault, type VaultProtocol } from './fixtures/branch.ts';
import { totalOf } from './money.ts';

export const BRANCHES = 12;
const BALANCE = 100;
export const VAULTS = 3;
export const TOTAL = (BRANCHES + VAULTS) * BALANCE;

export type BranchRef = Ref<BranchProtocol & { look(): { balance: number; left: number }; settle(): void }>;

export async function bank(system: System, nodes: readonly string[], asks: boolean): Promise<BranchRef[]> {
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

/** They pay no more; what was on its way arrives. */
export async function settle(system: System, branches: readonly BranchRef[]): Promise<number> {
  for (let round = 0; round < 2; round++) {
    for (const branch of branches) branch.tell.settle();
    await Promise.all(branches.map((branch) => branch.ask.look(undefined, { timeout: 60_000 })));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const snapshot = await system.snapshot({ whenIdle: true });
  expect([...messagesNotBegun(snapshot)]).toEqual([]);
  return totalOf(snapshot);
}
