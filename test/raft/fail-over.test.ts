/**
 * The thread of the leader ends: the runtime says so to the others, and they elect another without waiting for their
 * election timeouts. Each time it is another pair that has to find one another: whoever was just restarted must get the
 * first message that it is sent.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystem } from 'troupe';
import { bootstrap, start } from 'troupe/raft';
import { expect, it } from 'vitest';
import { ELECTION_TIMEOUT_MILLISECONDS, Patient } from './fixtures/patient.ts';

const NODES = ['n1', 'n2', 'n3'];
const KILLS = 4;

it('a leader whose thread has ended is followed by another at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-fail-over-'));
  await bootstrap({ cluster: 'Patient', nodes: NODES, directory });
  await using system = await createSystem({ nodes: NODES.map((name) => ({ name })), logLevel: 'fatal' });
  await using handle = await start(system, { machine: Patient, nodes: NODES, storage: { directory } });
  await handle.propose({ kind: 'put', key: 'kill', value: 'none' }, { timeout: 60_000 });
  for (let kill = 1; kill <= KILLS; kill++) {
    const leader = handle.leader as string;
    const isUpAgain = system.kill(leader).then(() => system.whenUp(leader));
    // Less than anybody waits who was told nothing.
    const timeout = ELECTION_TIMEOUT_MILLISECONDS - 500;
    await handle.propose({ kind: 'put', key: 'kill', value: String(kill) }, { timeout });
    expect(handle.leader).not.toBe(leader);
    await isUpAgain;
    let isBack = false;
    while (!isBack) isBack = !((await handle.status()).get(leader as never) instanceof Error);
  }
  await handle.close();
  await rm(directory, { recursive: true });
});
