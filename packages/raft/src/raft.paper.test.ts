/** What Ongaro and Ousterhout claim of Raft (extended version), section by section; what the thesis adds is in `raft.thesis.test.ts`. */
import type { Ticks } from '@troupe/protocol';
import { describe, expect, test } from 'vitest';
import { A, at, B, C, command, D, E, Group, ids, logOf, Member, term } from './by-hand.fixture.ts';
import type { RaftMessage } from './messages.ts';
import { acknowledge, heartbeat, leaderOf, requestVote, vote } from './paper-messages.fixture.ts';

describe('§5.1 Raft basics', () => {
  test.each(['follower', 'candidate', 'leader'])(
    '§5.1 a %s that hears of a larger term takes it and follows',
    (role) => {
      const member = role === 'leader' ? leaderOf() : new Member(A);
      if (role === 'candidate') member.standForElection();
      expect(member.role).toBe(role);
      member.receive(B, heartbeat(7));
      expect(member.status).toMatchObject({ role: 'follower', term: 7, leader: B });
    },
  );

  test('§5.1 a larger term in a reply ends an office too', () => {
    const leader = leaderOf().receive(B, vote(9, false));
    expect(leader.status).toMatchObject({ role: 'follower', term: 9, leader: null });
  });

  test('§5.1 a request with a stale term is rejected, and the answer tells the current one', () => {
    const member = new Member(A, { term: 5 });
    member.receive(B, heartbeat(4, { entries: [command(4, 'stale')] }));
    expect(member.entries).toEqual([]);
    expect(member.status).toMatchObject({ term: 5, leader: null });
    expect(member.said(B, 'append-entries-reply')).toMatchObject({ term: 5, success: false });
    member.receive(C, requestVote(4, 9, 4));
    expect(member.said(C, 'request-vote-reply')).toMatchObject({ term: 5, voteGranted: false });
  });
});

