/** Troupe's Raft on three worker threads; the clients are in the calling thread. Every default as it is. */
import { createSystem, type NodeOptions, type System } from 'troupe';
import { bootstrap, type KeyValueHandle, start } from 'troupe/raft';
import type { Bench } from '../harness/outcome.ts';
import { ELECTION_TIMEOUT_MILLISECONDS, HANG_MILLISECONDS, KEYS, VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import { scratch } from '../workloads/storage.ts';
import type { Prepare } from './subject.ts';
import { idleGroups } from './troupe.raft.groups.ts';
import { BenchStore, Hog, SyncClock } from './troupe.raft.store.ts';

export const raft: Readonly<Record<string, Prepare>> = {
  'put-durable-1': () => putsOnDisk(1),
  'put-durable-64': () => putsOnDisk(64),
  'put-durable-256': () => putsOnDisk(256),
  'put-memory-256': () => putsInMemory(256),
  'read-index-64': () => reads(64),
  'fail-over': failOver,
  'fail-over-hung': failOverHung,
  'idle-groups': idleGroups,
};

const NODES = ['n1', 'n2', 'n3'];
const VALUE = 'x'.repeat(VALUE_BYTES);
const keys = Array.from({ length: KEYS }, (_, n) => `key-${n}`);

interface Cluster {
  readonly system: System;
  readonly handle: KeyValueHandle;
  close(): Promise<void>;
}

async function cluster(isOnDisk: boolean, node: Omit<NodeOptions, 'name'> = {}): Promise<Cluster> {
  const { folder: directory, remove } = scratch();
  if (isOnDisk) await bootstrap({ cluster: 'BenchStore', nodes: NODES, directory });
  const system = await createSystem({ nodes: NODES.map((name) => ({ name, ...node })), logLevel: 'error' });
  const handle = await start(system, {
    machine: BenchStore,
    nodes: NODES,
    storage: isOnDisk ? { directory } : 'memory',
  });
  await put(handle, 0);
  return {
    system,
    handle,
    async close() {
      await handle.close();
      await system[Symbol.asyncDispose]();
      remove();
    },
  };
}

/** Fails where the machine has not done it. */
async function put(handle: KeyValueHandle, n: number): Promise<number> {
  const result = await handle.propose({ kind: 'put', key: keys[n % KEYS] as string, value: VALUE });
  if (result.kind !== 'put') throw new Error(`Expected a put, got ${JSON.stringify(result)}`);
  return result.revision;
}

/** Each put is the next revision of the store: what the machine has counted is what was handled. */
function puts({ handle }: Cluster, outstanding: number): Bench {
  let last = 0;
  const asked = askBench(
    {
      async ask(n) {
        const revision = await put(handle, n);
        if (revision > last) last = revision;
        return n;
      },
    },
    outstanding,
  );
  return {
    async run(count) {
      const before = await put(handle, 0);
      const outcome = await asked.run(count);
      return { ...outcome, handled: outcome.handled === outcome.sent ? last - before : outcome.handled };
    },
  };
}

async function putsInMemory(outstanding: number): Promise<Bench> {
  const running = await cluster(false);
  return { ...puts(running, outstanding), close: running.close };
}

async function putsOnDisk(outstanding: number): Promise<Bench> {
  const running = await cluster(true);
  const clocks = new Map(
    await Promise.all(
      NODES.map(async (node) => [node, await running.system.spawn(SyncClock, undefined, { node })] as const),
    ),
  );
  const bench = puts(running, outstanding);
  return {
    async run(count) {
      const clock = clocks.get(running.handle.leader ?? '');
      const before = (await clock?.ask.milliseconds()) ?? 0;
      const outcome = await bench.run(count);
      const synced = ((await clock?.ask.milliseconds()) ?? 0) - before;
      return { ...outcome, figures: { [`put-durable-${outstanding}-sync`]: (100 * synced) / outcome.milliseconds } };
    },
    close: running.close,
  };
}

async function reads(outstanding: number): Promise<Bench> {
  const running = await cluster(true);
  const { handle } = running;
  for (let n = 0; n < KEYS; n++) await put(handle, n);
  const asked = askBench(
    {
      async ask(n) {
        const answer = await handle.read({ kind: 'get', key: keys[n % KEYS] as string });
        return answer.kind === 'entry' && answer.entry?.value === VALUE ? n : -1;
      },
    },
    outstanding,
  );
  return { ...asked, close: running.close };
}

/** The leader's thread is ended, more often than by default. Its node is then started again, with its member. */
async function failOver(): Promise<Bench> {
  const running = await cluster(true, { restarts: Number.MAX_SAFE_INTEGER });
  const { system, handle } = running;
  return failOvers('fail-over', running, async (leader) => {
    await system.kill(leader);
    await system.whenUp(leader);
    while ((await handle.status()).get(leader as never) instanceof Error) await pause();
  });
}

async function failOverHung(): Promise<Bench> {
  const running = await cluster(true);
  const hogs = new Map(
    await Promise.all(NODES.map(async (node) => [node, await running.system.spawn(Hog, undefined, { node })] as const)),
  );
  return failOvers('fail-over-hung', running, async (leader) => hogs.get(leader)?.ask.hang(HANG_MILLISECONDS));
}

/** @param silence takes the leader away; ends when it is back */
function failOvers(
  name: string,
  { handle, close }: Cluster,
  silence: (leader: string) => Promise<void> | undefined,
): Bench {
  return {
    async run(count) {
      await put(handle, 0);
      const leader = handle.leader;
      if (leader === null) throw new Error('Expected a leader after a put, got none');
      const started = performance.now();
      const back = silence(leader);
      const revision = await put(handle, 1);
      const milliseconds = performance.now() - started;
      await back;
      const after = await handle.read({ kind: 'get', key: keys[1] as string });
      const isRead = after.kind === 'entry' && after.entry?.revision === revision;
      const figures = { [name]: milliseconds / ELECTION_TIMEOUT_MILLISECONDS };
      return { sent: count, handled: isRead && handle.leader !== leader ? count : 0, milliseconds, figures };
    },
    close,
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
