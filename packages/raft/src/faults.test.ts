import { type Effect, EffectRecorder, type Event, nodeId, type Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import type { Entry, LogIndex, Term } from './entry.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { raft } from './raft.ts';
import type { Raft, RaftToken } from './state.ts';

const [n1, n2, n3] = [nodeId('n1'), nodeId('n2'), nodeId('n3')];
const at = (index: number) => index as LogIndex;

type Unstamped<E> = E extends unknown ? Omit<E, 'now'> : never;

/** One member, whose clock, disk and peers are the test's. */
class Member {
  now = 0;
  readonly state: Raft['State'];
  readonly #out = new EffectRecorder<Raft>();

  constructor(options: Partial<RaftOptions> = {}) {
    const ticks = { electionTimeoutTicks: 100 as Ticks, heartbeatTicks: 10 as Ticks };
    this.state = raft.init(
      { self: n1, nodes: [n1, n2, n3], cluster: 'c', preVote: false, ...ticks, ...options },
      undefined,
    );
    this.take({ kind: 'start', restarted: false });
    this.persisted('identity');
  }

  take(event: Unstamped<Event<Raft>>): Effect<Raft>[] {
    raft.step(this.state, { ...event, now: this.now as Ticks } as Event<Raft>, this.#out);
    return this.#out.take();
  }

  hear(message: RaftMessage, from = n2): Effect<Raft>[] {
    return this.take({ kind: 'message', from, message });
  }

  persisted(token: RaftToken): Effect<Raft>[] {
    return this.take({ kind: 'persisted', token });
  }

  fails(token: RaftToken): Effect<Raft>[] {
    return this.take({ kind: 'persist-failed', token, reason: 'input/output error' });
  }

  /** Leads term 1, and has committed its first entry. */
  lead(): void {
    this.take({ kind: 'timeout', timer: 'election' });
    this.persisted('hard-state');
    this.hear({ kind: 'request-vote-reply', term: 1 as Term, voteGranted: true });
    this.persisted('append');
    this.acknowledge(1);
    expect([this.state.volatile.role, this.state.volatile.commitIndex]).toEqual(['leader', 1]);
  }

  acknowledge(matchIndex: number, round = 0): Effect<Raft>[] {
    return this.hear({
      kind: 'append-entries-reply',
      term: 1 as Term,
      success: true,
      matchIndex: at(matchIndex),
      prevLogIndex: at(0),
      hintIndex: at(matchIndex),
      hintTerm: 0 as Term,
      round,
      shieldTicks: 100 as Ticks,
    });
  }

  propose(id: number): Effect<Raft>[] {
    const commands = [{ data: `w${id}`, bytes: 2 }];
    return this.take({ kind: 'request', id: id as never, request: { kind: 'propose', commands } });
  }
}

const sends = (effects: Effect<Raft>[]) =>
  effects.flatMap((effect) =>
    effect.kind === 'send' ? [{ ...effect.message, to: effect.to, after: effect.after }] : [],
  );
const replies = (effects: Effect<Raft>[]) =>
  effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.reply] : []));
const records = (effects: Effect<Raft>[]) =>
  effects.flatMap((effect) => (effect.kind === 'persist' ? [effect.record] : []));

const entry = (term: number, data: unknown): Entry => ({
  kind: 'command',
  term: term as Term,
  time: 0 as Ticks,
  bytes: 1,
  data,
});
const appendEntries = (
  term: number,
  prev: [index: number, term: number],
  entries: Entry[],
  commit = 0,
): RaftMessage => ({
  kind: 'append-entries',
  term: term as Term,
  prevLogIndex: at(prev[0]),
  prevLogTerm: prev[1] as Term,
  entries,
  leaderCommit: at(commit),
  round: 0,
});
const vote = (term: number, isTransfer = false): RaftMessage => ({
  kind: 'request-vote',
  term: term as Term,
  lastLogIndex: at(9),
  lastLogTerm: term as Term,
  isTransfer,
});

