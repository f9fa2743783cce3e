/** Who a member is. Only the functions named `becomeX` write its role; what its old role owed ends with it. */
import type { NodeId, Ticks } from '@troupe/protocol';
import type { LogIndex, Term } from './entry.ts';
import { lastIndexOf, lastTimeOf } from './log.ts';
import { configurationOf, mayBeNeeded } from './members.ts';
import { membersOf } from './membership.ts';
import { writeHardState } from './persistence.ts';
import { createProgress } from './progress.ts';
import type { Step } from './state.ts';
import { endFollowerReads, endLeadership, tellTransfer } from './waiting.ts';

/**
 * Follows whoever leads this term, once that is known. A learner, and one that is no member, does the same without ever
 * standing for election.
 */
export function becomeFollower(step: Step, term: Term, leader: NodeId | null): void {
  const { state, out } = step;
  const { volatile, leadership, candidacy } = state;
  const isNewTerm = enterTerm(step, term);
  volatile.role = mayBeNeeded(step) ? 'follower' : 'learner';
  state.candidacy = null;
  state.leadership = null;
  if (isNewTerm || leadership !== null) {
    volatile.matchedIndex = volatile.commitIndex;
    volatile.round = 0;
  }
  setLeader(step, leader, isNewTerm);
  if (leadership !== null) {
    out.cancelTimer('heartbeat');
    out.cancelTimer('check-quorum');
    out.cancelTimer('transfer');
    endLeadership(step, leadership);
  }
  if (leadership !== null || candidacy !== null) armElection(step);
}

/** The configuration has made a voter of this member, or takes its vote away. A leader stays one until that is committed. */
export function becomeVoterOrLearner(step: Step): void {
  const { state } = step;
  const { volatile } = state;
  const isNeeded = mayBeNeeded(step);
  if (volatile.role === 'leader' || isNeeded === (volatile.role !== 'learner')) return;
  state.candidacy = null;
  volatile.role = isNeeded ? 'follower' : 'learner';
}

/** Asks whether it could win: neither its term nor its vote changes. @paper Ongaro's thesis §9.6 */
export function becomePreCandidate(step: Step): void {
  const { state } = step;
  state.volatile.role = 'pre-candidate';
  state.candidacy = { votes: new Map([[state.settings.self, true]]), isTransfer: false };
  setLeader(step, null, false);
  armElection(step);
}

/** Its vote for itself counts once it is durable. @paper Raft §5.2 */
export function becomeCandidate(step: Step, isTransfer: boolean): void {
  const { state } = step;
  const { durable, volatile, settings } = state;
  volatile.role = 'candidate';
  state.candidacy = { votes: new Map(), isTransfer };
  durable.term = (durable.term + 1) as Term;
  durable.vote = settings.self;
  writeHardState(step);
  volatile.matchedIndex = volatile.commitIndex;
  volatile.round = 0;
  setLeader(step, null, true);
  armElection(step);
}

export function becomeLeader(step: Step): void {
  const { state, out, now } = step;
  const { durable, volatile, settings } = state;
  const { log } = durable;
  const nextIndex = (lastIndexOf(log) + 1) as LogIndex;
  volatile.role = 'leader';
  state.candidacy = null;
  state.leadership = {
    peers: membersOf(configurationOf(step))
      .filter((node) => node !== settings.self)
      .map((node) => createProgress(node, nextIndex)),
    uncommittedBytes: 0,
    timeBase: lastTimeOf(log),
    startedAt: now,
    proposals: [],
    round: 0,
    confirmedRound: 0,
    reads: [],
    lease: { sent: [], startedAt: null, roundMin: 0, isVoid: false },
    transfer: null,
    change: null,
  };
  volatile.incoming = null;
  setLeader(step, settings.self, true);
  out.cancelTimer('election');
  out.setTimer('heartbeat', settings.heartbeatTicks);
  if (settings.checkQuorum) out.setTimer('check-quorum', settings.electionTimeoutTicks);
}

/**
 * An election timeout is drawn anew each time. It has two halves: the fixed first one begins when the leader is heard, and
 * while it lasts nobody else is helped to its office; the second is drawn when the first has passed. @paper Raft §9.3
 */
export function armElection(step: Step): void {
  const { state, out } = step;
  state.volatile.isLeaderRecent = false;
  const { electionTimeoutTicks } = state.settings;
  out.setTimer('election', (electionTimeoutTicks + drawHalf(step)) as Ticks);
}

/** The leader of this term has been heard. */
export function putOffElection({ state, out }: Step): void {
  state.volatile.isLeaderRecent = true;
  out.setTimer('election', state.settings.electionTimeoutTicks);
}

/** The first half has passed without a word of the leader. */
export function armSecondHalf(step: Step): void {
  step.state.volatile.isLeaderRecent = false;
  step.out.setTimer('election', drawHalf(step));
}

/** Who leads this term, as far as this member knows. */
export function setLeader(step: Step, leader: NodeId | null, isNewTerm: boolean): void {
  const { state, out } = step;
  const { volatile, durable, settings } = state;
  const hasChanged = volatile.leader !== leader;
  if (!hasChanged && (leader === null || !isNewTerm)) return;
  volatile.leader = leader;
  // What was promised to a leader holds until its time is over, in a later term too: see `election.ts`.
  if (leader === null && !settings.checkQuorum) volatile.isLeaderRecent = false;
  out.indicate({ kind: 'leader-changed', leader, term: durable.term });
  endFollowerReads(step);
  if (leader !== null) tellTransfer(step, leader);
}

function enterTerm(step: Step, term: Term): boolean {
  const { durable } = step.state;
  if (term <= durable.term) return false;
  durable.term = term;
  durable.vote = null;
  writeHardState(step);
  return true;
}

function drawHalf({ state, out }: Step): Ticks {
  return out.choose('election timeout', state.settings.electionTimeoutTicks) as Ticks;
}