describe('§5.2 leader election', () => {
  test('§5.2 a member starts as a follower, in term 0', () => {
    expect(new Member(A).status).toMatchObject({ role: 'follower', term: 0, leader: null, vote: null });
  });

  test('§5.2 a leader sends heartbeats at once, and again at each interval', () => {
    const leader = leaderOf([A, B, C], { heartbeatTicks: 30 as Ticks });
    expect(leader.take('append-entries').map(({ to }) => to)).toEqual([B, C]);
    for (let interval = 0; interval < 3; interval++) {
      expect(leader.timer('heartbeat')).toBe(30);
      leader.fire('heartbeat');
      expect(leader.take('append-entries').map(({ to }) => to)).toEqual([B, C]);
    }
  });

  test('§5.2 a follower that hears of its leader does not stand', () => {
    const member = new Member(A, { electionTimeoutTicks: 150 as Ticks });
    for (let beat = 0; beat < 5; beat++) {
      member.receive(B, heartbeat(1));
      expect(member.timer('election')).toBeGreaterThanOrEqual(150);
    }
    expect(member.status).toMatchObject({ role: 'follower', term: 1, leader: B });
  });

  test('§5.2 without a word for an election timeout it stands: a new term, a vote for itself, and all are asked', () => {
    const member = new Member(A, { nodes: ids(5), term: 3 }).standForElection();
    expect(member.status).toMatchObject({ role: 'candidate', term: 4, vote: A });
    expect(member.take('request-vote').map(({ to, message }) => [to, message.term])).toEqual([
      [B, 4],
      [C, 4],
      [D, 4],
      [E, 4],
    ]);
  });

  test('§5.2 nobody is asked before term and vote are on disk, nor does the own vote count', () => {
    const member = new Member(A, { nodes: [A] });
    member.syncs = false;
    member.standForElection();
    expect(member.role).toBe('candidate');
    member.sync();
    expect(member.role).toBe('leader');
    const asking = new Member(A);
    asking.syncs = false;
    asking.standForElection();
    expect(asking.take('request-vote')).toEqual([]);
    asking.sync();
    expect(asking.take('request-vote')).toHaveLength(2);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('§5.2 among %i, a majority of votes wins, and nothing less', (size) => {
    const nodes = ids(size);
    const majority = Math.floor(size / 2) + 1;
    const member = new Member(A, { nodes }).standForElection();
    for (let votes = 1; votes < majority; votes++) {
      expect(member.role).toBe('candidate');
      member.receive(nodes[votes]!, vote(1));
    }
    expect(member.role).toBe('leader');
  });

  test('§5.2 a vote that comes twice is one, and one of an earlier term is none', () => {
    const member = new Member(A, { nodes: ids(5), term: 1 }).standForElection();
    member.receive(B, vote(2)).receive(B, vote(2)).receive(C, vote(1));
    expect(member.role).toBe('candidate');
    member.receive(C, vote(2));
    expect(member.role).toBe('leader');
  });

  test('§5.2 a majority of refusals ends the candidacy', () => {
    const member = new Member(A, { nodes: ids(5) }).standForElection();
    member.receive(B, vote(1, false)).receive(C, vote(1, false));
    expect(member.role).toBe('candidate');
    member.receive(D, vote(1, false));
    expect(member.role).toBe('follower');
  });

  test('§5.2 a member votes for one candidate a term, the first that asks', () => {
    const member = new Member(A);
    member.receive(B, requestVote(1)).receive(C, requestVote(1));
    expect(member.said(B, 'request-vote-reply')).toMatchObject({ voteGranted: true });
    member.receive(C, requestVote(1)).receive(B, requestVote(1));
    const answers = member.take('request-vote-reply');
    expect(answers.map(({ to, message }) => [to, message.voteGranted])).toEqual([
      [C, false],
      [B, true],
    ]);
    member.receive(C, requestVote(2));
    expect(member.said(C, 'request-vote-reply')).toMatchObject({ term: 2, voteGranted: true });
  });

  test('§5.2 a vote leaves once it is on disk, and binds the member after a crash', () => {
    const member = new Member(A, { term: 1 });
    member.syncs = false;
    member.receive(B, requestVote(2));
    expect(member.take('request-vote-reply')).toEqual([]);
    member.sync();
    expect(member.said(B, 'request-vote-reply')).toMatchObject({ voteGranted: true });
    const again = member.restarted();
    again.receive(C, requestVote(2));
    expect(again.said(C, 'request-vote-reply')).toMatchObject({ voteGranted: false });
  });

  test('§5.2 a candidate that hears of a leader of its own term follows it', () => {
    const member = new Member(A).standForElection().receive(B, heartbeat(1));
    expect(member.status).toMatchObject({ role: 'follower', term: 1, leader: B });
  });

  test('§5.2 a candidate whose election times out stands again, in the next term', () => {
    const member = new Member(A).standForElection();
    member.take('request-vote');
    member.fire('election');
    expect(member.status).toMatchObject({ role: 'candidate', term: 2 });
    expect(member.take('request-vote').map(({ message }) => message.term)).toEqual([2, 2]);
  });

  test('§5.2 election timeouts are drawn anew for each election, from a fixed interval', () => {
    const draws = [0, 70, 149, 20];
    const member = new Member(A, { electionTimeoutTicks: 150 as Ticks });
    const timeouts = draws.map((draw) => {
      member.choices.push(draw);
      return member.fire('election').timer('election');
    });
    expect(timeouts).toEqual([150, 220, 299, 170]);
  });
});

describe('§5.3 log replication', () => {
  test('§5.3 the leader appends a command to its log and sends it to all at once', () => {
    const leader = leaderOf();
    acknowledge(acknowledge(leader, B, 1), C, 1);
    leader.take('append-entries');
    leader.propose('x');
    expect(leader.entries.map(({ kind, data }) => [kind, data])).toEqual([
      ['no-op', null],
      ['command', 'x'],
    ]);
    const sent = leader.take('append-entries');
    expect(sent.map(({ to, message }) => [to, message.prevLogIndex, message.entries.map(({ data }) => data)])).toEqual([
      [B, 1, ['x']],
      [C, 1, ['x']],
    ]);
  });

  test.each([
    [3, 1],
    [4, 2],
    [5, 2],
    [7, 3],
  ])('§5.3 among %i, an entry is committed once %i others have it', (size, others) => {
    const nodes = ids(size);
    const leader = leaderOf(nodes);
    const id = leader.propose('x');
    for (let count = 0; count < others; count++) {
      expect(leader.status.commitIndex).toBe(0);
      expect(leader.replies.has(id)).toBe(false);
      acknowledge(leader, nodes[count + 1]!, 2);
    }
    expect(leader.status.commitIndex).toBe(2);
    expect(leader.applied).toEqual(['x']);
    expect(leader.reply(id, 'committed')).toMatchObject({ index: 2, results: [1] });
  });

  test('§5.3 an acknowledgement that comes twice counts once', () => {
    const nodes = ids(5);
    const leader = leaderOf(nodes);
    acknowledge(acknowledge(leader, B, 1), B, 1);
    expect(leader.status.commitIndex).toBe(0);
  });

  test('§5.3 followers learn of commits from later messages, and apply in the order of the log', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    for (const data of ['x', 'y', 'z']) leader.propose(data);
    group.deliver();
    group.beat(leader);
    for (const member of group.members.values()) {
      expect(member.status.commitIndex).toBe(4);
      expect(member.applied).toEqual(['x', 'y', 'z']);
    }
  });

  test('§5.3 a follower applies nothing that it is not told to be committed, nor more than it has', () => {
    const member = new Member(A);
    member.receive(B, heartbeat(1, { entries: logOf(1, 1), leaderCommit: at(1) }));
    expect(member.applied).toEqual(['1:1']);
    member.receive(B, heartbeat(1, { prevLogIndex: at(1), prevLogTerm: term(1), leaderCommit: at(9) }));
    expect(member.status.commitIndex).toBeLessThanOrEqual(2);
  });

  test('§5.3 entries before a committed one are committed with it, those of earlier leaders too', () => {
    const leader = leaderOf([A, B, C], { log: logOf(1, 1, 2), term: 2 });
    acknowledge(leader, B, 4);
    expect(leader.status.commitIndex).toBe(4);
    expect(leader.applied).toEqual(['1:1', '1:2', '2:3']);
  });

  test.each([
    ['is not there', 3, 2],
    ['has another term', 2, 2],
  ])('§5.3 a follower refuses entries where the one before them %s', (_, prevLogIndex, prevLogTerm) => {
    const member = new Member(A, { log: logOf(1, 1), term: 2 });
    member.receive(
      B,
      heartbeat(2, { prevLogIndex: at(prevLogIndex), prevLogTerm: term(prevLogTerm), entries: [command(2, 'x')] }),
    );
    expect(member.terms).toEqual([1, 1]);
    expect(member.said(B, 'append-entries-reply')).toMatchObject({ success: false });
  });

  test('§5.3 a conflicting entry goes, and all that follow it', () => {
    const member = new Member(A, { log: logOf(1, 2, 2, 2), term: 3 });
    member.receive(B, heartbeat(3, { prevLogIndex: at(1), prevLogTerm: term(1), entries: [command(3, 'new')] }));
    expect(member.terms).toEqual([1, 3]);
    expect(member.restarted().terms).toEqual([1, 3]);
  });

  test('§5.3 entries that are there already take nothing away, even where more follow them', () => {
    const log = logOf(1, 1, 1, 1);
    const member = new Member(A, { log, term: 1 });
    member.receive(B, heartbeat(1, { entries: log.slice(0, 2) }));
    expect(member.entries).toEqual(log);
  });

  test('§5.3 entries are acknowledged once they are on disk', () => {
    const member = new Member(A, { term: 1 });
    member.receive(B, heartbeat(1));
    member.take('append-entries-reply');
    member.syncs = false;
    member.receive(B, heartbeat(1, { entries: logOf(1, 1) }));
    const early = member.take('append-entries-reply');
    expect(early.every(({ message }) => message.matchIndex === 0)).toBe(true);
    member.sync();
    expect(member.said(B, 'append-entries-reply')).toMatchObject({ success: true, matchIndex: 2 });
  });

  // Figure 7: each may be the log of a follower when the leader at the top comes to power.
  test.each([
    ['a', logOf(1, 1, 1, 4, 4, 5, 5, 6, 6)],
    ['b', logOf(1, 1, 1, 4)],
    ['c', logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6)],
    ['d', logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7)],
    ['e', logOf(1, 1, 1, 4, 4, 4, 4)],
    ['f', logOf(1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3)],
  ])('§5.3 figure 7 (%s): a follower’s log becomes the leader’s', (_, log) => {
    const leaders = logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6);
    const group = new Group([A, B, C], (id) => ({ log: id === B ? log : leaders, term: 7 }));
    const leader = group.elect(A);
    group.beat(leader);
    expect(group.member(B).terms).toEqual([1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8]);
    expect(group.member(B).applied).toEqual(leaders.map(({ data }) => data));
  });

  test('§5.3 a conflict costs one refusal a term, not one an entry', () => {
    const leaders = [...logOf(1), ...Array.from({ length: 40 }, () => command(9, 'leader'))];
    const others = [
      ...logOf(1),
      ...[2, 3, 4].flatMap((each) => Array.from({ length: 20 }, () => command(each, 'other'))),
    ];
    const group = new Group([A, B, C], (id) => ({ log: id === B ? others : leaders, term: 9 }));
    let refusals = 0;
    group.loses = ({ message }) => {
      if (message.kind === 'append-entries-reply' && !message.success) refusals++;
      return false;
    };
    group.beat(group.elect(A));
    expect(group.member(B).terms).toEqual(group.member(A).terms);
    expect(refusals).toBeLessThanOrEqual(4);
  });

  test('§5.3 a leader only appends to its own log, whatever it hears', () => {
    const leader = leaderOf([A, B, C], { log: logOf(1, 1), term: 1 });
    const before = [...leader.entries];
    leader.receive(B, heartbeat(leader.term, { entries: [command(leader.term, 'other')] }));
    leader.receive(B, { ...heartbeat(1), entries: [command(1, 'old')] });
    expect(leader.entries.slice(0, before.length)).toEqual(before);
    expect(leader.role).toBe('leader');
  });

  test('§5.3 a leader goes on sending, also after it has answered, until every follower has every entry', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(C);
    const id = leader.propose('x');
    group.deliver();
    expect(leader.reply(id, 'committed').index).toBe(2);
    for (let beats = 0; beats < 5; beats++) group.beat(leader);
    group.cut.delete(C);
    for (let beats = 0; beats < 3; beats++) group.beat(leader);
    expect(group.member(C).applied).toEqual(['x']);
  });
});