describe('the disk', () => {
  it('has term and vote before the vote leaves (raft-6)', () => {
    const member = new Member();
    const effects = member.hear(vote(4));
    expect(sends(effects)).toMatchObject([{ kind: 'request-vote-reply', voteGranted: true, after: 'hard-state' }]);
    expect(records(effects).pop()).toEqual({ kind: 'hard-state', term: 4, vote: n2 });
    expect(sends(member.hear(vote(4), n3))).toMatchObject([{ voteGranted: false, after: 'hard-state' }]);
  });

  it('has entries before they are acknowledged, and a leader counts itself after (raft-7)', () => {
    const follower = new Member();
    expect(sends(follower.hear(appendEntries(1, [0, 0], [entry(1, 'a')])))).toEqual([]);
    follower.persisted('hard-state');
    expect(sends(follower.persisted('append'))).toMatchObject([{ success: true, matchIndex: 1 }]);

    const leader = new Member();
    leader.lead();
    leader.propose(7);
    leader.acknowledge(2);
    // Two of three have it, and the leader is neither of them.
    expect(leader.state.volatile.commitIndex).toBe(1);
    leader.persisted('append');
    expect(leader.state.volatile.commitIndex).toBe(2);
  });

  it('fails: the leader steps down, nothing more is taken, and all is written again', () => {
    const leader = new Member();
    leader.lead();
    leader.propose(7);
    leader.propose(8);
    const failed = leader.fails('append');
    expect(replies(failed)).toEqual([
      { kind: 'outcome-unknown', leader: null },
      { kind: 'outcome-unknown', leader: null },
    ]);
    expect(leader.state.volatile.role).toBe('follower');
    expect(replies(leader.propose(9))).toMatchObject([{ kind: 'refused', reason: 'disk-failed' }]);
    // The second write builds on the first, and says nothing.
    leader.persisted('append');
    expect(leader.state.volatile.disk.durableIndex).toBe(1);
    const again = leader.take({ kind: 'timeout', timer: 'retry' });
    expect(records(again)).toMatchObject([{ kind: 'append', index: 2, previousTerm: 1, entries: [{}, {}] }]);
    leader.persisted('append');
    expect([leader.state.volatile.disk.durableIndex, leader.state.volatile.disk.hasFailed]).toEqual([3, false]);
  });

  it('fails at a follower: heartbeats are answered with what is durable, entries are not taken', () => {
    const member = new Member();
    member.hear(appendEntries(1, [0, 0], [entry(1, 'a')]));
    member.persisted('hard-state');
    member.fails('append');
    expect(sends(member.hear(appendEntries(1, [1, 1], [entry(1, 'b')])))).toEqual([]);
    const answer = sends(member.hear(appendEntries(1, [1, 1], [])));
    expect(answer).toMatchObject([{ success: true, matchIndex: 0, hintIndex: 1 }]);
    expect(member.state.durable.log.entries).toHaveLength(1);
    member.take({ kind: 'timeout', timer: 'retry' });
    expect(sends(member.persisted('append'))).toMatchObject([{ matchIndex: 1 }]);
  });
});

describe('an append', () => {
  it('that is late truncates nothing that matches (raft-2)', () => {
    const member = new Member();
    member.hear(appendEntries(1, [0, 0], [entry(1, 'a'), entry(1, 'b'), entry(1, 'c')]));
    member.hear(appendEntries(1, [0, 0], [entry(1, 'a')]));
    expect(member.state.durable.log.entries).toHaveLength(3);
    member.hear(appendEntries(2, [1, 1], [entry(2, 'B')]));
    expect(member.state.durable.log.entries.map(({ data }) => data)).toEqual(['a', 'B']);
  });
});

