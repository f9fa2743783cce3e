/** Many groups on the same three nodes: their heartbeats go together. */
import { setTimeout as wait } from 'node:timers/promises';
import { createSystem, defineCore, spawnGroup } from 'troupe';
import { keyed } from 'troupe/protocol';
import { coalesce, keyValue, machineOf, type RaftCommand, type RaftResult, raft } from 'troupe/raft';
import type { Bench } from '../harness/outcome.ts';
import { GROUPS, IDLE_ELECTION_TIMEOUT_MILLISECONDS, IDLE_HEARTBEAT_MILLISECONDS } from '../workloads/raft.ts';

const heartbeatTicks = IDLE_HEARTBEAT_MILLISECONDS as never;

type Machines = Map<string, (command: RaftCommand) => RaftResult>;

export const Groups = defineCore(
  import.meta,
  'Groups',
  coalesce(keyed(raft, { instancesMax: GROUPS }), { gatherTicks: heartbeatTicks }),
  {
    machine: {
      create: (): Machines => new Map(),
      apply(machines: Machines, { key, command }: { readonly key: string; readonly command: RaftCommand }) {
        let machine = machines.get(key);
        if (machine === undefined) machines.set(key, (machine = machineOf(keyValue())));
        return machine(command);
      },
    },
  },
);

const IDLE_MILLISECONDS = 1_000;
/** A thousand elections at once keep a busy machine busy. */
const PATIENT = { timeout: 20_000 };
const LOOKS_MAX = 50;
const keys = Array.from({ length: GROUPS }, (_, n) => `group-${n}`);

/** Counted as handled are the groups that have a leader after the time that is measured. */
export async function idleGroups(): Promise<Bench> {
  const system = await createSystem({ nodes: 3 });
  const members = await spawnGroup(system, Groups, {
    group: 'groups',
    members: { n1: { node: 'n1' }, n2: { node: 'n2' }, n3: { node: 'n3' } },
    options: { cluster: 'groups', electionTimeoutTicks: IDLE_ELECTION_TIMEOUT_MILLISECONDS as never, heartbeatTicks },
  });
  const refs = [...members.values()];
  const leaderless = async () => {
    const request = { kind: 'status' } as const;
    const statuses = keys.map((key) => refs[0]!.ask.request({ kind: 'request', key, request }, PATIENT));
    const replies = await Promise.all(statuses);
    return replies.filter((reply) => reply.kind !== 'status' || reply.status.leader === null).length;
  };
  const sent = async () => {
    const all = await Promise.all(refs.map((ref) => ref.ask.status()));
    return all.reduce((sum, status) => sum + status.sent, 0);
  };
  // A group begins on a node when it is first asked for there.
  for (const ref of refs) {
    await Promise.all(
      keys.map((key) => ref.ask.request({ kind: 'request', key, request: { kind: 'status' } }, PATIENT)),
    );
  }
  const leaderlessAtLast = async () => {
    for (let looks = 1; ; looks++) {
      const left = await leaderless();
      if (left === 0 || looks === LOOKS_MAX) return left;
      await wait(IDLE_HEARTBEAT_MILLISECONDS);
    }
  };
  await leaderlessAtLast();
  return {
    async run(count) {
      const messages = await sent();
      const cpu = process.cpuUsage();
      const started = performance.now();
      await wait(IDLE_MILLISECONDS);
      const milliseconds = performance.now() - started;
      const { user, system: kernel } = process.cpuUsage(cpu);
      const rate = (((await sent()) - messages) * 1_000) / milliseconds;
      const handled = count - (await leaderlessAtLast());
      const figures = { 'idle-groups': (user + kernel) / 10 / milliseconds, 'idle-groups-messages': rate };
      return { sent: count, handled, milliseconds, figures };
    },
    close: () => system[Symbol.asyncDispose](),
  };
}
