/** Peers that say whatever has the form of a message: true or not, in any order. */
import { CoreDriver, type DriverHost, type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, LogIndex, Term } from './entry.ts';
import { isRaftMessage } from './message-check.ts';
import type { RaftMessage } from './messages.ts';
import { raft } from './raft.ts';
import type { RaftRequest } from './requests.ts';
import type { Raft } from './state.ts';
import { listMachine } from './testing/list-machine.fixture.ts';

const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map(nodeId) as [NodeId, NodeId, NodeId, NodeId];
const NODES = [n1, n2, n3];

/** Few numbers, so that what one says bears upon what another has said. */
const small = fc.nat({ max: 5 });
const term = fc.integer({ min: 1, max: 3 });
const early = fc.nat({ max: 2 });
const nodes = fc.subarray([n1, n2, n3, n4]);
const configuration = fc.record({
  voters: fc.subarray([n1, n2, n3, n4], { minLength: 1 }),
  outgoing: nodes,
  learners: nodes,
  learnersNext: nodes,
  witnesses: nodes,
  autoLeave: fc.boolean(),
});
const entry = fc.oneof(
  fc.record({ kind: fc.constant('command'), term: early, time: small, bytes: small, data: small }),
  fc.record({ kind: fc.constant('no-op'), term: early, time: small, bytes: small, data: fc.constant(null) }),
  fc.record({ kind: fc.constant('configuration'), term: early, time: small, bytes: small, data: configuration }),
);
const entries = fc.array(entry, { maxLength: 4 }).map((some) => some.toSorted((a, b) => a.term - b.term));

const message = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('append-entries'),
        term,
        prevLogIndex: small,
        prevLogTerm: early,
        entries,
        leaderCommit: small,
        round: small,
      }),
    },
    fc.record({
      kind: fc.constant('append-entries'),
      term,
      prevLogIndex: small,
      prevLogTerm: early,
      entries,
      leaderCommit: small,
      round: small,
    }),
    fc.record({
      kind: fc.constant('append-entries-reply'),
      term,
      success: fc.boolean(),
      matchIndex: small,
      prevLogIndex: small,
      hintIndex: small,
      hintTerm: small,
      round: small,
      shieldTicks: fc.constantFrom(0, 150),
    }),
    fc.record({
      kind: fc.constant('install-snapshot'),
      term,
      lastIncludedIndex: small,
      lastIncludedTerm: early,
      time: small,
      configuration,
      size: fc.constantFrom(0, 4),
      offset: small,
      data: fc.uint8Array({ maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('install-snapshot-reply'),
      term,
      lastIncludedIndex: small,
      lastIncludedTerm: early,
      offset: small,
    }),
    fc.record({
      kind: fc.constant('request-vote'),
      term,
      lastLogIndex: small,
      lastLogTerm: early,
      isTransfer: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('request-vote-reply'), term, voteGranted: fc.boolean() }),
    fc.record({ kind: fc.constant('pre-vote'), term, lastLogIndex: small, lastLogTerm: early }),
    fc.record({ kind: fc.constant('pre-vote-reply'), term, askedIn: small, voteGranted: fc.boolean() }),
    fc.record({ kind: fc.constant('timeout-now'), term }),
    fc.record({ kind: fc.constant('read-index'), term, id: small, isLease: fc.boolean() }),
    fc.record({ kind: fc.constant('read-index-reply'), term, id: small, readIndex: small }),
  )
  .map((value) => value as unknown as RaftMessage)
  .filter(isRaftMessage);

const request: fc.Arbitrary<RaftRequest> = fc.oneof(
  fc.constant<RaftRequest>({ kind: 'propose', commands: [{ data: 'x', bytes: 1 }] }),
  fc
    .constantFrom('read-index' as const, 'lease' as const)
    .map((consistency): RaftRequest => ({ kind: 'read', queries: [0], consistency })),
  fc.constant<RaftRequest>({ kind: 'take-snapshot' }),
  fc.constantFrom(n1, n2, n3).map((member): RaftRequest => ({ kind: 'member-ended', member })),
  fc.constant<RaftRequest>({ kind: 'transfer-leadership', to: null }),
  fc.constantFrom(n1, n2, n3, n4).map(
    (node): RaftRequest => ({
      kind: 'change-membership',
      change: { kind: 'simple', change: { kind: 'remove', node } },
    }),
  ),
  fc.constantFrom(n2, n3, n4).map(
    (node): RaftRequest => ({
      kind: 'change-membership',
      change: { kind: 'joint', changes: [{ kind: 'add-witness', node }], autoLeave: true },
    }),
  ),
);

type Happening =
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: RaftMessage }
  | { readonly kind: 'request'; readonly request: RaftRequest }
  | { readonly kind: 'timers' | 'sync' | 'fail' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('message' as const), from: fc.constantFrom(n2, n2, n2, n3, n4), message }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('request' as const), request }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('timers' as const, 'sync' as const, 'sync' as const, 'fail' as const),
    }),
  },
);