describe('a leader', () => {
  it('is shielded while it is heard, but for an election that it asked for', () => {
    const member = new Member();
    member.hear(appendEntries(1, [0, 0], []));
    member.persisted('hard-state');
    expect(sends(member.hear(vote(5), n3))).toEqual([]);
    expect(member.state.durable.term).toBe(1);
    expect(sends(member.hear(vote(5, true), n3))).toMatchObject([{ voteGranted: true }]);
    const other = new Member();
    other.hear(appendEntries(1, [0, 0], []));
    other.take({ kind: 'timeout', timer: 'election' });
    expect(sends(other.hear(vote(5), n3))).toMatchObject([{ voteGranted: true }]);
  });

  it('is shielded from a late candidate of its own term, and from a later one, as long as it was promised to be', () => {
    // n1 follows n2 of term 1 without having voted for it; n3 has stood in term 1 as well.
    const member = new Member();
    member.hear(appendEntries(1, [0, 0], []));
    member.persisted('hard-state');
    expect(sends(member.hear(vote(1), n3))).toMatchObject([{ voteGranted: false }]);
    expect(sends(member.hear(vote(2), n3))).toEqual([]);
    expect([member.state.volatile.isLeaderRecent, member.state.durable.vote]).toEqual([true, null]);
  });

  it('is shielded also by a member that hears of a later term in another way', () => {
    // 1. n1 asks n3 whether it could win; 2. n3 stands in term 2; 3. n2, which still leads term 1, is heard, and may count on
    // n1; 4. n3 answers the question of 1, with its term.
    const member = new Member({ preVote: true });
    member.hear(appendEntries(1, [0, 0], []));
    member.persisted('hard-state');
    member.take({ kind: 'timeout', timer: 'election' });
    member.take({ kind: 'timeout', timer: 'election' });
    expect(member.state.volatile.role).toBe('pre-candidate');
    member.hear(appendEntries(1, [0, 0], []));
    member.hear({ kind: 'pre-vote-reply', term: 2 as Term, askedIn: 1 as Term, voteGranted: false }, n3);
    expect(member.state.durable.term).toBe(2);
    expect(sends(member.hear(vote(2), n3))).toMatchObject([{ voteGranted: false }]);
    expect(sends(member.hear(vote(3), n3))).toEqual([]);
    // The promise ends by the clock.
    member.take({ kind: 'timeout', timer: 'election' });
    expect(sends(member.hear(vote(3), n3))).toMatchObject([{ voteGranted: true }]);
  });

  it('answers by its lease while that holds by its clock, and asks again after (raft-9)', () => {
    const leader = new Member({ leaseReads: { driftPerMillionMax: 100_000 } });
    leader.lead();
    const read = (id: number) =>
      leader.take({ kind: 'request', id: id as never, request: { kind: 'read', queries: [0], consistency: 'lease' } });
    leader.now = 1_000;
    const [beat] = sends(leader.take({ kind: 'timeout', timer: 'heartbeat' }));
    const round = beat?.kind === 'append-entries' ? beat.round : 0;
    leader.now = 1_040;
    leader.acknowledge(1, round);
    // 100 ticks, less a tenth for the drift, and two: from the sending of the round.
    leader.now = 1_087;
    expect(read(1).map(({ kind }) => kind)).toEqual(['apply']);
    leader.now = 1_088;
    expect(sends(read(2)).map(({ kind }) => kind)).toEqual(['append-entries', 'append-entries']);
    // Whoever waits is told who leads now, and asks there.
    const ended = leader.hear(appendEntries(2, [1, 1], []));
    expect(replies(ended)).toMatchObject([{ kind: 'refused', reason: 'not-leader', leader: expect.any(String) }]);
  });

  it('has no lease from when it has told another to stand', () => {
    const leader = new Member({ leaseReads: { driftPerMillionMax: 0 } });
    leader.lead();
    const [beat] = sends(leader.take({ kind: 'timeout', timer: 'heartbeat' }));
    leader.acknowledge(1, beat?.kind === 'append-entries' ? beat.round : 0);
    expect(leader.state.leadership?.lease.startedAt).toBe(0);
    leader.take({ kind: 'request', id: null, request: { kind: 'transfer-leadership', to: n2 } });
    leader.take({ kind: 'timeout', timer: 'transfer' });
    const read = leader.take({
      kind: 'request',
      id: 5 as never,
      request: { kind: 'read', queries: [0], consistency: 'lease' },
    });
    expect(read.map(({ kind }) => kind)).not.toContain('apply');
  });

  it('serves no read before an entry of its own term is committed (raft-8)', () => {
    const leader = new Member();
    leader.take({ kind: 'timeout', timer: 'election' });
    leader.persisted('hard-state');
    leader.hear({ kind: 'request-vote-reply', term: 1 as Term, voteGranted: true });
    const early = leader.take({
      kind: 'request',
      id: 1 as never,
      request: { kind: 'read', queries: [0], consistency: 'read-index' },
    });
    expect(early).toEqual([]);
    leader.persisted('append');
    const beats = sends(leader.acknowledge(1)).filter(({ kind }) => kind === 'append-entries');
    expect(beats).toHaveLength(2);
    expect(leader.acknowledge(1, 1).map(({ kind }) => kind)).toContain('apply');
  });

  it('changes no membership before that either (raft-3)', () => {
    const leader = new Member();
    leader.take({ kind: 'timeout', timer: 'election' });
    leader.persisted('hard-state');
    leader.hear({ kind: 'request-vote-reply', term: 1 as Term, voteGranted: true });
    const request = {
      kind: 'change-membership',
      change: { kind: 'simple', change: { kind: 'remove', node: n3 } },
    } as const;
    const early = leader.take({ kind: 'request', id: 1 as never, request });
    expect(replies(early)).toMatchObject([{ kind: 'refused', reason: 'change-in-progress' }]);
  });
});

