/** What Ongaro's thesis adds to the paper, section by section: leadership transfer, membership, compaction, clients, PreVote. */
import type { NodeId, RequestId, Ticks } from '@troupe/protocol';
import { describe, expect, test } from 'vitest';
import { A, at, B, C, D, E, Group, ids, logOf, Member, type Setting, term, votersOnly } from './by-hand.fixture.ts';
import type { MembershipChange, NodeChange } from './entry.ts';
import type { StateMachine } from './machine.ts';
import { plainFromBytes, plainToBytes } from './machines/plain-bytes.ts';
import { type SessionCommand, type SessionResult, withSessions } from './machines/sessions.ts';
import type { RaftReply } from './requests.ts';

function add(node: NodeId): MembershipChange {
  return { kind: 'simple', change: { kind: 'add-voter', node } };
}

function remove(node: NodeId): MembershipChange {
  return { kind: 'simple', change: { kind: 'remove', node } };
}

function change(leader: Member, asked: MembershipChange): RequestId {
  return leader.request({ kind: 'change-membership', change: asked });
}

function replyOf(member: Member, id: RequestId): RaftReply | undefined {
  return member.replies.get(id);
}

function beats(group: Group, leader: Member, count = 3): void {
  for (let beat = 0; beat < count; beat++) group.beat(leader);
}

describe('§3.10 leadership transfer', () => {
  function transfer(leader: Member, to: NodeId | null = B): RequestId {
    return leader.request({ kind: 'transfer-leadership', to });
  }

  test('§3.10 the target stands at once, wins, and the old leader follows', () => {
    const group = new Group([A, B, C], () => ({ checkQuorum: true, preVote: true }));
    const leader = group.elect(A);
    const id = transfer(leader);
    group.deliver();
    expect(group.member(B).status).toMatchObject({ role: 'leader', term: 2 });
    group.beat(group.member(B));
    expect(leader.status).toMatchObject({ role: 'follower', leader: B });
    expect(leader.reply(id, 'leadership-transferred')).toMatchObject({ leader: B, term: 2 });
  });

  test('§3.10 the leader stops accepting commands meanwhile', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    transfer(leader);
    const refused = leader.propose('x');
    expect(leader.reply(refused, 'refused').reason).toBe('transferring');
  });

  test('§3.10 the target first gets all that the leader has', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(B);
    leader.propose('x');
    group.deliver();
    transfer(leader);
    expect(leader.take('timeout-now')).toEqual([]);
    group.cut.clear();
    group.beat(leader);
    expect(group.member(B).role).toBe('leader');
    expect(group.member(B).applied).toEqual(['x']);
  });

  test('§3.10 a transfer that takes longer than an election timeout is given up, and commands are accepted again', () => {
    const group = new Group([A, B, C], () => ({ electionTimeoutTicks: 150 as Ticks }));
    const leader = group.elect(A);
    group.cut.add(B);
    leader.propose('x');
    group.deliver();
    transfer(leader);
    expect(leader.timer('transfer')).toBe(150);
    leader.fire('transfer');
    const id = leader.propose('y');
    group.deliver();
    expect(leader.reply(id, 'committed').results).toEqual([2]);
  });

  test('§3.10 without a target it goes to one that has all', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(B);
    leader.propose('x');
    group.deliver();
    group.cut.clear();
    transfer(leader, null);
    group.deliver();
    expect(group.member(C).role).toBe('leader');
  });
});

