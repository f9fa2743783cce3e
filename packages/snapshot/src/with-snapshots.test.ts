import { type Core, type NodeId, nodeId, type Shape, sortedIds, type Ticks } from '@troupe/protocol';
import { type Chatter, chatter, checkCore, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type GlobalSnapshot, isConsistentCut, messagesInFlight } from './global-snapshot.ts';
import type { SnapshotReply } from './state.ts';
import type { ChannelEnds } from './topology.ts';
import { withSnapshots } from './with-snapshots.ts';

/** A token that goes round, and is with somebody or under way: never nowhere, never twice. */
type Passing = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: { readonly next: NodeId; tokens: number; rounds: number };
  Message: { readonly kind: 'token' };
  Timer: 'pass';
}>;

const passing: Core<Passing> = {
  name: 'passing',
  init({ self, nodes }) {
    const all = sortedIds(nodes);
    const at = all.indexOf(self);
    return { next: all[(at + 1) % all.length] as NodeId, tokens: at === 0 ? 1 : 0, rounds: 0 };
  },
  step(state, event, out) {
    if (event.kind === 'message') state.tokens++;
    if (event.kind === 'timeout' && state.tokens > 0) {
      state.tokens--;
      state.rounds++;
      out.send(state.next, { kind: 'token' });
    }
    if (event.kind === 'start' || event.kind === 'timeout') out.setTimer('pass', (1 + out.choose('wait', 5)) as Ticks);
  },
};

const core = withSnapshots(passing);
const TAKE = { kind: 'take-global-snapshot' } as const;
type Options = Parameters<typeof core.init>[0];

function network(seed: number, more: Partial<Options> = {}, nodes = 4, delayMax = 1) {
  return new TestNetwork(core, {
    seed,
    nodes,
    faults: { delayMax },
    options: (self, all) => ({ self, nodes: all, ...more }),
    record: true,
  });
}

type Reply = SnapshotReply<Passing['State'], Passing['Message']>;

const repliesOf = ({ log }: ReturnType<typeof network>): Reply[] =>
  log.flatMap((entry) => (entry.kind === 'reply' ? [entry.reply as Reply] : []));

function takenBy(system: ReturnType<typeof network>): GlobalSnapshot<Passing['State'], Passing['Message']>[] {
  return repliesOf(system).flatMap((reply) => (reply.kind === 'global-snapshot' ? [reply.snapshot] : []));
}

const tokensIn = (snapshot: GlobalSnapshot<Passing['State'], Passing['Message']>): number =>
  snapshot.parts.reduce((sum, { core: { state } }) => sum + state.tokens, 0) + messagesInFlight(snapshot).length;

