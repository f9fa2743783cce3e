/** The follower's side: the leader's log becomes this member's. @paper Raft §5.3 */
import { assert, type NodeId } from '@troupe/protocol';
import { configurationsAppended } from './configurations.ts';
import type { Entry, LogIndex, Term } from './entry.ts';
import { appendTo, lastIndexOf, lastIndexUpToTerm, termAt, truncateFrom } from './log.ts';
import { isBlank } from './members.ts';
import type { AppendEntries } from './messages.ts';
import { promise, writeEntries } from './persistence.ts';
import { becomeFollower, putOffElection, setLeader } from './roles.ts';
import type { Step } from './state.ts';

/** A leader of this term speaks. False where that can't be: another one leads it. */
export function hear(step: Step, from: NodeId): boolean {
  const { state, out } = step;
  const { volatile, durable } = state;
  if (volatile.role === 'leader' || (volatile.leader !== null && volatile.leader !== from)) {
    out.ignore('a second leader in one term');
    return false;
  }
  if (volatile.role === 'candidate' || volatile.role === 'pre-candidate') becomeFollower(step, durable.term, from);
  setLeader(step, from, false);
  putOffElection(step);
  return true;
}

/** What the log has become. */
export interface Followed {
  /** Up to here it may be committed. */
  readonly committed: LogIndex;
  readonly hasNewConfiguration: boolean;
}

/** Takes the entries, where the logs are equal up to them; otherwise says where they may yet be. */
export function onAppendEntries(step: Step, from: NodeId, message: AppendEntries): Followed {
  const { state, out, rules } = step;
  const { durable, volatile } = state;
  const { commitIndex } = volatile;
  const { log } = durable;
  const { entries, leaderCommit } = message;
  const isNewRound = message.round > volatile.round;
  if (isNewRound) volatile.round = message.round;
  // What is committed is equal in both logs, and may be gone from this one.
  const skipped = Math.min(entries.length, Math.max(0, commitIndex - message.prevLogIndex));
  const prevLogIndex = (message.prevLogIndex + skipped) as LogIndex;
  if (prevLogIndex >= commitIndex && skipped === 0 && termAt(log, prevLogIndex) !== message.prevLogTerm) {
    refuse(step, from, message);
    return { committed: commitIndex, hasNewConfiguration: false };
  }
  const left = skipped === 0 ? entries : entries.slice(skipped);
  const present = rules.entriesPresent(log, prevLogIndex, left);
  const isBlocked = present < left.length && volatile.disk.hasFailed;
  if (isBlocked) out.ignore('entries, while the disk fails');
  const fresh = isBlocked ? NO_ENTRIES : present === 0 ? left : left.slice(present);
  const hasNewConfiguration = fresh.length > 0 && take(step, (prevLogIndex + present + 1) as LogIndex, fresh);
  const equal = (prevLogIndex + (isBlocked ? present : left.length)) as LogIndex;
  if (equal > volatile.matchedIndex) volatile.matchedIndex = equal;
  // New entries are acknowledged once they are durable. Of those that the disk refuses nothing is said but to a heartbeat: an
  // answer at once would have them sent again at once, and so for ever.
  if (isNewRound || (fresh.length === 0 && !isBlocked)) acknowledge(step, from);
  // A leader that contradicts itself may have had truncated what matched before.
  const committed = Math.min(leaderCommit, volatile.matchedIndex, lastIndexOf(log)) as LogIndex;
  return { committed, hasNewConfiguration };
}

/** What is durable here of the leader's log. */
export function acknowledge(step: Step, leader: NodeId): void {
  const { durable, volatile, settings } = step.state;
  const { matchedIndex, disk, round } = volatile;
  promise(step, leader, {
    kind: 'append-entries-reply',
    term: durable.term,
    success: true,
    matchIndex: Math.min(matchedIndex, disk.durableIndex) as LogIndex,
    prevLogIndex: NOWHERE,
    hintIndex: matchedIndex,
    hintTerm: NEVER,
    round,
    shieldTicks: settings.shieldTicks,
  });
}

/** To one whose log or term does not go on from here. */
export function refuse(step: Step, from: NodeId, { prevLogIndex, prevLogTerm }: Refused): void {
  const { durable, volatile, settings } = step.state;
  const { log } = durable;
  const hintIndex = lastIndexUpToTerm(log, prevLogIndex, prevLogTerm);
  promise(step, from, {
    kind: 'append-entries-reply',
    term: durable.term,
    success: false,
    matchIndex: NOWHERE,
    prevLogIndex,
    hintIndex,
    hintTerm: termAt(log, hintIndex) ?? NEVER,
    round: volatile.round,
    shieldTicks: settings.shieldTicks,
  });
}

type Refused = Pick<AppendEntries, 'prevLogIndex' | 'prevLogTerm'>;

const NO_ENTRIES: readonly Entry[] = [];
const NOWHERE = 0 as LogIndex;
const NEVER = 0 as Term;

/** These take the place of whatever stands from `first` on. True where that changes which configuration is in force. */
function take(step: Step, first: LogIndex, entries: readonly Entry[]): boolean {
  const { state, rules } = step;
  const { durable, volatile } = state;
  const { log } = durable;
  let hasChanged = false;
  if (first <= lastIndexOf(log)) {
    assert(first > volatile.commitIndex, 'what is committed to stay', { first, commitIndex: volatile.commitIndex });
    truncateFrom(log, first);
    rules.logTruncated(volatile.disk, first);
    hasChanged = rules.configurationsTruncated(volatile.configurations, first);
  }
  if (entries.some(isBlank)) volatile.isBlind = true;
  writeEntries(step, first, entries);
  appendTo(log, entries);
  return configurationsAppended(volatile.configurations, entries, first) || hasChanged;
}