describe('§4.1 safety of single-server changes', () => {
  test('§4.1 it takes effect with its entry in the log, on whoever has it', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(B).add(C);
    group.join(D);
    change(leader, add(D));
    expect(leader.status.configuration).toEqual(votersOnly(A, B, C, D));
    expect(leader.status.commitIndex).toBe(1);
    // Two of four are no majority any more.
    group.deliver();
    beats(group, leader);
    expect(group.member(D).status.configuration).toEqual(votersOnly(A, B, C, D));
    expect(leader.status.commitIndex).toBe(1);
    group.cut.delete(B);
    beats(group, leader);
    expect(leader.status.commitIndex).toBe(2);
  });

  test('§4.1 one at a time: the next is refused until the last is committed', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.join(D);
    const first = change(leader, add(D));
    const second = change(leader, add(E));
    expect(leader.reply(second, 'refused').reason).toBe('change-in-progress');
    beats(group, leader);
    expect(leader.reply(first, 'membership-changed').configuration).toEqual(votersOnly(A, B, C, D));
    expect(replyOf(leader, change(leader, add(E)))).toBeUndefined();
  });

  test('§4.1 none before an entry of the leader’s own term is committed', () => {
    const group = new Group([A, B, C], () => ({ log: logOf(1), term: 1 }));
    group.loses = ({ message }) => message.kind === 'append-entries-reply';
    const leader = group.elect(A);
    expect(leader.reply(change(leader, add(D)), 'refused').reason).toBe('change-in-progress');
    group.loses = () => false;
    beats(group, leader);
    expect(replyOf(leader, change(leader, add(D)))).toBeUndefined();
  });

  test.each<[string, NodeChange, string]>([
    ['a voter that is one', { kind: 'add-voter', node: B }, 'B'],
    ['a stranger to remove', { kind: 'remove', node: E }, 'E'],
  ])('§4.1 a change that changes nothing is refused: %s', (_, asked) => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    const before = leader.entries.length;
    const id = change(leader, { kind: 'simple', change: asked });
    expect(leader.reply(id, 'refused').reason).toBe('invalid-change');
    expect(leader.entries).toHaveLength(before);
  });
});

describe('§4.2 availability', () => {
  test('§4.2.1 a new server catches up as a learner, and may then be made a voter', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    for (let n = 0; n < 10; n++) leader.propose(n);
    group.deliver();
    const learner = group.join(D);
    change(leader, { kind: 'simple', change: { kind: 'add-learner', node: D } });
    beats(group, leader);
    expect(leader.status.progress.find(({ node }) => node === D)?.matchIndex).toBe(leader.status.lastLogIndex);
    change(leader, add(D));
    beats(group, leader);
    expect(learner.status).toMatchObject({ role: 'follower', configuration: votersOnly(A, B, C, D) });
  });

  test('§4.2.2 a leader that is removed leads until that is committed, and then another does', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    const id = change(leader, remove(A));
    beats(group, leader, 1);
    expect(leader.reply(id, 'membership-changed').configuration).toEqual(votersOnly(B, C));
    expect(leader.role).not.toBe('leader');
    const next = group.leader() ?? group.elect(B);
    next.propose('x');
    group.deliver();
    expect(next.applied).toEqual(['x']);
  });

  test('§4.2.3 who hears from a leader within the least election timeout neither votes nor takes a larger term', () => {
    const group = new Group([A, B, C], () => ({ checkQuorum: true }));
    const leader = group.elect(A);
    group.beat(leader);
    const follower = group.member(B);
    follower.take('append-entries-reply');
    follower.receive(C, {
      kind: 'request-vote',
      term: term(9),
      lastLogIndex: at(9),
      lastLogTerm: term(8),
      isTransfer: false,
    });
    expect(follower.status).toMatchObject({ term: 1, leader: A });
    expect(follower.take('request-vote-reply').some(({ message }) => message.voteGranted)).toBe(false);
    follower.missLeader();
    follower.receive(C, {
      kind: 'request-vote',
      term: term(9),
      lastLogIndex: at(9),
      lastLogTerm: term(8),
      isTransfer: false,
    });
    expect(follower.said(C, 'request-vote-reply')).toMatchObject({ term: 9, voteGranted: true });
  });

  test('§4.2.3 a vote that the leader itself has asked for is not shielded', () => {
    const group = new Group([A, B, C], () => ({ checkQuorum: true }));
    group.beat(group.elect(A));
    const follower = group.member(B);
    follower.receive(C, {
      kind: 'request-vote',
      term: term(9),
      lastLogIndex: at(9),
      lastLogTerm: term(8),
      isTransfer: true,
    });
    expect(follower.said(C, 'request-vote-reply')).toMatchObject({ term: 9, voteGranted: true });
  });
});

