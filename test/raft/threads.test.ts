/** A cluster over worker threads, each member with its own disk: threads die and hang, members come and lag behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystem, type System } from 'troupe';
import { bootstrap, type RaftHandle, type RaftIndication, type RaftStatus, start } from 'troupe/raft';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Hog, Ledger } from './fixtures/ledger.ts';

type LedgerHandle = RaftHandle<number, 'all', number, readonly number[]>;

const FIRST = ['n1', 'n2', 'n3'];

let directory: string;
let system: System;
let handle: LedgerHandle;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'troupe-raft-'));
  await bootstrap({ cluster: 'Ledger', nodes: FIRST, directory });
  system = await createSystem({
    nodes: [...FIRST, 'n4'].map((name) => ({ name, hangTimeout: 3_000 })),
    logLevel: 'fatal',
  });
  handle = await start(system, { machine: Ledger, nodes: FIRST, storage: { directory } });
});
afterEach(async () => {
  await handle?.close();
  await system[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Clients that propose without pause, each line once, and keep what was acknowledged. */
function load(clients = 8) {
  const acknowledged: number[] = [];
  const failed: unknown[] = [];
  let next = 0;
  let isOver = false;
  const running = Promise.all(
    Array.from({ length: clients }, async () => {
      while (!isOver && failed.length === 0) {
        const line = next++;
        await handle.propose(line, { timeout: 25_000 }).then(
          () => acknowledged.push(line),
          (error: unknown) => failed.push(error),
        );
      }
    }),
  );
  return {
    acknowledged,
    /** Waits until so many more were acknowledged. */
    async more(count: number): Promise<void> {
      const enough = acknowledged.length + count;
      await until(() => acknowledged.length >= enough);
    },
    async stop(): Promise<void> {
      isOver = true;
      await running;
      expect(failed).toEqual([]);
      const lines = await handle.read('all');
      expect(new Set(lines).size).toBe(lines.length);
      expect([...lines].sort((a, b) => a - b)).toEqual([...acknowledged].sort((a, b) => a - b));
    },
  };
}

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Who leads; in between nobody is known to. */
async function leading(): Promise<string> {
  await until(() => handle.leader);
  return handle.leader as string;
}

async function hang(node: string): Promise<void> {
  const hog = await system.spawn(Hog, undefined, { node, restart: 'temporary' });
  hog.tell.hang();
}

describe('a cluster on threads', () => {
  it('applies each command once, and loses none, while leaders are killed', async () => {
    const clients = load();
    await clients.more(100);
    for (let kill = 0; kill < 3; kill++) {
      const leader = await leading();
      await system.kill(leader);
      await clients.more(100);
      await system.whenUp(leader);
    }
    await clients.stop();
  });

  it('goes on within an election’s time while its leader hangs, and takes that back when the watchdog has ended it', async () => {
    const clients = load();
    await clients.more(100);
    const leader = await leading();
    await hang(leader);
    await until(() => handle.leader !== leader);
    await clients.more(100);
    await system.whenUp(leader);
    const isBack = async (): Promise<boolean> => {
      const statuses = await handle.status();
      const status = [...statuses].find(([id]) => id === leader)?.[1];
      return !(status instanceof Error) && status?.role === 'follower' && status.lastApplied > 200;
    };
    await until(isBack);
    await clients.stop();
  });

  it('takes a new member in under load, which then can lead', async () => {
    const clients = load();
    await clients.more(100);
    expect((await handle.join('n4')).voters).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(await handle.transferLeadership('n4')).toBe('n4');
    await clients.more(100);
    expect((await handle.remove(FIRST[0] as string)).voters).toEqual(['n2', 'n3', 'n4']);
    await clients.more(100);
    await clients.stop();
  });

  it('sends a log snapshot to a member that was away for too long', async () => {
    const indications: { node: string; kind: RaftIndication['kind'] }[] = [];
    using _watching = handle.watch(({ node, indication }) => indications.push({ node, kind: indication.kind }));
    const clients = load();
    await clients.more(100);
    const leader = await leading();
    const lagging = FIRST.find((id) => id !== leader) as string;
    await hang(lagging);
    // Its thread is ended within a second or so; meanwhile the others go far beyond what they keep.
    await clients.more(2_000);
    await system.whenUp(lagging);
    await until(() => indications.some(({ node, kind }) => node === lagging && kind === 'log-snapshot-installed'));
    await clients.stop();
    await until(async () => {
      const statuses = [...(await handle.status()).values()] as RaftStatus[];
      return statuses.every(({ lastApplied }) => lastApplied === statuses[0]?.lastApplied);
    });
    expect(await handle.read('all', { node: lagging, consistency: 'stale' })).toHaveLength(clients.acknowledged.length);
  });
});

describe('a cluster in memory', () => {
  it('does not take a member back that has forgotten what it promised, and takes another in its place', async () => {
    await using kept = await start(system, { machine: Ledger, nodes: FIRST, storage: 'memory', cluster: 'in-memory' });
    await kept.propose(1);
    const lost = FIRST.find((id) => id !== kept.leader) as string;
    await system.kill(lost);
    await system.whenUp(lost);
    await kept.propose(2);
    await until(async () => {
      const status = [...(await kept.status())].find(([id]) => id === lost)?.[1];
      return (status as { code?: string }).code === 'TROUPE_CORE_STORAGE_LOST';
    });
    await kept.remove(lost);
    expect((await kept.join('again', { node: lost })).voters).toContain('again');
    await kept.propose(3);
    expect(await kept.read('all')).toEqual([1, 2, 3]);
  });
});