describe('a core with snapshots', () => {
  it('does what it does without', () => {
    const options = (self: NodeId, nodes: readonly NodeId[]) => ({ self, nodes });
    const plain = new TestNetwork(passing, { seed: 3, nodes: 4, options });
    const photographed = new TestNetwork(core, { seed: 3, nodes: 4, options });
    for (const system of [plain, photographed]) system.run(200);
    expect(photographed.ids.map((id) => photographed.state(id).core)).toEqual(plain.ids.map((id) => plain.state(id)));
  });

  it('is a core by the rules, while snapshots are taken', () => {
    const system = network(1);
    for (let i = 0; i < 10; i++) system.after(i * 7, () => system.request(system.ids[i % 4] as NodeId, TAKE));
    system.run(200);
    expect(takenBy(system)).toHaveLength(10);
    checkCore(core, system.runs);
  });

  it('finds the token once, wherever it is, by initiators that begin at once', () => {
    let underWay = 0;
    for (let seed = 0; seed < 200; seed++) {
      const system = network(seed);
      for (const id of system.ids) system.after(50 + (seed % 5), () => system.request(id, TAKE));
      system.run(300);
      const taken = takenBy(system);
      expect(taken).toHaveLength(4);
      expect(new Set(taken.map(({ id }) => id)).size).toBe(4);
      for (const snapshot of taken) {
        expect(tokensIn(snapshot)).toBe(1);
        underWay += messagesInFlight(snapshot).length;
      }
    }
    expect(underWay).toBeGreaterThan(50);
  });

  it('finds it over channels on which messages overtake one another, too', () => {
    for (let seed = 0; seed < 200; seed++) {
      const system = network(seed, { order: 'any' }, 4, 20);
      for (const id of system.ids) system.after(50, () => system.request(id, TAKE));
      system.run(600);
      expect(takenBy(system).map(tokensIn)).toEqual([1, 1, 1, 1]);
    }
  });

  it('covers graphs that are not strongly connected, and nodes without inbound channels', () => {
    const idle: Core<Passing> = { ...passing, step: () => {} };
    const still = withSnapshots(idle);
    for (const channels of [
      [],
      [['n1', 'n2']],
      [
        ['n1', 'n2'],
        ['n2', 'n3'],
        ['n3', 'n4'],
      ],
    ]) {
      const ends = channels.map(([from, to]) => ({ from, to })) as unknown as readonly ChannelEnds[];
      const system = new TestNetwork(still, {
        seed: 1,
        nodes: 4,
        options: (self, nodes) => ({ self, nodes, channels: ends }),
      });
      system.after(5, () => system.request(nodeId('n3'), TAKE));
      system.run(50);
      const [reply] = repliesOf(system as never);
      expect(reply?.kind === 'global-snapshot' && reply.snapshot.parts.map(({ node }) => node)).toEqual([
        'n1',
        'n2',
        'n3',
        'n4',
      ]);
    }
  });

  it('gives a snapshot up, with the reason and who is missing, when a node is down, or came back', () => {
    const down = network(1, { snapshotTicks: 40 as Ticks });
    down.after(10, () => down.crash(nodeId('n3')));
    down.after(20, () => down.request(nodeId('n1'), TAKE));
    down.run(100);
    // The others wait for the marker of the one that is down.
    expect(repliesOf(down)).toEqual([
      expect.objectContaining({ reason: 'timed out', missing: ['n1', 'n2', 'n3', 'n4'] }),
    ]);
    const back = network(1, { snapshotTicks: 400 as Ticks });
    back.after(10, () => back.crash(nodeId('n3')));
    back.after(20, () => back.request(nodeId('n1'), TAKE));
    back.after(30, () => back.restart(nodeId('n3')));
    back.after(60, () => back.request(nodeId('n3'), TAKE));
    back.run(100);
    expect(
      repliesOf(back).map((reply) => (reply.kind === 'global-snapshot-aborted' ? reply.reason : reply.kind)),
    ).toEqual(['a node restarted', 'global-snapshot']);
  });

  it('refuses more snapshots at once than it keeps', () => {
    const system = network(1);
    for (let i = 0; i < 20; i++) system.after(10, () => system.request(nodeId('n1'), TAKE));
    system.run(100);
    const reasons = repliesOf(system).flatMap((reply) =>
      reply.kind === 'global-snapshot-aborted' ? [reply.reason] : [],
    );
    expect(reasons).toEqual(Array.from({ length: 4 }, () => 'too many snapshots at once'));
    expect(takenBy(system)).toHaveLength(16);
  });

  it('ignores what is malformed, strange or late, for a reason that is counted', () => {
    const system = network(1, {}, 2);
    const [n1, n2] = system.ids as [NodeId, NodeId];
    const state = core.init({ self: n1, nodes: [n1, n2] }, undefined);
    const ignored: string[] = [];
    const out = { ignore: (reason: string) => ignored.push(reason), send: () => {} } as never;
    const tell = (from: NodeId, message: unknown) =>
      core.step(state, { kind: 'message', now: 0 as Ticks, from, message: message as never }, out);
    for (const message of [
      undefined,
      5,
      {},
      { kind: 'marker' },
      { kind: 'part', id: 'x', part: null },
      { kind: 'payload' },
    ])
      tell(n2, message);
    expect(new Set(ignored.splice(0))).toEqual(new Set(['a malformed message']));
    tell(nodeId('stranger'), { kind: 'restarted' });
    tell(n2, { kind: 'ended', id: 'n2/0/0' });
    tell(n2, { kind: 'marker', id: 'n2/0/0', initiator: n2, sent: 0 });
    tell(n2, { kind: 'objection', id: 'n1/0/9', reason: 'timed out' });
    expect(ignored).toEqual([
      'a message of a stranger',
      'a snapshot that is over',
      'an objection to no snapshot that is taken here',
    ]);
  });

  it('refuses options that do not fit', () => {
    const [n1, n2] = [nodeId('n1'), nodeId('n2')];
    expect(() => core.init({ self: n1, nodes: [n2] }, undefined)).toThrow(
      'Expected options.nodes to include options.self',
    );
    expect(() => core.init({ self: n1, nodes: [n1], order: 'some' as never }, undefined)).toThrow(
      "order to be 'fifo' or 'any'",
    );
    expect(() => core.init({ self: n1, nodes: [n1], channels: [{ from: n1, to: n2 }] }, undefined)).toThrow(
      'options.channels',
    );
    expect(() => core.init({ self: n1, nodes: [n1], snapshotTicks: 0 as Ticks }, undefined)).toThrow('snapshotTicks');
  });

  it('is not for a core that keeps a part of its state elsewhere', () => {
    // @ts-expect-error a chatter applies commands, and asks a lower layer
    const refused = () => withSnapshots<Chatter>(chatter('c'));
    expectTypeOf(refused).toBeFunction();
  });
});

