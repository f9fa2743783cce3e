/**
 * Three members of etcd on loopback, with their data on the disk of this repository. Each runs under a guard that ends it
 * when this process ends, however it does.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const MEMBERS = 3;

export interface Member {
  readonly index: number;
  /** Where clients connect. */
  readonly port: number;
  /** As `kill -9` would; it can be started again. */
  kill(): void;
  /** It does nothing, and keeps its connections, until it is resumed. */
  pause(): void;
  resume(): void;
  start(): Promise<void>;
}

export interface Cluster {
  readonly members: readonly Member[];
  /** Waits until every member is up, up to date, and knows the same leader. */
  leader(): Promise<Member>;
  /** How many writes have been committed: each is one revision. */
  revision(): Promise<number>;
  /** Seconds that this member has spent waiting for the sync of its log, since it started. */
  syncSeconds(member: Member): Promise<number>;
  close(): Promise<void>;
}

const GUARD = path.join(import.meta.dirname, 'guard.sh');
/** Not the system's temporary folder, which may be in memory. */
const FOLDER = path.join(import.meta.dirname, '../../../tmp');
const UP_MILLISECONDS_MAX = 10_000;
const POLL_MILLISECONDS = 10;

/** The version on the PATH, or undefined where there is none. */
export function etcdVersion(): string | undefined {
  try {
    const text = execFileSync('etcd', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    return /Version: (\S+)/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** @param options more of etcd's own, such as its timeouts */
export async function startCluster(options: readonly string[] = []): Promise<Cluster> {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(path.join(FOLDER, 'etcd-'));
  const ports = await freePorts(2 * MEMBERS);
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const name = (index: number) => `m${index}`;
  const clientPorts = ports.slice(0, MEMBERS);
  const peerPorts = ports.slice(MEMBERS);
  const members = clientPorts.map((port, index) => {
    const peer = url(peerPorts[index]!);
    return guarded(index, port, path.join(folder, name(index)), [
      ...['--name', name(index), '--logger', 'zap', '--log-level', 'error'],
      ...['--listen-client-urls', url(port), '--advertise-client-urls', url(port)],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', peerPorts.map((each, i) => `${name(i)}=${url(each)}`).join()],
      ...options,
    ]);
  });
  await Promise.all(members.map((member) => member.start()));
  return {
    members,
    leader: () => agreedLeader(members),
    revision: async () => Number((await status(members[0]!)).header.revision),
    syncSeconds,
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

type Guarded = Member & { close(): Promise<void> };

function guarded(index: number, port: number, folder: string, options: readonly string[]): Guarded {
  let pid: number | undefined;
  const guards: ChildProcess[] = [];
  return {
    index,
    port,
    async start() {
      const guard = spawn(GUARD, [folder, 'etcd', '--data-dir', folder, ...options], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      guards.push(guard);
      const { value } = await createInterface({ input: guard.stdout })[Symbol.asyncIterator]().next();
      pid = Number(value);
    },
    kill() {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      pid = undefined;
    },
    pause() {
      if (pid !== undefined) process.kill(pid, 'SIGSTOP');
    },
    resume() {
      if (pid !== undefined) process.kill(pid, 'SIGCONT');
    },
    async close() {
      // The latest first: an earlier one has no member any more, but removes the folder.
      for (const guard of guards.toReversed()) {
        const ended = new Promise((resolve) => guard.once('close', resolve));
        guard.stdin?.end();
        await ended;
      }
    },
  };
}

interface Status {
  readonly header: { readonly member_id: string; readonly revision: string };
  readonly leader?: string;
  readonly raftIndex: string;
  readonly raftAppliedIndex: string;
}

async function status(member: Member): Promise<Status> {
  const response = await fetch(`http://127.0.0.1:${member.port}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  return (await response.json()) as Status;
}

async function agreedLeader(members: readonly Member[]): Promise<Member> {
  const deadline = performance.now() + UP_MILLISECONDS_MAX;
  for (;;) {
    const all = await Promise.all(members.map((member) => status(member).catch(() => undefined)));
    const leader = members.find((_, index) => {
      const id = all[index]?.header.member_id;
      return id !== undefined && all.every((each) => each?.leader === id && each.raftIndex === all[index]?.raftIndex);
    });
    if (leader !== undefined) return leader;
    if (performance.now() > deadline) {
      throw new Error(`Expected ${members.length} members of etcd to agree on a leader, got ${JSON.stringify(all)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

async function syncSeconds(member: Member): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${member.port}/metrics`)).text();
  const seconds = /^etcd_disk_wal_fsync_duration_seconds_sum (\S+)$/m.exec(metrics)?.[1];
  if (seconds === undefined) throw new Error('Expected etcd to report the time of its syncs, got none');
  return Number(seconds);
}

/** All are held at once, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`Expected a port, got ${address}`);
  return address.port;
}
