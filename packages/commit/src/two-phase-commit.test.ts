import { CoreDriver, EffectRecorder, fingerprint, type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import { checkCore, type NetworkFaults, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import type { CommitMessage, CommitReply, Decision, Vote } from './messages.ts';
import type { TwoPhaseCommit } from './state.ts';
import { twoPhaseCommit } from './two-phase-commit.ts';

const [n1, n2, n3] = [nodeId('n1'), nodeId('n2'), nodeId('n3')];

function network(faults: Partial<NetworkFaults> = {}, seed = 1): TestNetwork<TwoPhaseCommit> {
  return new TestNetwork(twoPhaseCommit, {
    seed,
    nodes: 3,
    options: (self, nodes) => ({ self, nodes, coordinator: nodes[0] as NodeId }),
    faults,
  });
}

const vote = (net: TestNetwork<TwoPhaseCommit>, node: NodeId, value: Vote): number | undefined =>
  net.request(node, { kind: 'vote', vote: value });

function decisions(net: TestNetwork<TwoPhaseCommit>): Map<NodeId, Set<Decision>> {
  const told = new Map<NodeId, Set<Decision>>();
  for (const entry of net.log) {
    if (entry.kind !== 'indication' || entry.indication.kind !== 'decided') continue;
    told.set(entry.node, (told.get(entry.node) ?? new Set()).add(entry.indication.decision));
  }
  return told;
}

const everyone = (decision: Decision) => new Map([n1, n2, n3].map((node) => [node, new Set([decision])]));

const replies = (net: TestNetwork<TwoPhaseCommit>): CommitReply[] =>
  net.log.flatMap((entry) => (entry.kind === 'reply' ? [entry.reply] : []));

describe('two-phase commit', () => {
  it('commits where all vote yes, and answers whoever began', () => {
    const net = network();
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    vote(net, n3, 'yes');
    net.run(50);
    expect(decisions(net)).toEqual(everyone('commit'));
    expect(replies(net)).toContainEqual({ kind: 'outcome', decision: 'commit' });
  });

  it('aborts where one votes no', () => {
    const net = network();
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    vote(net, n3, 'no');
    net.run(50);
    expect(decisions(net)).toEqual(everyone('abort'));
  });

  it('asks whoever has not voted, and aborts when no vote comes in time', () => {
    const net = network();
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    net.run(20);
    const asked = net.log.flatMap((entry) =>
      entry.kind === 'indication' && entry.indication.kind === 'prepare' ? [entry.node] : [],
    );
    expect(asked).toContain(n3);
    net.run(300);
    expect(decisions(net).get(n1)).toEqual(new Set(['abort']));
    expect(decisions(net).get(n2)).toEqual(new Set(['abort']));
  });

  it('takes one vote of a participant, and none of its coordinator', () => {
    const net = network();
    vote(net, n2, 'yes');
    vote(net, n2, 'no');
    vote(net, n1, 'yes');
    net.request(n2, { kind: 'begin' });
    net.run(20);
    expect(replies(net)).toEqual(
      expect.arrayContaining([
        { kind: 'voted', vote: 'yes' },
        { kind: 'refused', reason: 'it has voted already' },
        { kind: 'refused', reason: 'vote is for participants' },
        { kind: 'refused', reason: 'begin is for the coordinator' },
      ]),
    );
  });

  it('lets a participant in doubt hear of the decision from another, while the coordinator is down', () => {
    const net = network();
    // The question comes through; the decision does not.
    net.connected = (from, to) => !(from === n1 && to === n3 && net.now > 0);
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    vote(net, n3, 'yes');
    net.run(20);
    expect(decisions(net).has(n3)).toBe(false);
    net.crash(n1);
    net.run(200);
    expect(decisions(net)).toEqual(everyone('commit'));
  });

  it('aborts when its coordinator comes back without a decision', () => {
    const net = network();
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    net.run(5);
    net.crash(n1);
    net.run(20);
    net.restart(n1);
    net.run(300);
    expect(decisions(net).get(n1)).toEqual(new Set(['abort']));
    expect(decisions(net).get(n2)).toEqual(new Set(['abort']));
  });

  it('agrees under crashes, loss, doubling and slow disks, and commits as well as aborts', () => {
    const outcomes = new Set<Decision>();
    for (let seed = 0; seed < 60; seed++) {
      const net = network({ delayMax: 8, lossPerMille: 100, duplicatePerMille: 100, persistDelayMax: 8 }, seed);
      net.request(n1, { kind: 'begin' });
      vote(net, n2, 'yes');
      net.after(seed % 20, () => vote(net, n3, seed % 4 === 0 ? 'no' : 'yes'));
      const victim = net.ids[seed % 3] as NodeId;
      net.after(5 + (seed % 30), () => net.crash(victim));
      net.after(60, () => net.restart(victim));
      net.run(600);
      const told = new Set([...decisions(net).values()].flatMap((set) => [...set]));
      expect(told.size, `seed ${seed}`).toBeLessThanOrEqual(1);
      for (const decision of told) outcomes.add(decision);
    }
    expect(outcomes).toEqual(new Set(['commit', 'abort']));
  });

  it('keeps the rules of cores', () => {
    const net = network({ delayMax: 5, lossPerMille: 50, duplicatePerMille: 100, persistDelayMax: 4 }, 7);
    net.request(n1, { kind: 'begin' });
    vote(net, n2, 'yes');
    vote(net, n3, 'yes');
    net.after(9, () => net.crash(n2));
    net.after(30, () => net.restart(n2));
    net.run(300);
    checkCore(twoPhaseCommit, net.runs);
  });

  it('sets aside what is malformed, and what strangers say', () => {
    const bad = [
      null,
      'vote',
      { kind: 'vote' },
      { kind: 'vote', vote: 'maybe' },
      { kind: 'decision', decision: 1 },
      {},
    ];
    const ignoredBy = (self: NodeId, from: NodeId, message: unknown): boolean => {
      const state = twoPhaseCommit.init({ self, nodes: [n1, n2, n3], coordinator: n1 }, undefined);
      const before = fingerprint(state);
      const out = new EffectRecorder<TwoPhaseCommit>();
      twoPhaseCommit.step(state, { kind: 'message', now: 1 as Ticks, from, message: message as CommitMessage }, out);
      return fingerprint(state) === before && out.take().every(({ kind }) => kind === 'ignore');
    };
    for (const message of bad) expect([ignoredBy(n1, n3, message), ignoredBy(n2, n3, message)]).toEqual([true, true]);
    expect(ignoredBy(n2, nodeId('n9'), { kind: 'decision', decision: 'abort' })).toBe(true);
    expect(ignoredBy(n2, n3, { kind: 'prepare' })).toBe(true);
    expect(ignoredBy(n2, n1, { kind: 'decision', decision: 'commit' })).toBe(true);
    expect(ignoredBy(n1, n2, { kind: 'vote', vote: 'yes' })).toBe(true);
    expect(ignoredBy(n1, n2, { kind: 'inquire' })).toBe(true);
  });

  it('tries a write again that failed, and sends nothing on its word before', () => {
    const sent: [NodeId, CommitMessage][] = [];
    const timers: number[] = [];
    const driver = new CoreDriver<TwoPhaseCommit>(
      twoPhaseCommit,
      { self: n2, nodes: [n1, n2], coordinator: n1 },
      {
        choose: () => 0,
        send: (to, message) => sent.push([to, message]),
        setTimer: (ticket) => timers.push(ticket),
        cancelTimer: () => {},
        persist: () => {},
        apply: () => {},
        reply: () => {},
        indicate: () => {},
        request: () => {},
      },
    );
    driver.start(0 as Ticks, false);
    driver.message(1 as Ticks, n1, { kind: 'prepare' });
    driver.request(2 as Ticks, null, { kind: 'vote', vote: 'yes' });
    driver.persistFailed(3 as Ticks, 0, 'no space');
    expect(sent).toEqual([]);
    driver.timeout(4 as Ticks, timers[0] as number);
    driver.persisted(5 as Ticks, 1);
    expect(sent).toEqual([[n1, { kind: 'vote', vote: 'yes' }]]);
  });

  it('refuses options that are out of range', () => {
    const start = (options: Partial<TwoPhaseCommit['Options']>) => () =>
      twoPhaseCommit.init({ self: n1, nodes: [n1, n2], coordinator: n1, ...options }, undefined);
    for (const wrong of [{ self: n3 }, { coordinator: n3 }, { askTicks: 0 as Ticks }])
      expect(start(wrong)).toThrow(expect.objectContaining({ code: 'TROUPE_CORE_OPTIONS' }));
  });
});
