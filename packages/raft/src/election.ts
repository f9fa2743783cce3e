/** Elections: who stands, who votes for whom, and who has won. @paper Raft §5.2, §5.4.1; Ongaro's thesis §9.6 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { jointVoteResult } from '@troupe/quorum';
import { lastIndexOf, lastTermOf } from './log.ts';
import { configurationOf, isBlind, mayBeNeeded } from './members.ts';
import { votersOf } from './membership.ts';
import type { PreVote, PreVoteReply, RaftMessage, RequestVote, RequestVoteReply } from './messages.ts';
import { promise, writeHardState } from './persistence.ts';
import { armElection, armSecondHalf, becomeCandidate, becomeFollower, becomePreCandidate, setLeader } from './roles.ts';
import type { Step } from './state.ts';
import { giveUpTransfer } from './waiting.ts';

/** What the winner of an election does. */
export type Won = (step: Step) => void;

export function onElectionTimeout(step: Step, won: Won): void {
  const { state } = step;
  const { volatile, settings } = state;
  if (volatile.role === 'leader') return;
  if (volatile.isLeaderRecent) return armSecondHalf(step);
  giveUpTransfer(step);
  if (mayStand(step)) return stand(step, settings.preVote, won);
  if (volatile.role === 'follower') armElection(step);
  setLeader(step, null, false);
}

/**
 * Whoever led has ended: the next leader is elected at once. Voters stand one after the other, by their ids, a heartbeat
 * apart, so that they don't split the vote. Where leases are on, what was promised to the leader holds to its end: the hint
 * may be about an earlier life of one that leads again.
 */
export function onMemberEnded(step: Step, member: NodeId): void {
  const { state, out } = step;
  const { volatile, settings } = state;
  const isFollower = volatile.role === 'follower' || volatile.role === 'learner';
  // One that has just come back, and has heard nobody yet, keeps what it may have promised to whoever led.
  const mayHaveLed = volatile.leader === member || (volatile.leader === null && volatile.isLeaderRecent);
  if (!isFollower || !mayHaveLed || settings.leaseTicks !== null) return;
  const standsBefore = votersOf(configurationOf(step)).filter((voter) => voter < settings.self && voter !== member);
  setLeader(step, null, false);
  volatile.isLeaderRecent = false;
  out.setTimer('election', (standsBefore.length * settings.heartbeatTicks) as Ticks);
}

/** The leader hands its office over to this member. @paper Ongaro's thesis §3.10 */
export function onTimeoutNow(step: Step, from: NodeId, won: Won): void {
  const { state, out } = step;
  const { role, leader } = state.volatile;
  if (leader !== from && leader !== null) return out.ignore('a timeout-now of one that does not lead');
  if (role !== 'follower' || !mayStand(step)) return out.ignore('a timeout-now to one that can not stand for election');
  becomeCandidate(step, true);
  askForVotes(step);
  tally(step, won);
}

export function onPreVote(step: Step, from: NodeId, message: PreVote): void {
  const { state, rules } = step;
  const { durable, volatile } = state;
  const isBehind = message.term < durable.term;
  if (isBehind && !rules.answersLowerTerm('pre-vote')) return;
  const voteGranted =
    !isBehind &&
    volatile.role !== 'leader' &&
    !volatile.isLeaderRecent &&
    rules.isUpToDate(durable.log, message.lastLogIndex, message.lastLogTerm);
  promise(step, from, { kind: 'pre-vote-reply', term: durable.term, askedIn: message.term, voteGranted });
}

/**
 * A shielded leader is shielded in the candidate's own term too. 1. n1 leads term 1; n3 stands in term 2, and has told n2 of
 * that in an answer; 2. n2, which hears n1 the while, has promised it an election timeout, and is in term 2 now; 3. n2's vote
 * makes a leader of n3, and n1 goes on answering by its lease.
 */
export function onRequestVote(step: Step, from: NodeId, message: RequestVote): void {
  const { state, rules } = step;
  const { durable, volatile, settings } = state;
  const hasVoted = durable.vote === from;
  const voteGranted =
    rules.mayVoteFor(durable.vote, from) &&
    rules.isUpToDate(durable.log, message.lastLogIndex, message.lastLogTerm) &&
    (hasVoted || !rules.isShielded(state, message));
  if (voteGranted) {
    if (volatile.role === 'pre-candidate') becomeFollower(step, durable.term, null);
    if (!hasVoted) {
      durable.vote = from;
      writeHardState(step);
    }
    if (!settings.checkQuorum || !volatile.isLeaderRecent) armElection(step);
  }
  promise(step, from, { kind: 'request-vote-reply', term: durable.term, voteGranted });
}

export function onPreVoteReply(step: Step, from: NodeId, { askedIn, voteGranted }: PreVoteReply, won: Won): void {
  const { state, out, rules } = step;
  const isWaitedFor = state.volatile.role === 'pre-candidate' && !rules.isStale(askedIn, state.durable.term);
  if (!isWaitedFor) return out.ignore('a pre-vote that nobody waits for');
  count(step, from, voteGranted);
  tally(step, won);
}

export function onRequestVoteReply(step: Step, from: NodeId, { voteGranted }: RequestVoteReply, won: Won): void {
  const { state, out } = step;
  if (state.volatile.role !== 'candidate') return out.ignore('a vote that nobody waits for');
  count(step, from, voteGranted);
  tally(step, won);
}

/** The candidate's vote for itself may have become durable. */
export function onHardStateDurable(step: Step, won: Won): void {
  const { volatile, settings } = step.state;
  if (volatile.role !== 'candidate' || !volatile.disk.isHardStateDurable) return;
  count(step, settings.self, true);
  tally(step, won);
}

function mayStand(step: Step): boolean {
  const { disk } = step.state.volatile;
  return mayBeNeeded(step) && !isBlind(step) && disk.isIdentified && !disk.hasFailed;
}

function stand(step: Step, asksFirst: boolean, won: Won): void {
  if (asksFirst) becomePreCandidate(step);
  else becomeCandidate(step, false);
  askForVotes(step);
  tally(step, won);
}

function askForVotes(step: Step): void {
  const { state } = step;
  const { durable, volatile, settings, candidacy } = state;
  const { term, log } = durable;
  const lastLogIndex = lastIndexOf(log);
  const lastLogTerm = lastTermOf(log);
  const message: RaftMessage =
    volatile.role === 'pre-candidate'
      ? { kind: 'pre-vote', term, lastLogIndex, lastLogTerm }
      : { kind: 'request-vote', term, lastLogIndex, lastLogTerm, isTransfer: candidacy?.isTransfer === true };
  for (const voter of votersOf(configurationOf(step))) if (voter !== settings.self) promise(step, voter, message);
}

/** The first answer of each voter counts: one that comes twice is one. */
function count({ state }: Step, from: NodeId, voteGranted: boolean): void {
  const votes = state.candidacy?.votes;
  if (votes?.has(from) === false) votes.set(from, voteGranted);
}

function tally(step: Step, won: Won): void {
  const { state } = step;
  const { volatile, durable, candidacy } = state;
  if (candidacy === null) return;
  const { voters, outgoing } = configurationOf(step);
  const result = jointVoteResult(voters, outgoing, (node) => candidacy.votes.get(node));
  if (result === 'lost') becomeFollower(step, durable.term, null);
  if (result !== 'won') return;
  if (volatile.role === 'candidate') won(step);
  else stand(step, false, won);
}
