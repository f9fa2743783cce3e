/**
 * A three-member etcd on loopback. What is counted as handled is what etcd has counted: revisions of its store, and
 * values that came back.
 */
import type { Bench } from '../harness/outcome.ts';
import { type Cluster, etcdVersion, type Member, startCluster } from '../peers/etcd/cluster.ts';
import { connectRpc, type Rpc } from '../peers/etcd/rpc.ts';
import { ELECTION_TIMEOUT_MILLISECONDS, HEARTBEAT_MILLISECONDS, KEYS, VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'etcd',
    kind: 'peer',
    note: `etcd ${etcdVersion() ?? ''}: a server in three processes, over sockets; puts and gets by gRPC to its leader`,
    unavailable: () => (etcdVersion() === undefined ? 'Expected `etcd` on the PATH, found none' : undefined),
    suites: {
      raft: {
        'put-durable-1': () => puts(1),
        'put-durable-64': () => puts(64),
        'put-durable-256': () => puts(256),
        'read-index-64': () => gets(64),
        'fail-over': () => failOvers('fail-over', killed),
        'fail-over-hung': () => failOvers('fail-over-hung', stopped),
      },
    },
  },
];

async function puts(outstanding: number): Promise<Bench> {
  const cluster = await startCluster();
  const leader = await cluster.leader();
  const rpc = await connectRpc(leader.port);
  const asked = askBench(
    {
      async ask(n) {
        await rpc.call('Put', putRequest(n));
        return n;
      },
    },
    outstanding,
  );
  return {
    async run(count) {
      const revision = await cluster.revision();
      const seconds = await cluster.syncSeconds(leader);
      const outcome = await asked.run(count);
      const synced = (await cluster.syncSeconds(leader)) - seconds;
      await cluster.leader(); // Now all members have all.
      const written = (await cluster.revision()) - revision;
      const share = (100 * 1_000 * synced) / outcome.milliseconds;
      const figures = { [`put-durable-${outstanding}-sync`]: share };
      return { ...outcome, handled: outcome.handled === outcome.sent ? written : outcome.handled, figures };
    },
    close: () => closeAll(cluster, [rpc]),
  };
}

async function gets(outstanding: number): Promise<Bench> {
  const cluster = await startCluster();
  const rpc = await connectRpc((await cluster.leader()).port);
  for (let n = 0; n < KEYS; n++) await rpc.call('Put', putRequest(n));
  const read = askBench(
    {
      async ask(n) {
        const reply = await rpc.call('Range', rangeRequest(n));
        return reply.includes(VALUE) ? n : -1;
      },
    },
    outstanding,
  );
  return { ...read, close: () => closeAll(cluster, [rpc]) };
}

/** Puts are tried again and again at the two that survive, since one that was on its way to the dead leader is lost. */
/** How a leader is taken away, and comes back. */
interface Silence {
  begin(leader: Member): void;
  end(leader: Member): Promise<void> | void;
}

const killed: Silence = { begin: (leader) => leader.kill(), end: (leader) => leader.start() };
const stopped: Silence = { begin: (leader) => leader.pause(), end: (leader) => leader.resume() };

async function failOvers(name: string, silence: Silence): Promise<Bench> {
  const cluster = await startCluster([
    ...['--election-timeout', String(ELECTION_TIMEOUT_MILLISECONDS)],
    ...['--heartbeat-interval', String(HEARTBEAT_MILLISECONDS)],
  ]);
  await cluster.leader();
  const rpcs = await Promise.all(cluster.members.map(({ port }) => connectRpc(port)));
  return {
    async run(count) {
      const leader = await cluster.leader();
      const survivors = rpcs.filter((_, index) => index !== leader.index);
      await Promise.all(survivors.map((rpc) => rpc.call('Put', putRequest(0))));
      const milliseconds = await nextWrite(() => silence.begin(leader), survivors);
      const values = await Promise.all(survivors.map((rpc) => rpc.call('Range', rangeRequest(1))));
      await silence.end(leader);
      await cluster.leader();
      rpcs[leader.index]?.close();
      rpcs[leader.index] = await connectRpc(leader.port);
      const figures = { [name]: milliseconds / ELECTION_TIMEOUT_MILLISECONDS };
      const handled = values.every((value) => value.includes(VALUE)) ? count : 0;
      return { sent: count, handled, milliseconds, figures };
    },
    // The connections end with the members: puts that were lost still wait on them.
    close: () => cluster.close(),
  };
}

const TRY_MILLISECONDS = 2;

async function nextWrite(silence: () => void, survivors: readonly Rpc[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const started = performance.now();
  silence();
  const put = () => {
    for (const rpc of survivors) {
      rpc.call('Put', putRequest(1)).then(
        () => resolve(performance.now() - started),
        () => {}, // It was lost with the leader; others follow.
      );
    }
  };
  const timer = setInterval(put, TRY_MILLISECONDS);
  put();
  const milliseconds = await promise;
  clearInterval(timer);
  return milliseconds;
}

async function closeAll(cluster: Cluster, rpcs: readonly Rpc[]): Promise<void> {
  for (const rpc of rpcs) rpc.close();
  await cluster.close();
}

const VALUE = Buffer.alloc(VALUE_BYTES, 'x');
/** Tags of protocol buffers: the key and the value of a PutRequest, the key of a RangeRequest; all are bytes. */
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;

const puttings = Array.from({ length: KEYS }, (_, n) =>
  Buffer.concat([field(KEY_TAG, key(n)), field(VALUE_TAG, VALUE)]),
);
const ranges = Array.from({ length: KEYS }, (_, n) => field(KEY_TAG, key(n)));

function putRequest(n: number): Buffer {
  return puttings[n % KEYS]!;
}

function rangeRequest(n: number): Buffer {
  return ranges[n % KEYS]!;
}

function key(n: number): Buffer {
  return Buffer.from(`key-${n}`);
}

function field(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
}
