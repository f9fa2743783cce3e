/**
 * A system on four threads writes a checkpoint of itself to a file while it works. Then it is gone, with all it did since; and a
 * fresh one goes on from the file. `simulation.ts` tries the same under faults.
 */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createSystem, type Ref, type System } from 'troupe';
import { decodeSnapshot, encodeSnapshot } from 'troupe/snapshot';
import { Account, type AccountProtocol } from './account.ts';
import { count } from './count.ts';

const ACCOUNTS = 200;
const BALANCE = 100;
/** How many others each knows. */
const ACQUAINTANCES = 8;
const TOTAL = { money: ACCOUNTS * BALANCE, batons: 1 };
const CHECKPOINTS = 10;

const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
const file = join(folder, 'latest.snapshot');

async function open(system: System): Promise<void> {
  const accounts: Ref<AccountProtocol>[] = [];
  for (let number = 0; number < ACCOUNTS; number++) {
    const node = system.nodes[number % system.nodes.length] as string;
    accounts.push(await system.spawn(Account, { balance: BALANCE, hasBaton: number === 0 }, { node }));
  }
  for (const [at, account] of accounts.entries())
    account.tell.meet(
      Array.from(
        { length: ACQUAINTANCES },
        (_, step) => accounts[(at + 1 + 7 * step) % ACCOUNTS] as Ref<AccountProtocol>,
      ),
    );
}

/** Whoever looks at the file finds a whole checkpoint, this one or the one before. */
async function checkpoint(system: System): Promise<number> {
  const bytes = encodeSnapshot(await system.snapshot());
  await writeFile(`${file}.new`, bytes, { flush: true });
  await rename(`${file}.new`, file);
  return bytes.length;
}

try {
  let bytes = 0;
  {
    await using system = await createSystem({ nodes: 4 });
    await open(system);
    for (let taken = 0; taken < CHECKPOINTS; taken++) {
      await wait(20);
      bytes = await checkpoint(system);
    }
  }
  const saved = decodeSnapshot(await readFile(file));
  assert.deepEqual(count(saved), TOTAL);
  const underWay = saved.channels.reduce((sum, { messages }) => sum + messages.length, 0);
  console.log(`${CHECKPOINTS} checkpoints, the last of ${saved.actors.length} accounts and ${bytes} bytes`);
  console.log(`money ${TOTAL.money}, batons 1; ${underWay} messages were under way between threads`);

  await using system = await createSystem({ nodes: 4, restore: saved });
  await wait(50);
  assert.deepEqual(count(await system.snapshot()), TOTAL);
  console.log('a fresh system went on from it, and has as much');
} finally {
  await rm(folder, { recursive: true });
}
