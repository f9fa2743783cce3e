/** A restored system goes on from where the snapshot found it: nothing is missing, and nothing happens twice. */

import { createSystem, type System } from 'troupe';
import { messagesNotBegun, type SystemSnapshot } from 'troupe/snapshot';
import { describe, expect, it } from 'vitest';
import { bank, settle, TOTAL } from './bank.ts';
import { totalOf } from './money.ts';

async function busy(system: System): Promise<SystemSnapshot[]> {
  const branches = await bank(system, system.nodes, false);
  for (const branch of branches) branch.tell.start(1_000_000_000);
  const taken: SystemSnapshot[] = [];
  for (let at = 0; at < 3; at++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    taken.push(await system.snapshot());
  }
  return taken;
}

for (const [host, nodes] of [
  ['inline', 'inline'],
  ['on threads', 2],
] as const) {
  describe(`a system restored from a snapshot, ${host}`, () => {
    it('goes on, and conserves what was there', async () => {
      const taken = await (async () => {
        await using system = await createSystem({ nodes });
        return await busy(system);
      })();
      for (const snapshot of taken) {
        expect(totalOf(snapshot)).toBe(TOTAL);
        expect([...messagesNotBegun(snapshot)].length).toBeGreaterThan(0);
        await using system = await createSystem({ nodes, restore: snapshot });
        const branches = await Promise.all(
          snapshot.actors.flatMap(({ name }) => (name === undefined ? [] : [system.whereis(name)])),
        );
        await new Promise((resolve) => setTimeout(resolve, 50));
        const later = await system.snapshot();
        expect(totalOf(later)).toBe(TOTAL);
        const [before, after] = [snapshot, later].map(({ actors }) =>
          JSON.stringify(actors.map(({ state }) => (state as { clock: unknown }).clock)),
        );
        expect(after).not.toBe(before);
        expect(await settle(system, branches as never)).toBe(TOTAL);
      }
    });
  });
}
