/** What the Raft paper claims of membership (§6), compaction (§7) and clients (§8). */
import type { NodeId, Ticks } from '@troupe/protocol';
import { describe, expect, test } from 'vitest';
import {
  A,
  at,
  B,
  bytesOf,
  C,
  command,
  D,
  E,
  Group,
  logOf,
  Member,
  type Setting,
  term,
  votersOnly,
} from './by-hand.fixture.ts';
import type { Configuration, Entry } from './entry.ts';
import type { RaftMessage } from './messages.ts';
import { acknowledge, heartbeat, leaderOf, requestVote, vote } from './paper-messages.fixture.ts';

describe('§6 cluster membership changes', () => {
  const OLD = [A, B, C];
  const joint: Configuration = { ...votersOnly(C, D, E), outgoing: OLD };

  function jointLeader(...acknowledged: readonly NodeId[]): Member {
    const leader = leaderOf(OLD);
    acknowledge(acknowledge(leader, B, 1), C, 1);
    leader.request({
      kind: 'change-membership',
      change: {
        kind: 'joint',
        changes: [
          { kind: 'add-voter', node: D },
          { kind: 'add-voter', node: E },
          { kind: 'remove', node: A },
          { kind: 'remove', node: B },
        ],
        autoLeave: false,
      },
    });
    expect(leader.status.configuration).toEqual(joint);
    for (const node of acknowledged) acknowledge(leader, node, 2);
    return leader;
  }

  test.each([
    ['a majority of the old alone', [B, C], false],
    ['a majority of the new alone', [D, E], false],
    ['all but a majority of the new', [B], false],
    ['majorities of both', [B, C, D], true],
    ['a majority of both, whose member in both counts twice', [C, D], true],
  ])('§6 in a joint configuration an entry needs both majorities: %s', (_, acknowledged, isCommitted) => {
    expect(jointLeader(...acknowledged).status.commitIndex).toBe(isCommitted ? 2 : 1);
  });

  test('§6 in a joint configuration an election needs both majorities', () => {
    const log: Entry[] = [{ kind: 'configuration', term: term(1), time: 0 as Ticks, bytes: 8, data: joint }];
    const member = new Member(C, { nodes: OLD, log, term: 1 }).standForElection();
    expect(member.take('request-vote').map(({ to }) => to)).toEqual([A, B, D, E]);
    member.receive(A, vote(2)).receive(B, vote(2));
    expect(member.role).toBe('candidate');
    member.receive(D, vote(2));
    expect(member.role).toBe('leader');
  });

  test('§6 a member uses the latest configuration in its log, committed or not', () => {
    const member = new Member(B, { nodes: OLD, term: 1 });
    const entry: Entry = { kind: 'configuration', term: term(1), time: 0 as Ticks, bytes: 8, data: joint };
    member.receive(A, heartbeat(1, { entries: [entry] }));
    expect(member.status).toMatchObject({ configuration: joint, commitIndex: 0 });
  });

  test('§6 a configuration that is overwritten counts no more', () => {
    const member = new Member(B, { nodes: OLD, term: 1 });
    const entry: Entry = { kind: 'configuration', term: term(1), time: 0 as Ticks, bytes: 8, data: joint };
    member.receive(A, heartbeat(1, { entries: [entry] }));
    member.receive(C, heartbeat(2, { entries: [command(2, 'x')] }));
    expect(member.status.configuration).toEqual(votersOnly(...OLD));
    expect(member.restarted().status.configuration).toEqual(votersOnly(...OLD));
  });

  test('§6 entries go to all members of both configurations', () => {
    const leader = jointLeader().fire('heartbeat');
    const told = new Set(leader.take('append-entries').map(({ to }) => to));
    expect([...told].sort()).toEqual([B, C, D, E]);
  });

  test('§6 C_new follows once C_old,new is committed, not before', () => {
    const group = new Group(OLD);
    const leader = group.elect(A);
    group.join(D);
    group.cut.add(B).add(C);
    const id = leader.request({
      kind: 'change-membership',
      change: {
        kind: 'joint',
        changes: [
          { kind: 'add-voter', node: D },
          { kind: 'remove', node: C },
        ],
        autoLeave: true,
      },
    });
    group.deliver();
    group.beat(leader);
    expect(leader.status.configuration.outgoing).toEqual(OLD);
    expect(leader.replies.has(id)).toBe(false);
    group.cut.clear();
    for (let beats = 0; beats < 3; beats++) group.beat(leader);
    expect(leader.reply(id, 'membership-changed').configuration).toEqual(votersOnly(A, B, D));
    for (const node of [A, B, D]) expect(group.member(node).status.configuration).toEqual(votersOnly(A, B, D));
  });

  test('§6 a new server first gets the log without a vote', () => {
    const group = new Group(OLD);
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    group.join(D);
    leader.request({ kind: 'change-membership', change: { kind: 'simple', change: { kind: 'add-learner', node: D } } });
    for (let beats = 0; beats < 4; beats++) group.beat(leader);
    expect(group.member(D).status).toMatchObject({ role: 'learner' });
    expect(group.member(D).applied).toEqual(['x']);
    // Its acknowledgement commits nothing, and it never stands.
    group.cut.add(B).add(C);
    const { commitIndex } = leader.status;
    leader.propose('y');
    group.deliver();
    expect(leader.status.commitIndex).toBe(commitIndex);
    const learner = group.member(D).missLeader();
    if (learner.timer('election') !== undefined) learner.fire('election');
    expect(learner.take('request-vote')).toEqual([]);
  });

  test('§6 a leader that is not part of C_new leads until that is committed, does not count itself, and steps down', () => {
    const group = new Group(OLD);
    const leader = group.elect(A);
    group.cut.add(C);
    leader.request({ kind: 'change-membership', change: { kind: 'simple', change: { kind: 'remove', node: A } } });
    group.deliver();
    // A and B have it; of C_new = {B, C} that is no majority.
    expect(leader.status).toMatchObject({ role: 'leader', commitIndex: 1 });
    group.cut.clear();
    for (let beats = 0; beats < 3 && leader.role === 'leader'; beats++) group.beat(leader);
    expect(leader.role).not.toBe('leader');
    expect(leader.status.commitIndex).toBe(2);
    // Whether it hands over or not, the others go on.
    const next = group.leader() ?? group.elect(B);
    expect(next.status.configuration).toEqual(votersOnly(B, C));
  });

  test('§6 a removed server does not depose the leader, while that is heard of', () => {
    const group = new Group(OLD, () => ({ checkQuorum: true }));
    const leader = group.elect(A);
    leader.request({ kind: 'change-membership', change: { kind: 'simple', change: { kind: 'remove', node: C } } });
    for (let beats = 0; beats < 3; beats++) group.beat(leader);
    for (let tries = 0; tries < 3; tries++) {
      for (const node of [A, B]) group.member(node).receive(C, requestVote(10 + tries, 9, 9));
      group.deliver();
      group.beat(leader);
    }
    expect(leader.status).toMatchObject({ role: 'leader', term: 1 });
  });
});