function live(happenings: readonly Happening[], checkQuorum: boolean): void {
  let machine = listMachine();
  const writes: number[] = [];
  const results: (() => void)[] = [];
  const timers = new Set<number>();
  let now = 0;
  const host: DriverHost<Raft> = {
    choose: () => 0,
    send: () => {},
    setTimer: (ticket) => void timers.add(ticket),
    cancelTimer: (ticket) => void timers.delete(ticket),
    persist: (sequence) => void writes.push(sequence),
    apply: (command, token) => {
      // What is no snapshot of this machine is the machine's to refuse: here it begins anew.
      if (command.kind === 'restore') machine = listMachine();
      const result = command.kind === 'restore' ? ({ kind: 'restored' } as const) : machine(command);
      if (token !== undefined) results.push(() => driver.applied(now as Ticks, token, result));
    },
    reply: () => {},
    indicate: () => {},
    request: () => {},
  };
  const options = {
    self: n1,
    nodes: NODES,
    cluster: 'c',
    checkQuorum,
    preVote: checkQuorum,
    snapshotEntries: 3,
    retainedEntries: 1,
  };
  const leaseReads = checkQuorum ? { driftPerMillionMax: 0 } : null;
  const driver = new CoreDriver<Raft>(raft, { ...options, leaseReads }, host);
  driver.start(0 as Ticks, false);
  for (const each of happenings) {
    now += 10;
    if (each.kind === 'message') driver.message(now as Ticks, each.from, each.message);
    else if (each.kind === 'request') driver.request(now as Ticks, now as never, each.request);
    else if (each.kind === 'timers') for (const ticket of [...timers]) driver.timeout(now as Ticks, ticket);
    else if (each.kind === 'sync') for (const sequence of writes.splice(0)) driver.persisted(now as Ticks, sequence);
    else for (const sequence of writes.splice(0, 1)) driver.persistFailed(now as Ticks, sequence, 'EIO');
    for (let next = results.shift(); next !== undefined; next = results.shift()) next();
    const { durable, volatile } = driver.state;
    expect(volatile.lastApplied).toBeLessThanOrEqual(durable.log.base.index + durable.log.entries.length);
  }
}

describe('a member whose peers say whatever they like', () => {
  it('takes nothing for committed that a leader had it drop again', () => {
    const append = (entries: readonly Entry[], prevLogIndex: number, leaderCommit: number): Happening => {
      const place = { prevLogIndex: prevLogIndex as LogIndex, prevLogTerm: prevLogIndex as Term };
      const said = { kind: 'append-entries', term: 2 as Term, ...place, entries, round: 0 } as const;
      return { kind: 'message', from: n2, message: { ...said, leaderCommit: leaderCommit as LogIndex } };
    };
    const entry = (of: number): Entry => ({ kind: 'no-op', term: of as Term, time: 0 as Ticks, bytes: 1, data: null });
    live([{ kind: 'sync' }, append([1, 1, 1, 1].map(entry), 0, 0), append([entry(2)], 1, 3)], false);
  });

  it('goes on', { timeout: 30_000 }, () => {
    const begun: Happening[] = [{ kind: 'sync' }];
    fc.assert(
      fc.property(
        fc.array(happening, { minLength: 10, maxLength: 60, size: 'max' }),
        fc.boolean(),
        (happenings, checkQuorum) => live([...begun, ...happenings], checkQuorum),
      ),
      { numRuns: 1_500 },
    );
  });
});