describe('a restored snapshot', () => {
  it('goes on from there in a fresh system, with the messages that were under way', () => {
    let underWay = 0;
    for (let seed = 0; seed < 100; seed++) {
      const first = network(seed);
      first.after(40 + (seed % 7), () => first.request(nodeId('n2'), TAKE));
      first.run(100);
      const [snapshot] = takenBy(first) as [GlobalSnapshot<Passing['State'], Passing['Message']>];
      underWay += messagesInFlight(snapshot).length;
      const rounds = snapshot.parts.map(({ core: { state } }) => state.rounds);
      const second = new TestNetwork(core, {
        seed: seed + 1_000,
        nodes: 4,
        options: (self, nodes) => {
          const restore = snapshot.parts.find(({ node }) => node === self);
          return { self, nodes, ...(restore && { restore }) };
        },
      });
      // A second photograph at once finds what has not been received yet.
      second.after(0, () => second.request(nodeId('n1'), TAKE));
      second.after(60, () => second.request(nodeId('n1'), TAKE));
      second.run(200);
      const again = takenBy(second as never);
      expect(again.map(tokensIn)).toEqual([1, 1]);
      const later = (again[1] as (typeof again)[number]).parts.map(({ core: { state } }) => state.rounds);
      expect(later.every((count, index) => count >= (rounds[index] as number))).toBe(true);
      expect(later.reduce((sum, count) => sum + count)).toBeGreaterThan(rounds.reduce((sum, count) => sum + count));
    }
    expect(underWay).toBeGreaterThan(10);
  });

  it('is for the node that it was taken of', () => {
    const first = network(1);
    first.after(10, () => first.request(nodeId('n2'), TAKE));
    first.run(50);
    const [part] = (takenBy(first)[0] as GlobalSnapshot).parts;
    const [n1, n2] = [nodeId('n1'), nodeId('n2')];
    expect(() => core.init({ self: n2, nodes: [n1, n2], ...(part && { restore: part }) }, undefined)).toThrow(
      'Expected a part of node n2 to restore, got "n1"',
    );
  });
});

describe('a cut', () => {
  it('is consistent where nobody has seen more of a node than that has done', () => {
    const [n1, n2] = [nodeId('n1'), nodeId('n2')];
    const vectors = (ofFirst: number, seenOfFirst: number) =>
      new Map([
        [n1, new Map([[n1, ofFirst]])],
        [
          n2,
          new Map([
            [n1, seenOfFirst],
            [n2, 3],
          ]),
        ],
      ]);
    expect([isConsistentCut(vectors(2, 2)), isConsistentCut(vectors(2, 3))]).toEqual([true, false]);
  });
});
