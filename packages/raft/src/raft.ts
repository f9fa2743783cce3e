/**
 * Raft: a replicated log that a majority of members agrees on, one leader a term, and from it a state machine that all
 * members apply alike. What is committed is never lost while a majority of the voters keeps its disks; linearizable reads
 * need no entry. Safety holds in an asynchronous system with lost, repeated and reordered messages and with crashes;
 * progress needs a majority that hears from one another in time. Only reads by lease rest on clocks.
 *
 * The driver applies commands in order, and answers persists in order, as its contract says. The README has the table of
 * terms and deviations.
 *
 * @paper Ongaro, Ousterhout: In search of an understandable consensus algorithm (2014); Ongaro: Consensus: bridging theory
 *   and practice (2014)
 */
import { type Core, type Event, unreachable } from '@troupe/protocol';
import { tryCommit } from './advance.ts';
import { onApplied } from './commit.ts';
import { abandonSnapshot, onSnapshotData, onSnapshotDurable } from './compaction.ts';
import type { WriteKind } from './disk.ts';
import { fold, stateFrom } from './durable.ts';
import { onElectionTimeout, onHardStateDurable } from './election.ts';
import { acknowledge } from './follow.ts';
import { beginTerm, onCheckQuorum, onHeartbeatTimeout } from './lead.ts';
import type { RaftResult } from './machine.ts';
import { configurationOf } from './members.ts';
import { onMessage } from './on-message.ts';
import { onRequest } from './on-request.ts';
import { onRetry, onWriteEnded, onWriteFailed, writeIdentity } from './persistence.ts';
import { onAnswered, onReadTimeout } from './reads.ts';
import { replicate } from './replication.ts';
import { armElection, becomeFollower, putOffElection } from './roles.ts';
import { RULES, type Rules } from './rules.ts';
import type { Raft, RaftTimer, RaftToken, Step } from './state.ts';
import { onTransferTimeout } from './transfer.ts';

export const raft: Core<Raft> = raftWith(RULES);

/** The core with these decisions: the package's own, but for tests of what finds a wrong one. */
export function raftWith(rules: Rules): Core<Raft> {
  return {
    name: 'raft',
    init: stateFrom,
    step: (state, event, out) => onEvent({ state, out, now: event.now, rules }, event),
    fold,
  };
}

function onEvent(step: Step, event: Event<Raft>): void {
  switch (event.kind) {
    case 'start':
      return onStart(step, event.restarted);
    case 'message':
      return onMessage(step, event.from, event.message);
    case 'request':
      return onRequest(step, event.id, event.request);
    case 'timeout':
      return onTimeout(step, event.timer);
    case 'persisted':
      // Writes go by their kind.
      return onPersisted(step, event.token as WriteKind);
    case 'persist-failed':
      return onPersistFailed(step, event.token as WriteKind);
    case 'applied':
      return onResult(step, event.token, event.result);
    default:
      return unreachable(event);
  }
}

/** A store that is new is first given its identity; before that is durable, the member takes no part. */
function onStart(step: Step, restarted: boolean): void {
  const { state, out } = step;
  const { durable, volatile, settings } = state;
  state.isRestarted = restarted;
  if (!volatile.disk.isIdentified) return writeIdentity(step);
  const { snapshot } = durable;
  if (snapshot !== null && !volatile.isBlind) out.apply({ kind: 'restore', data: snapshot.data });
  // An earlier incarnation may have answered a leader that now relies on not being deposed so soon.
  if (restarted && settings.checkQuorum) putOffElection(step);
  else armElection(step);
}

function onTimeout(step: Step, timer: RaftTimer): void {
  const { leadership } = step.state;
  switch (timer) {
    case 'election':
      return onElectionTimeout(step, beginTerm);
    case 'read':
      return onReadTimeout(step);
    case 'retry':
      return onRetry(step);
    case 'heartbeat':
      return leadership === null ? undefined : onHeartbeatTimeout(step, leadership);
    case 'check-quorum':
      return leadership === null ? undefined : onCheckQuorum(step, leadership);
    case 'transfer':
      return leadership === null ? undefined : onTransferTimeout(step, leadership);
    default:
      return unreachable(timer);
  }
}

function onPersisted(step: Step, kind: WriteKind): void {
  switch (kind) {
    case 'identity':
      onWriteEnded(step, kind);
      return armElection(step);
    case 'hard-state':
      onWriteEnded(step, kind);
      return onHardStateDurable(step, beginTerm);
    case 'append':
      onWriteEnded(step, kind);
      return onLogDurable(step);
    case 'log-snapshot': {
      const { index } = onWriteEnded(step, kind);
      if (!onSnapshotDurable(step, index)) onLogDurable(step);
      return;
    }
    default:
      return unreachable(kind);
  }
}

/** More of the log is durable: a leader counts itself, and others tell theirs. */
function onLogDurable(step: Step): void {
  const { volatile, leadership } = step.state;
  if (leadership === null) {
    if (volatile.leader !== null) acknowledge(step, volatile.leader);
    return;
  }
  tryCommit(step);
  // Witnesses have waited for this.
  if (configurationOf(step).witnesses.length > 0 && step.state.leadership === leadership) replicate(step, leadership);
}

/** Nothing rests on what is not on the disk; a leader that can't write leaves its office to one that can. */
function onPersistFailed(step: Step, kind: WriteKind): void {
  const { state } = step;
  onWriteFailed(step, kind);
  if (kind === 'log-snapshot') abandonSnapshot(step);
  if (state.leadership !== null || state.candidacy !== null) becomeFollower(step, state.durable.term, null);
}

function onResult(step: Step, token: RaftToken, result: RaftResult): void {
  switch (result.kind) {
    case 'applied':
      return onApplied(step, result);
    case 'answered':
      return onAnswered(step, result.answers);
    case 'snapshot':
      return onSnapshotData(step, Number(token.slice('snapshot '.length)), result.data);
    case 'restored':
      return;
    default:
      return unreachable(result);
  }
}