describe('§5.4 safety', () => {
  test.each([
    [[1], 1, 1, true],
    [[1], 1, 2, true],
    [[1, 1], 1, 2, true],
    [[1], 2, 1, true],
    [[1, 1], 1, 1, false],
    [[2], 1, 1, false],
    [[2], 2, 1, false],
    [[1, 2], 3, 1, false],
  ])('§5.4.1 a log of terms %j votes for one that ends at %i in term %i: %s', (terms, index, lastTerm, isGranted) => {
    const member = new Member(A, { log: logOf(...terms), term: 3 });
    member.receive(B, requestVote(4, index, lastTerm));
    expect(member.said(B, 'request-vote-reply')).toMatchObject({ term: 4, voteGranted: isGranted });
  });

  test('§5.4.1 a candidate says where its log ends', () => {
    const member = new Member(A, { log: logOf(1, 1, 3), term: 4 }).standForElection();
    expect(member.said(B, 'request-vote')).toMatchObject({ lastLogIndex: 3, lastLogTerm: 3 });
  });

  test('§5.4.2 an entry of an earlier term is not committed by counting', () => {
    const leader = leaderOf([A, B, C], { log: logOf(1, 2), term: 2 });
    leader.propose('x');
    acknowledge(leader, B, 2);
    expect(leader.status.commitIndex).toBe(0);
    acknowledge(leader, B, 3);
    expect(leader.status.commitIndex).toBe(3);
  });

  test('§5.4.2 figure 8: what a majority has is not yet safe, and may be overwritten', () => {
    // S1…S5. (b) S5 has led term 3 and kept its entry to itself; S1 and S2 have an entry of term 2.
    const group = new Group(ids(5), (id) => ({
      log: id === E ? logOf(1, 3) : id === A || id === B ? logOf(1, 2) : logOf(1),
      term: 3,
    }));
    // (c) S1 leads again, and gets the entry of term 2 to S3: a majority has it. The entry of its own term gets nowhere.
    group.cut.add(D).add(E);
    group.loses = ({ message }) =>
      message.kind === 'append-entries' && message.entries.some((entry) => entry.term === 4);
    const leader = group.member(A).standForElection();
    group.deliver();
    leader.receive(B, { ...(vote(4) as RaftMessage) });
    for (const node of [B, C]) {
      group
        .member(node)
        .receive(A, heartbeat(4, { prevLogIndex: at(1), prevLogTerm: term(1), entries: logOf(1, 2).slice(1) }));
    }
    for (const node of [B, C])
      for (const { message } of group.member(node).take('append-entries-reply')) leader.receive(node, message);
    expect([A, B, C].map((node) => group.member(node).terms[1])).toEqual([2, 2, 2]);
    expect(leader.role).toBe('leader');
    expect(leader.status.commitIndex).toBe(0);
    // (d) S5 wins, with the votes of those whose logs are not newer, and takes it away everywhere.
    group.cut.clear();
    group.cut.add(A);
    group.loses = () => false;
    group.member(E).standForElection(); // In term 4, in which the others have voted.
    group.deliver();
    const last = group.elect(E);
    group.beat(last);
    for (const node of [B, C, D, E]) {
      expect(group.member(node).entries[1]).toMatchObject({ term: 3 });
      expect(group.member(node).applied).toEqual(['1:1', '3:2']);
    }
    // S1 has applied nothing that was taken away.
    expect(leader.applied).toEqual([]);
  });

  test('§5.4.2 figure 8 (e): once an entry of the leader’s own term is committed, no other can win', () => {
    const group = new Group(ids(5), (id) => ({
      log: id === E ? logOf(1, 3) : id === A || id === B ? logOf(1, 2) : logOf(1),
      term: 3,
    }));
    group.cut.add(D).add(E);
    const leader = group.elect(A);
    expect(leader.status.commitIndex).toBe(3);
    group.cut.clear();
    group.cut.add(A);
    group.member(E).missLeader().standForElection();
    group.deliver();
    expect(group.member(E).role).not.toBe('leader');
  });

  test('§5.4.3 leader completeness: whoever lacks a committed entry can’t win, whichever members are up', () => {
    for (const behind of [A, B, C, D, E]) {
      for (const also of ids(5).filter((node) => node !== behind)) {
        const group = new Group(ids(5));
        const leader = group.elect(ids(5).find((node) => node !== behind && node !== also)!);
        group.cut.add(behind).add(also);
        leader.propose('committed');
        group.deliver();
        expect(leader.status.commitIndex).toBe(2);
        group.cut.clear();
        group.cut.add(leader.id);
        const candidate = group.member(behind).missLeader().standForElection();
        group.deliver();
        expect(candidate.role).not.toBe('leader');
      }
    }
  });

  test('§5.4.3 state machine safety: a new leader has what was committed, and nobody applies another command there', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(C);
    leader.propose('x');
    group.deliver();
    group.cut.clear();
    group.cut.add(A);
    leader.propose('lost');
    const next = group.elect(B);
    next.propose('y');
    group.deliver();
    group.cut.clear();
    for (let beats = 0; beats < 3; beats++) group.beat(next);
    for (const member of group.members.values()) expect(member.applied).toEqual(['x', 'y']);
  });
});