describe('§4.3 arbitrary changes by joint consensus', () => {
  test('§4.3 a joint configuration that does not end by itself ends when that is asked for', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    for (const node of [D, E]) group.join(node);
    change(leader, {
      kind: 'joint',
      changes: [
        { kind: 'add-voter', node: D },
        { kind: 'add-voter', node: E },
        { kind: 'remove', node: C },
      ],
      autoLeave: false,
    });
    beats(group, leader);
    expect(leader.status.configuration).toMatchObject({ voters: [A, B, D, E], outgoing: [A, B, C] });
    const id = change(leader, { kind: 'leave-joint' });
    beats(group, leader);
    expect(leader.reply(id, 'membership-changed').configuration).toEqual(votersOnly(A, B, D, E));
  });

  test('§4.3 a leader that comes to power in a joint configuration ends it', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.join(D);
    // C_old,new gets everywhere, and the leader falls before it can say that it is committed.
    group.loses = ({ from, message }) => from !== A && message.kind === 'append-entries-reply';
    change(leader, {
      kind: 'joint',
      changes: [
        { kind: 'add-voter', node: D },
        { kind: 'remove', node: C },
      ],
      autoLeave: true,
    });
    group.deliver();
    expect(group.member(B).status.configuration.outgoing).toEqual([A, B, C]);
    group.loses = () => false;
    group.cut.add(A);
    const next = group.elect(B);
    beats(group, next);
    expect(next.status.configuration).toEqual(votersOnly(A, B, D));
  });
});