describe('options that can not be meant', () => {
  it.each([
    ['a message of more entries than a peer takes', { appendEntriesMax: 65_537 }],
    ['more members than a peer takes', { nodes: Array.from({ length: 1_025 }, (_, index) => nodeId(`n${index}`)) }],
    ['leases without what they rest on', { leaseReads: { driftPerMillionMax: 0 }, checkQuorum: false }],
    ['a heartbeat that comes too late', { heartbeatTicks: 101 as Ticks }],
  ])('are refused: %s', (_, options) => {
    expect(() => new Member(options)).toThrow(expect.objectContaining({ code: 'TROUPE_CORE_OPTIONS' }));
  });
});

describe('requests that can not be meant', () => {
  it('are refused with what was expected', () => {
    const leader = new Member({ commandBytesMax: 100, uncommittedBytesMax: 200 });
    leader.lead();
    const reasonOf = (request: unknown) =>
      replies(leader.take({ kind: 'request', id: 1 as never, request: request as Raft['Request'] })).map((reply) =>
        reply.kind === 'refused' ? reply.reason : reply.kind,
      );
    const malformed: unknown[] = [
      null,
      { kind: 'unknown' },
      { kind: 'propose', commands: [] },
      { kind: 'propose', commands: [{ data: 'x', bytes: 0 }] },
      { kind: 'read', queries: [], consistency: 'stale' },
      { kind: 'read', queries: [1], consistency: 'guess' },
      { kind: 'change-membership', change: { kind: 'simple' } },
      { kind: 'transfer-leadership', to: '' },
    ];
    for (const request of malformed) expect(reasonOf(request)).toEqual(['malformed-request']);
    expect(reasonOf({ kind: 'propose', commands: [{ data: 'x', bytes: 101 }] })).toEqual(['command-too-large']);
    expect(reasonOf({ kind: 'propose', commands: [{ data: 'x', bytes: 100 }] })).toEqual([]);
    expect(reasonOf({ kind: 'propose', commands: [{ data: 'x', bytes: 100 }] })).toEqual(['too-many-outstanding']);
    expect(reasonOf({ kind: 'change-membership', change: { kind: 'unknown' } })).toEqual(['invalid-change']);
    expect(reasonOf({ kind: 'read', queries: [1], consistency: 'lease' })).toEqual(['no-lease']);
    expect(reasonOf({ kind: 'transfer-leadership', to: 'n9' })).toEqual(['not-for-this-role']);
  });
});