describe('§5.5 follower and candidate crashes', () => {
  test('§5.5 a leader sends again what a follower that crashed has not answered', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    group.cut.add(B);
    leader.propose('x');
    group.deliver();
    group.restart(B);
    group.cut.clear();
    for (let beats = 0; beats < 3; beats++) group.beat(leader);
    expect(group.member(B).applied).toEqual(['x']);
  });

  test('§5.5 requests that come twice do no harm', () => {
    const member = new Member(A);
    const append = heartbeat(1, { entries: logOf(1, 1), leaderCommit: at(1) });
    member.receive(B, append);
    const { entries, applied } = member;
    const records = member.stable.length;
    member.receive(B, append);
    expect(member.entries).toEqual(entries);
    expect(member.applied).toEqual(applied);
    expect(member.stable).toHaveLength(records);
    member.receive(C, requestVote(2, 2, 1)).receive(C, requestVote(2, 2, 1));
    expect(member.take('request-vote-reply').map(({ message }) => message.voteGranted)).toEqual([true, true]);
  });

  test('§5.5 a member that comes back has its term, its vote and its log', () => {
    const member = new Member(A);
    member.receive(B, heartbeat(3, { entries: logOf(1, 3) }));
    member.receive(C, requestVote(4, 2, 3));
    const again = member.restarted();
    expect(again.status).toMatchObject({ role: 'follower', term: 4, vote: C, leader: null, commitIndex: 0 });
    expect(again.entries).toEqual(member.entries);
  });
});

describe('§5.6 timing and availability', () => {
  test('§5.6 while heartbeats come within the election timeout, the leader stays', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    for (let beats = 0; beats < 20; beats++) {
      group.beat(leader);
      for (const id of [B, C]) expect(group.member(id).timer('election')).toBeGreaterThan(leader.timer('heartbeat')!);
    }
    expect(leader.status).toMatchObject({ role: 'leader', term: 1 });
  });

  test('§5.6 by default a heartbeat is several times shorter than an election timeout', () => {
    const leader = leaderOf();
    const follower = new Member(B).receive(A, heartbeat(1));
    expect(follower.timer('election')! / leader.timer('heartbeat')!).toBeGreaterThanOrEqual(5);
  });
});