describe('§5 log compaction', () => {
  test('§5.1.3 a snapshot is taken by itself once so many entries were applied', () => {
    const group = new Group([A, B, C], () => ({ snapshotEntries: 8, retainedEntries: 0 }));
    const leader = group.elect(A);
    for (let n = 0; n < 7; n++) leader.propose(n);
    group.deliver();
    expect(leader.status.firstLogIndex).toBe(9);
    expect(group.restart(A).applied).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('§5.1.3 and once they take so many bytes; of those behind it, too, no more are kept', () => {
    // A no-op counts 128, and each command of 8 bytes 72.
    const options = { snapshotEntries: 1_000, snapshotBytes: 128 + 6 * 72, retainedBytes: 2 * 72 };
    const group = new Group([A, B, C], () => options);
    const leader = group.elect(A);
    for (let n = 0; n < 5; n++) leader.propose(n);
    group.deliver();
    expect(leader.status.firstLogIndex).toBe(1);
    leader.propose(5);
    group.deliver();
    expect(leader.status).toMatchObject({ firstLogIndex: 6, lastLogIndex: 7 });
    expect(group.restart(A).applied).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('§5.1 entries that a follower may still need are kept behind a snapshot', () => {
    const group = new Group([A, B, C], () => ({ retainedEntries: 3 }));
    const leader = group.elect(A);
    group.cut.add(C);
    for (let n = 0; n < 2; n++) leader.propose(n);
    group.deliver();
    const id = leader.request({ kind: 'take-snapshot' });
    expect(leader.reply(id, 'snapshot-taken').lastIncludedIndex).toBe(3);
    group.cut.clear();
    let chunks = 0;
    group.loses = ({ message }) => {
      if (message.kind === 'install-snapshot') chunks++;
      return false;
    };
    beats(group, leader);
    expect(chunks).toBe(0);
    expect(group.member(C).applied).toEqual([0, 1]);
  });

  test('§5.1 the log goes only once the snapshot is on disk', () => {
    const member = new Member(A, { nodes: [A], retainedEntries: 0 }).standForElection();
    member.propose('x');
    member.syncs = false;
    member.request({ kind: 'take-snapshot' });
    const again = member.restarted();
    expect(again.standForElection().applied).toEqual(['x']);
    member.sync();
    const after = member.restarted();
    expect(after.applied).toEqual(['x']);
    expect(after.entries).toEqual([]);
  });
});

describe('§6.2 a leader that has lost its cluster', () => {
  test('§6.2 it steps down when an election timeout passes without word of a majority', () => {
    const group = new Group([A, B, C], () => ({ checkQuorum: true, electionTimeoutTicks: 150 as Ticks }));
    const leader = group.elect(A);
    group.beat(leader);
    expect(leader.timer('check-quorum')).toBe(150);
    leader.fire('check-quorum');
    expect(leader.role).toBe('leader');
    group.cut.add(B).add(C);
    group.beat(leader);
    const id = leader.propose('x');
    leader.fire('check-quorum');
    expect(leader.role).not.toBe('leader');
    expect(leader.reply(id, 'outcome-unknown').leader).toBeNull();
  });

  test('§6.2 learners and strangers do not keep it in office', () => {
    const group = new Group([A, B, C], () => ({ checkQuorum: true }));
    const leader = group.elect(A);
    group.join(D, { checkQuorum: true });
    change(leader, { kind: 'simple', change: { kind: 'add-learner', node: D } });
    beats(group, leader);
    leader.fire('check-quorum');
    group.cut.add(B).add(C);
    group.beat(leader);
    leader.fire('check-quorum');
    expect(leader.role).not.toBe('leader');
  });
});

describe('§6.3 client sessions', () => {
  const counter: StateMachine<{ sum: number }, number, null, number, number> = {
    create: () => ({ sum: 0 }),
    apply(state, by) {
      state.sum += by;
      return state.sum;
    },
    query: ({ sum }) => sum,
    snapshot: plainToBytes,
    restore: (data) => plainFromBytes(data) as { sum: number },
  };

  const add = (session: number, sequence: number, by: number): SessionCommand<number> => {
    return { kind: 'session-command', session, sequence, answeredBelow: 0, command: by };
  };

  /** The results of all commands in a member's log, by a machine with sessions. */
  function resultsOf(member: Member): { readonly results: readonly SessionResult<number>[]; readonly sum: number } {
    const machine = withSessions(counter, { lifetimeTicks: 1_000 as Ticks });
    const state = machine.create();
    const results = member.entries.flatMap(({ kind, data, time }, place) =>
      kind === 'command' ? [machine.apply(state, data as SessionCommand<number>, { index: at(place + 1), time })] : [],
    );
    return { results, sum: machine.query(state, null) };
  }

  test('§6.3 a command that is proposed again, to another leader, is applied once and answered as it was', () => {
    const group = new Group([A, B, C]);
    const first = group.elect(A);
    const session = first.reply(openedBy(group, first), 'committed').index;
    first.propose(add(session, 0, 5));
    group.deliver();
    // Its answer is lost; the client asks the next leader.
    group.cut.add(A);
    const next = group.elect(B);
    next.propose(add(session, 0, 5));
    next.propose(add(session, 1, 1));
    group.deliver();
    const { results, sum } = resultsOf(next);
    expect(sum).toBe(6);
    expect(results.slice(1)).toEqual([
      { kind: 'done', result: 5 },
      { kind: 'done', result: 5 },
      { kind: 'done', result: 6 },
    ]);
  });

  test('§6.3 a session that was silent for too long is over, by log time, and what comes in it is not applied', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    const session = leader.reply(openedBy(group, leader), 'committed').index;
    leader.now = 2_000;
    leader.propose(add(session, 0, 5));
    group.deliver();
    for (const id of [A, B, C]) {
      const { results, sum } = resultsOf(group.member(id));
      expect(results.at(-1)).toEqual({ kind: 'session-refused', reason: 'session-expired' });
      expect(sum).toBe(0);
    }
  });

  function openedBy(group: Group, leader: Member): RequestId {
    const id = leader.propose({ kind: 'open-session' });
    group.deliver();
    return id;
  }
});

describe('§6.4 reads without the log', () => {
  function ready(setting: Setting = {}): { readonly group: Group; readonly leader: Member } {
    const group = new Group([A, B, C], () => setting);
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    return { group, leader };
  }

  test('§6.4 a read sees all that was committed when it came, and writes nothing', () => {
    const { group, leader } = ready();
    const records = leader.stable.length;
    const id = leader.read();
    expect(leader.replies.has(id)).toBe(false);
    group.deliver();
    expect(leader.reply(id, 'read').answers).toEqual([['x']]);
    expect(leader.stable).toHaveLength(records);
  });

  test('§6.4 answers to heartbeats that left before the read came do not count', () => {
    const { group, leader } = ready();
    leader.fire('heartbeat');
    const early = new Map([B, C].map((node) => [node, leader.outbox.find(({ to }) => to === node)?.message]));
    leader.outbox = [];
    group.loses = ({ message }) => message.kind === 'append-entries';
    const id = leader.read();
    group.deliver();
    for (const [node, message] of early) {
      group.member(node).receive(A, message!);
      for (const reply of group.member(node).take('append-entries-reply')) leader.receive(node, reply.message);
    }
    expect(leader.replies.has(id)).toBe(false);
  });

  test('§6.4 many reads share one round of heartbeats', () => {
    const { group, leader } = ready();
    leader.take('append-entries');
    const reads = Array.from({ length: 50 }, () => leader.read());
    let heartbeats = 0;
    group.loses = ({ message }) => {
      if (message.kind === 'append-entries') heartbeats++;
      return false;
    };
    group.deliver();
    for (const id of reads) leader.reply(id, 'read');
    expect(heartbeats).toBeLessThanOrEqual(4);
  });

  test('§6.4 a follower asks the leader for the index, and answers once it has applied that', () => {
    const { group, leader } = ready();
    const follower = group.member(B);
    expect(follower.applied).toEqual([]);
    const id = follower.read();
    group.deliver();
    group.beat(leader);
    expect(follower.reply(id, 'read').answers).toEqual([['x']]);
  });

  test('§6.4 a stale read answers from what the member has', () => {
    const { group } = ready();
    const follower = group.member(B);
    expect(follower.reply(follower.read('stale'), 'read').answers).toEqual([[]]);
  });
});

describe('§6.4.1 reads by lease', () => {
  const SETTING: Setting = {
    checkQuorum: true,
    leaseReads: { driftPerMillionMax: 100_000 },
    electionTimeoutTicks: 150 as Ticks,
    heartbeatTicks: 30 as Ticks,
  };

  function leased(): { readonly group: Group; readonly leader: Member } {
    const group = new Group([A, B, C], () => SETTING);
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    group.beat(leader);
    return { group, leader };
  }

  test('§6.4.1 while the lease lasts a read needs no message', () => {
    const { leader } = leased();
    leader.outbox = [];
    expect(leader.reply(leader.read('lease'), 'read').answers).toEqual([['x']]);
    expect(leader.outbox).toEqual([]);
  });

  test('§6.4.1 it counts from when the heartbeats left, and is shorter than the election timeout by the drift', () => {
    const { leader, group } = leased();
    // Sent at 0, answered at 100: it lasts until 150 / 1.1.
    leader.fire('heartbeat');
    leader.now = 100;
    group.deliver();
    leader.now = 130;
    leader.reply(leader.read('lease'), 'read');
    leader.now = 137;
    const late = leader.read('lease');
    expect(leader.replies.has(late)).toBe(false);
    group.deliver();
    leader.reply(late, 'read');
  });

  test('§6.4.1 a leader that is alone stops answering before another can be elected', () => {
    const { leader, group } = leased();
    group.cut.add(A);
    for (const member of group.members.values()) member.now = 150;
    const next = group.elect(B);
    next.propose('new');
    group.deliver();
    const id = leader.read('lease');
    group.deliver();
    expect(leader.replies.get(id)?.kind).not.toBe('read');
  });

  test('§6.4.1 a leader that has told another to stand has no lease any more', () => {
    const { leader, group } = leased();
    leader.request({ kind: 'transfer-leadership', to: B });
    expect(leader.outbox.some(({ message }) => message.kind === 'timeout-now')).toBe(true);
    const id = leader.read('lease');
    expect(leader.replies.get(id)?.kind).not.toBe('read');
    group.deliver();
  });

  test('§6.4.1 it rests on a quorum of those who shield a leader, and not on others that answer sooner', () => {
    const group = new Group([A, B, C], (id) => ({
      ...SETTING,
      checkQuorum: id !== B,
      ...(id === B && { leaseReads: null }),
    }));
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    group.cut.add(C);
    leader.now = 200;
    group.beat(leader);
    expect(leader.status.progress.map(({ node, shieldTicks }) => [node, shieldTicks])).toEqual([
      [B, 0],
      [C, 150],
    ]);
    const waits = leader.read('lease');
    expect(leader.replies.has(waits)).toBe(false);
    group.cut.clear();
    group.beat(leader);
    leader.outbox = [];
    expect(leader.reply(leader.read('lease'), 'read').answers).toEqual([['x']]);
    expect(leader.outbox).toEqual([]);
  });

  test.each<[string, Setting]>([
    ['do not check their quorum', { checkQuorum: false, leaseReads: null }],
    ['have leases off, and depose a leader that is said to have ended', { leaseReads: null }],
    ['have shorter election timeouts', { electionTimeoutTicks: 149 as Ticks }],
  ])('§6.4.1 it is refused, and not held, where too many others %s', (_, others) => {
    const group = new Group([A, B, C], (id) => ({ ...SETTING, ...(id !== A && others) }));
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    group.beat(leader);
    expect(leader.status.leaseUntil).toBeNull();
    const { reason, detail } = leader.reply(leader.read('lease'), 'refused');
    expect([reason, detail]).toEqual(['no-lease', expect.stringContaining('at least 150, got members that shield')]);
    // Another way to ask is open.
    const read = leader.read();
    group.deliver();
    expect(leader.reply(read, 'read').answers).toEqual([['x']]);
  });

  test('§6.4.1 leases are off unless they are asked for', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    expect(leader.reply(leader.read('lease'), 'refused').reason).toBe('no-lease');
  });
});

describe('§9.6 PreVote', () => {
  const SETTING: Setting = { preVote: true };

  test('§9.6 it asks before it stands, and neither its term nor its vote changes by that', () => {
    const member = new Member(A, { ...SETTING, term: 3 });
    const records = member.stable.length;
    member.standForElection();
    expect(member.status).toMatchObject({ role: 'pre-candidate', term: 3, vote: null });
    expect(member.take('pre-vote').map(({ to }) => to)).toEqual([B, C]);
    expect(member.stable).toHaveLength(records);
  });

  test('§9.6 with a majority it stands', () => {
    const member = new Member(A, { ...SETTING, nodes: ids(5) }).standForElection();
    const granted = { kind: 'pre-vote-reply', term: term(0), askedIn: term(0), voteGranted: true } as const;
    member.receive(B, granted).receive(B, granted);
    expect(member.status).toMatchObject({ role: 'pre-candidate', term: 0 });
    member.receive(C, granted);
    expect(member.status).toMatchObject({ role: 'candidate', term: 1, vote: A });
    expect(member.take('request-vote')).toHaveLength(4);
  });

  test('§9.6 it is granted where the log is up to date and no leader was heard of lately; nothing changes by it', () => {
    const member = new Member(A, { ...SETTING, log: logOf(1, 2), term: 2 });
    const ask = (from: NodeId, lastLogIndex: number, lastLogTerm: number) => {
      member.receive(from, {
        kind: 'pre-vote',
        term: term(2),
        lastLogIndex: at(lastLogIndex),
        lastLogTerm: term(lastLogTerm),
      });
      return member.said(from, 'pre-vote-reply').voteGranted;
    };
    expect(ask(B, 1, 1)).toBe(false);
    expect(ask(B, 2, 2)).toBe(true);
    expect(ask(C, 2, 2)).toBe(true);
    expect(member.status).toMatchObject({ term: 2, vote: null });
    member.receive(B, {
      ...{ kind: 'append-entries', term: term(2), prevLogIndex: at(2), prevLogTerm: term(2) },
      ...{ entries: [], leaderCommit: at(0), round: 0 },
    });
    member.take('append-entries-reply');
    expect(ask(C, 2, 2)).toBe(false);
    member.missLeader();
    expect(ask(C, 2, 2)).toBe(true);
  });

  test('§9.6 a member that was cut off does not disturb the cluster when it comes back', () => {
    const group = new Group([A, B, C], () => SETTING);
    const leader = group.elect(A);
    group.cut.add(C);
    for (let tries = 0; tries < 5; tries++) {
      group.member(C).standForElection();
      group.deliver();
    }
    expect(group.member(C).term).toBe(1);
    leader.propose('x');
    group.deliver();
    group.cut.clear();
    group.member(C).standForElection();
    group.deliver();
    beats(group, leader);
    expect(leader.status).toMatchObject({ role: 'leader', term: 1 });
    expect(group.member(C).applied).toEqual(['x']);
  });

  test('§9.6 a pre-candidate that has a larger term than the others gets them to its term, and is not stuck', () => {
    const group = new Group([A, B, C], (id) => ({ ...SETTING, checkQuorum: true, ...(id === C ? { term: 7 } : {}) }));
    const leader = group.member(A);
    for (let tries = 0; tries < 3 && leader.role !== 'leader'; tries++) {
      for (const member of group.members.values()) member.missLeader();
      leader.standForElection();
      group.deliver();
    }
    expect(leader.status).toMatchObject({ role: 'leader', term: 8 });
    leader.propose('x');
    group.deliver();
    beats(group, leader);
    for (const member of group.members.values()) expect(member.applied).toEqual(['x']);
  });
});

describe('§10.2.1 writing to the leader’s disk in parallel', () => {
  test('§10.2.1 entries leave before the leader’s own disk has them, and are committed by the others’', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    leader.syncs = false;
    const id = leader.propose('x');
    group.deliver();
    expect(leader.writes).toHaveLength(1);
    expect(leader.reply(id, 'committed').index).toBe(2);
  });

  test('§10.2.1 the leader counts itself only once its disk has them', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    leader.syncs = false;
    group.cut.add(C);
    group.loses = ({ from, message }) => from === C && message.kind === 'append-entries-reply';
    group.member(B).syncs = false;
    leader.propose('x');
    group.deliver();
    expect(leader.status.commitIndex).toBe(1);
    group.member(B).sync();
    group.deliver();
    expect(leader.status.commitIndex).toBe(1);
    leader.sync();
    expect(leader.status.commitIndex).toBe(2);
  });

  test('§10.2.1 appends follow one another without waiting, within a window', () => {
    const group = new Group([A, B, C], () => ({ inflightMax: 3 }));
    const leader = group.elect(A);
    leader.take('append-entries');
    for (let n = 0; n < 10; n++) leader.propose(n);
    const sent = leader.take('append-entries').filter(({ to }) => to === B);
    expect(sent.map(({ message }) => message.entries.map(({ data }) => data))).toEqual([[0], [1], [2]]);
    group.member(B).receive(A, sent[0]!.message).receive(A, sent[1]!.message).receive(A, sent[2]!.message);
    for (const { message } of group.member(B).take('append-entries-reply')) leader.receive(B, message);
    const rest = leader.take('append-entries').filter(({ to }) => to === B && true);
    expect(rest.flatMap(({ message }) => message.entries.map(({ data }) => data))).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });
});