describe('§7 log compaction', () => {
  /** A leader whose log begins after a log snapshot of five commands. */
  function compacted(group: Group): Member {
    const leader = group.elect(A);
    for (let n = 0; n < 5; n++) leader.propose(n);
    group.deliver();
    const id = leader.request({ kind: 'take-snapshot' });
    expect(leader.reply(id, 'snapshot-taken').lastIncludedIndex).toBe(6);
    return leader;
  }

  const SETTING: Setting = { retainedEntries: 0 };

  test('§7 each member takes snapshots by itself, of what is committed, and its log begins after it', () => {
    const group = new Group([A, B, C], () => SETTING);
    const leader = compacted(group);
    expect(leader.status).toMatchObject({ firstLogIndex: 7, lastLogIndex: 6 });
    expect(group.member(B).status.firstLogIndex).toBe(1);
    leader.propose('after');
    group.deliver();
    expect(leader.terms).toEqual([1]);
  });

  test('§7 a snapshot keeps the last index, its term and the configuration, and is what a member comes back with', () => {
    const group = new Group([A, B, C], () => SETTING);
    compacted(group);
    const again = group.restart(A);
    expect(again.applied).toEqual([0, 1, 2, 3, 4]);
    expect(again.status).toMatchObject({
      commitIndex: 6,
      lastApplied: 6,
      lastLogIndex: 6,
      configuration: votersOnly(A, B, C),
    });
    again.receive(B, heartbeat(2, { prevLogIndex: at(6), prevLogTerm: term(1), entries: [command(2, 'next')] }));
    expect(again.said(B, 'append-entries-reply')).toMatchObject({ success: true, matchIndex: 7 });
  });

  test('§7 a member that needs entries which are gone gets the snapshot, chunk after chunk', () => {
    const group = new Group([A, B, C], () => ({ ...SETTING, snapshotChunkBytes: 4 }));
    group.cut.add(C);
    const leader = compacted(group);
    leader.propose('after');
    group.deliver();
    let chunks = 0;
    group.loses = ({ message }) => {
      if (message.kind === 'install-snapshot') chunks++;
      return false;
    };
    group.cut.clear();
    for (let beats = 0; beats < 5; beats++) group.beat(leader);
    expect(chunks).toBeGreaterThanOrEqual(3);
    expect(group.member(C).applied).toEqual([0, 1, 2, 3, 4, 'after']);
    expect(group.member(C).terms).toEqual([1]);
  });

  const snapshot = (lastIncludedIndex: number, lastIncludedTerm: number, inTerm: number): RaftMessage => {
    const data = bytesOf(['from', 'snapshot']);
    return {
      kind: 'install-snapshot',
      term: term(inTerm),
      lastIncludedIndex: at(lastIncludedIndex),
      lastIncludedTerm: term(lastIncludedTerm),
      time: 0 as Ticks,
      configuration: votersOnly(A, B, C),
      size: data.length,
      offset: 0,
      data,
    };
  };

  test('§7 a snapshot of what the member has not takes the place of its whole log, even of conflicting entries', () => {
    const member = new Member(A, { log: logOf(1, 1, 2, 2), term: 3 });
    member.receive(B, snapshot(3, 3, 3));
    expect(member.applied).toEqual(['from', 'snapshot']);
    expect(member.status).toMatchObject({ commitIndex: 3, firstLogIndex: 4, lastLogIndex: 3 });
    expect(member.restarted().applied).toEqual(['from', 'snapshot']);
  });

  test('§7 a snapshot of a prefix of the log leaves what follows it', () => {
    const member = new Member(A, { log: logOf(1, 1, 2, 2), term: 3 });
    member.receive(B, snapshot(2, 1, 3));
    expect(member.terms.slice(-2)).toEqual([2, 2]);
    expect(member.status.lastLogIndex).toBe(4);
  });

  test('§7 a snapshot never takes back what is committed, and one of a stale leader is refused', () => {
    const member = new Member(A);
    member.receive(B, heartbeat(3, { entries: logOf(1, 3, 3), leaderCommit: at(3) }));
    member.receive(B, snapshot(2, 3, 3));
    expect(member.applied).toEqual(['1:1', '3:2', '3:3']);
    expect(member.status.commitIndex).toBe(3);
    member.receive(C, snapshot(9, 2, 2));
    expect(member.applied).toEqual(['1:1', '3:2', '3:3']);
    expect(member.status).toMatchObject({ commitIndex: 3, leader: B });
  });

  test('§7 each chunk puts off the election', () => {
    const member = new Member(A).receive(B, heartbeat(3)).missLeader();
    const first = snapshot(5, 3, 3);
    if (first.kind === 'install-snapshot') member.receive(B, { ...first, data: first.data.slice(0, 3) });
    expect(member.timer('election')).toBeGreaterThanOrEqual(150);
    expect(member.applied).toEqual([]);
    expect(member.said(B, 'install-snapshot-reply')).toMatchObject({ lastIncludedIndex: 5, offset: 3 });
  });
});

