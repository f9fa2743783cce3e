/** What members are told in tests of the paper's claims, with what matters not filled in. */
import type { NodeId, Ticks } from '@troupe/protocol';
import { expect } from 'vitest';
import { A, at, B, C, Member, type Setting, term } from './by-hand.fixture.ts';
import type { AppendEntries, RaftMessage } from './messages.ts';

export function heartbeat(inTerm: number, more: Partial<AppendEntries> = {}): AppendEntries {
  return {
    kind: 'append-entries',
    term: term(inTerm),
    prevLogIndex: at(0),
    prevLogTerm: term(0),
    entries: [],
    leaderCommit: at(0),
    round: 0,
    ...more,
  };
}

export function requestVote(inTerm: number, lastLogIndex = 0, lastLogTerm = 0): RaftMessage {
  return {
    kind: 'request-vote',
    term: term(inTerm),
    lastLogIndex: at(lastLogIndex),
    lastLogTerm: term(lastLogTerm),
    isTransfer: false,
  };
}

export function vote(inTerm: number, voteGranted = true): RaftMessage {
  return { kind: 'request-vote-reply', term: term(inTerm), voteGranted };
}

/** It leads alone: its voters' answers are made up. */
export function leaderOf(nodes: readonly NodeId[] = [A, B, C], setting: Setting = {}): Member {
  const leader = new Member(A, { nodes, ...setting }).standForElection();
  for (const node of nodes.slice(1)) if (leader.role !== 'leader') leader.receive(node, vote(leader.term));
  expect(leader.role).toBe('leader');
  return leader;
}

export function acknowledge(leader: Member, from: NodeId, matchIndex: number): Member {
  return leader.receive(from, {
    kind: 'append-entries-reply',
    term: term(leader.term),
    success: true,
    matchIndex: at(matchIndex),
    prevLogIndex: at(0),
    hintIndex: at(matchIndex),
    hintTerm: term(0),
    round: 0,
    shieldTicks: 0 as Ticks,
  });
}
