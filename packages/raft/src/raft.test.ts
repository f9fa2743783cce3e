import { type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import { checkCore, type NetworkFaults, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import type { MembershipChange } from './entry.ts';
import type { RaftOptions } from './options.ts';
import { raft } from './raft.ts';
import type { RaftReply } from './requests.ts';
import type { Raft } from './state.ts';
import { listMachine } from './testing/list-machine.fixture.ts';

const joiner = nodeId('n4');

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
      // A fourth is not among the first voters.
      nodes: nodes.filter((node) => node !== joiner),
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

const change = (net: TestNetwork<Raft>, membership: MembershipChange): number | undefined =>
  net.request(leaderOf(net) as NodeId, { kind: 'change-membership', change: membership });

const lastApplied = (net: TestNetwork<Raft>): number => net.state(leaderOf(net) as NodeId).volatile.lastApplied;

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

  it('does all of it alone as well, where it is the only member', () => {
    const net = network(2, { leaseReads: { driftPerMillionMax: 1_000 } }, {}, 1);
    net.run(200);
    const [alone] = net.ids as [NodeId];
    const id = propose(net, alone, 'a');
    net.run(20);
    expect(replyTo(net, id)).toMatchObject({ kind: 'committed', results: [1] });
    const reads = (['read-index', 'lease', 'stale'] as const).map((consistency) =>
      net.request(alone, { kind: 'read', queries: [0], consistency }),
    );
    net.run(5);
    for (const read of reads) expect(replyTo(net, read)).toMatchObject({ kind: 'read', answers: [['a']] });
    net.crash(alone);
    net.restart(alone);
    net.run(300);
    expect([leaderOf(net), net.state(alone).volatile.lastApplied]).toEqual([alone, 3]);
  });

  it('goes on with another leader, and loses nothing that was acknowledged', () => {
    for (let seed = 0; seed < 6; seed++) {
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
      if (seed < 2) checkCore(raft, net.runs);
    }
  });

  it('answers reads at any member with all that was acknowledged before', () => {
    const net = network(3);
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    for (const word of ['a', 'b', 'c']) propose(net, leader, word);
    net.run(20);
    const reads = net.ids.map((node) => net.request(node, { kind: 'read', queries: [0], consistency: 'read-index' }));
    net.run(20);
    for (const id of reads) expect(replyTo(net, id)).toMatchObject({ kind: 'read', answers: [['a', 'b', 'c']] });
    checkCore(raft, net.runs);
  });

  it('brings a learner up by a log snapshot in chunks, and makes a voter of it', () => {
    const net = network(
      4,
      { snapshotEntries: 10, retainedEntries: 0, snapshotChunkBytes: 16 },
      { lossPerMille: 50 },
      4,
    );
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    for (let i = 0; i < 25; i++) propose(net, leader, `w${i}`);
    net.run(100);
    change(net, { kind: 'simple', change: { kind: 'add-learner', node: joiner } });
    net.run(500);
    const added = change(net, { kind: 'simple', change: { kind: 'add-voter', node: joiner } });
    net.run(200);
    expect(replyTo(net, added)).toMatchObject({ kind: 'membership-changed', configuration: { voters: net.ids } });
    const state = net.state(joiner);
    expect([state.volatile.role, state.volatile.lastApplied]).toEqual(['follower', lastApplied(net)]);
    const installed = net.log.filter(
      (entry) =>
        entry.node === joiner && entry.kind === 'indication' && entry.indication.kind === 'log-snapshot-installed',
    );
    expect(installed.length).toBeGreaterThan(0);
    checkCore(raft, net.runs);
  });

  it('replaces members by a joint configuration, and tells who is out', () => {
    const net = network(5, {}, {}, 4);
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    const changes = [
      { kind: 'add-voter', node: joiner },
      { kind: 'remove', node: leader },
    ] as const;
    const id = change(net, { kind: 'joint', changes, autoLeave: true });
    net.run(400);
    const voters = net.ids.filter((node) => node !== leader);
    expect(replyTo(net, id)).toMatchObject({ kind: 'membership-changed', configuration: { voters, outgoing: [] } });
    expect(voters).toContain(leaderOf(net));
    const removed = net.log.filter((entry) => entry.kind === 'indication' && entry.indication.kind === 'removed');
    expect(removed.map(({ node }) => node)).toEqual([leader]);
    expect(net.state(leader).volatile.role).toBe('learner');
  });

  it('has a witness keep places and terms, and no commands', () => {
    const net = network(6, { snapshotEntries: 8, retainedEntries: 0 }, {}, 4);
    net.run(300);
    change(net, { kind: 'simple', change: { kind: 'add-witness', node: joiner } });
    const leader = leaderOf(net) as NodeId;
    for (let i = 0; i < 6; i++) propose(net, leader, `w${i}`);
    net.run(100);
    const { durable, volatile } = net.state(joiner);
    expect([volatile.commitIndex, volatile.isBlind]).toEqual([lastApplied(net), true]);
    expect(durable.log.entries.every((entry) => entry.kind !== 'command' || entry.data === null)).toBe(true);
    const read = net.request(joiner, { kind: 'read', queries: [0], consistency: 'stale' });
    net.run(300);
    expect(replyTo(net, read)).toMatchObject({ kind: 'refused', reason: 'not-for-this-role' });
    net.crash(joiner);
    net.restart(joiner);
    net.run(300);
    expect(net.state(joiner).volatile.isBlind).toBe(true);
  });

  it('hands leadership over, and refuses proposals meanwhile', () => {
    const net = network(7);
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    const to = net.ids.find((node) => node !== leader) as NodeId;
    const transfer = net.request(leader, { kind: 'transfer-leadership', to });
    const refused = propose(net, leader, 'late');
    net.run(60);
    expect(replyTo(net, transfer)).toMatchObject({ kind: 'leadership-transferred', leader: to });
    expect(replyTo(net, refused)).toMatchObject({ kind: 'refused', reason: 'transferring' });
    expect(leaderOf(net)).toBe(to);
  });

  it('leaves a quorum that it does not hear, and a member with a higher term is heard (raft-5)', () => {
    const net = network(8, { preVote: false });
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    const cut = net.ids.find((node) => node !== leader) as NodeId;
    net.connected = (from, to) => from !== cut && to !== cut;
    net.run(500);
    expect(net.state(cut).durable.term).toBeGreaterThan(net.state(leader).durable.term);
    net.connected = () => true;
    net.run(500);
    const id = propose(net, leaderOf(net) as NodeId, 'x');
    net.run(50);
    expect(replyTo(net, id)).toMatchObject({ kind: 'committed' });
    expect(net.state(cut).volatile.lastApplied).toBe(lastApplied(net));
  });

  it('elects one whose log is longer than that of a member with a higher term (raft-4)', () => {
    const net = network(9, { preVote: true });
    net.run(300);
    const leader = leaderOf(net) as NodeId;
    const [low, high] = net.ids.filter((node) => node !== leader) as [NodeId, NodeId];
    // One falls behind in its log, and ahead in its term, as a member without PreVote would.
    net.connected = (from, to) => from !== high && to !== high;
    propose(net, leader, 'x');
    net.run(40);
    net.state(high).durable.term = 40 as never;
    net.crash(leader);
    net.connected = () => true;
    net.run(800);
    expect(leaderOf(net)).toBe(low);
  });
});