describe('§8 client interaction', () => {
  test('§8 a member that does not lead refuses a command, and says who leads', () => {
    const group = new Group([A, B, C]);
    group.elect(A);
    const follower = group.member(B);
    expect(follower.reply(follower.propose('x'), 'refused')).toMatchObject({ reason: 'not-leader', leader: A });
    expect(follower.entries).toHaveLength(1);
  });

  test('§8 a new leader begins with a no-op, by which it learns what is committed', () => {
    const leader = leaderOf([A, B, C], { log: logOf(1, 1), term: 1 });
    expect(leader.entries.at(-1)).toMatchObject({ kind: 'no-op', term: 2 });
    expect(leader.status.commitIndex).toBe(0);
    acknowledge(leader, B, 3);
    expect(leader.status.commitIndex).toBe(3);
  });

  test('§8 a read waits for the no-op, and for heartbeats of a majority after it came', () => {
    const group = new Group([A, B, C], () => ({ log: logOf(1), term: 1 }));
    group.loses = ({ message }) => message.kind === 'append-entries-reply';
    const leader = group.elect(A);
    const early = leader.read();
    expect(leader.replies.has(early)).toBe(false);
    group.loses = () => false;
    for (let beats = 0; beats < 2; beats++) group.beat(leader);
    expect(leader.reply(early, 'read').answers).toEqual([['1:1']]);
    // Now it leads alone, without knowing: it must not answer.
    group.cut.add(A);
    const late = leader.read();
    group.deliver();
    expect(leader.replies.has(late)).toBe(false);
    const next = group.elect(B);
    next.propose('new');
    group.deliver();
    group.beat(leader);
    expect(leader.replies.has(late)).toBe(false);
    group.cut.clear();
    group.beat(next);
    expect(leader.replies.get(late)?.kind).toBe('refused');
  });

  test('§8 a command whose leader lost its office has an unknown outcome', () => {
    const leader = leaderOf();
    const id = leader.propose('x');
    leader.receive(B, heartbeat(5));
    expect(leader.reply(id, 'outcome-unknown')).toMatchObject({ leader: B });
  });
});
