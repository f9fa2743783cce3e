import type { NodeId, Ticks } from '@troupe/protocol';
import { checkCore, type NetworkFaults, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import type { RaftOptions } from './options.ts';
import { raft } from './raft.ts';
import type { RaftReply } from './requests.ts';
import type { Raft } from './state.ts';
import { listMachine } from './testing/list-machine.fixture.ts';

function network(
  seed = 1,
  options: Partial<RaftOptions> = {},
  faults: Partial<NetworkFaults> = {},
  size = 3,
): TestNetwork<Raft> {
  return new TestNetwork(raft, {
    seed,
    nodes: size,
    options: (self, nodes) => ({
      self,
      nodes,
      cluster: 'test',
      electionTimeoutTicks: 50 as Ticks,
      heartbeatTicks: 10 as Ticks,
      ...options,
    }),
    machine: listMachine,
    faults,
    record: true,
  });
}

const leaderOf = (net: TestNetwork<Raft>): NodeId | undefined =>
  net.ids
    .filter((id) => net.isUp(id) && net.state(id).volatile.role === 'leader')
    .sort((a, b) => net.state(b).durable.term - net.state(a).durable.term)[0];

const propose = (net: TestNetwork<Raft>, node: NodeId, ...words: unknown[]): number | undefined =>
  net.request(node, { kind: 'propose', commands: words.map((data) => ({ data, bytes: 8 })) });

const replyTo = (net: TestNetwork<Raft>, id: number | undefined): RaftReply | undefined =>
  net.log.flatMap((entry) => (entry.kind === 'reply' && entry.id === id ? [entry.reply] : []))[0];

describe('raft', () => {
  it('elects a leader, commits what it is given, and applies it everywhere', () => {
    const net = network();
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    const id = propose(net, leader, 'a', 'b');
    net.run(50);
    expect(replyTo(net, id)).toEqual({ kind: 'committed', index: 3, results: [1, 2] });
    expect(net.ids.map((node) => net.state(node).volatile.lastApplied)).toEqual([3, 3, 3]);
    checkCore(raft, net.runs);
  });

  it('goes on with another leader, and loses nothing that was acknowledged', () => {
    for (let seed = 0; seed < 30; seed++) {
      const net = network(
        seed,
        { snapshotEntries: 8, retainedEntries: 2 },
        { delayMax: 8, lossPerMille: 50, duplicatePerMille: 50, persistDelayMax: 6 },
      );
      const sent = new Map<number, string>();
      for (let i = 0; i < 60; i++) {
        net.after(200 + i * 20, () => {
          const leader = leaderOf(net);
          if (leader === undefined) return;
          const id = propose(net, leader, `w${i}`);
          if (id !== undefined) sent.set(id, `w${i}`);
        });
      }
      for (let i = 0; i < 5; i++) {
        net.after(300 + i * 200, () => {
          const leader = leaderOf(net);
          if (leader === undefined) return;
          net.crash(leader);
          net.after(120, () => net.restart(leader));
        });
      }
      net.run(1_600);
      net.faults = { ...net.faults, lossPerMille: 0 };
      net.run(1_500);
      const leader = leaderOf(net) as NodeId;
      const read = net.request(leader, { kind: 'read', queries: [null], consistency: 'read-index' });
      net.run(100);
      const answer = replyTo(net, read);
      const list = answer?.kind === 'read' ? (answer.answers[0] as string[]) : [];
      const acknowledged = [...sent].filter(([id]) => replyTo(net, id)?.kind === 'committed').map(([, word]) => word);
      expect(acknowledged.length).toBeGreaterThan(10);
      for (const word of acknowledged) expect(list.filter((other) => other === word)).toEqual([word]);
      if (seed < 10) checkCore(raft, net.runs);
    }
  });
});
