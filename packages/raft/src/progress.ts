/**
 * What a leader knows of another member's log, and what may be sent to it next. A leaf: it emits nothing.
 *
 * `probe`: where the logs part is not known; one message at a time, until one is answered. `replicate`: they match, and
 * messages follow one another without waiting, within a window. `snapshot`: the entries it needs are gone; it gets the
 * log snapshot, chunk after chunk.
 *
 * @paper Raft §5.3 (`nextIndex`, `matchIndex`); Ongaro's thesis §10.2.1 (pipelining)
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import type { LogIndex, LogSnapshot } from './entry.ts';

export interface InFlight {
  /** Of the last entry in the message. */
  readonly index: LogIndex;
  readonly bytes: number;
}

export interface Progress {
  readonly node: NodeId;
  state: 'probe' | 'replicate' | 'snapshot';
  /** Known to be durable there, and equal to the leader's. */
  matchIndex: LogIndex;
  nextIndex: LogIndex;
  /** The one message of a probe, or a chunk, is under way; a heartbeat later it is sent again. */
  isPaused: boolean;
  /** Heard of since the quorum was last checked. */
  isActive: boolean;
  /** Messages with entries under way, oldest first. */
  inFlight: InFlight[];
  /** Sum over them. */
  inFlightBytes: number;
  /** The commit index that it was told last. */
  toldCommit: LogIndex;
  /** The last round of heartbeats that it has answered. */
  round: number;
  /** How long it says that it shields a leader; null before its first answer. */
  shieldTicks: Ticks | null;
  /** What is being sent to it in state `snapshot`. */
  snapshot: LogSnapshot | null;
  /** How much of that it has. @units bytes */
  offset: number;
  /** It is no member any more, and is still told so. */
  isDeparting: boolean;
}

export interface Window {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

export function createProgress(node: NodeId, nextIndex: LogIndex): Progress {
  return {
    node,
    state: 'probe',
    matchIndex: 0 as LogIndex,
    nextIndex,
    isPaused: false,
    isActive: true,
    inFlight: [],
    inFlightBytes: 0,
    toldCommit: 0 as LogIndex,
    round: 0,
    shieldTicks: null,
    snapshot: null,
    offset: 0,
    isDeparting: false,
  };
}

/** Whether a message with entries may go now. */
export function maySend(progress: Progress, { messagesMax, bytesMax }: Window): boolean {
  if (progress.state === 'snapshot') return false;
  if (progress.state === 'probe') return !progress.isPaused;
  return (
    progress.inFlight.length < messagesMax && (progress.inFlight.length === 0 || progress.inFlightBytes < bytesMax)
  );
}

/** Entries up to this index are under way. */
export function entriesSent(progress: Progress, last: LogIndex, bytes: number): void {
  if (progress.state === 'probe') {
    progress.isPaused = true;
    return;
  }
  progress.nextIndex = (last + 1) as LogIndex;
  progress.inFlight.push({ index: last, bytes });
  progress.inFlightBytes += bytes;
}

/** It has everything up to this index. True where that is news. */
export function matched(progress: Progress, index: LogIndex): boolean {
  // What was sent before is there as well: an answer may be lost, and a later one stands for it.
  let freed = 0;
  for (const { index: last, bytes } of progress.inFlight) {
    if (last > index) break;
    freed++;
    progress.inFlightBytes -= bytes;
  }
  if (freed > 0) progress.inFlight.splice(0, freed);
  if (index >= progress.nextIndex) progress.nextIndex = (index + 1) as LogIndex;
  if (index <= progress.matchIndex) return false;
  progress.matchIndex = index;
  return true;
}

/**
 * It has refused entries that follow `refused`, and may have the log up to `hint` in common. False where that is old: the
 * answer to a message before the one that counts.
 */
export function mismatched(progress: Progress, refused: LogIndex, hint: LogIndex): boolean {
  if (progress.state === 'snapshot') return false;
  if (refused <= progress.matchIndex || refused >= progress.nextIndex) return false;
  if (progress.state === 'probe' && refused !== progress.nextIndex - 1) return false;
  const next = Math.max(progress.matchIndex, Math.min(hint, refused - 1)) + 1;
  becomeProbe(progress, next as LogIndex);
  return true;
}

export function becomeProbe(progress: Progress, nextIndex: LogIndex): void {
  reset(progress, 'probe');
  progress.nextIndex = nextIndex;
}

/** The logs are equal up to this index. */
export function becomeReplicate(progress: Progress, equalIndex: LogIndex): void {
  reset(progress, 'replicate');
  progress.nextIndex = (Math.max(progress.matchIndex, equalIndex) + 1) as LogIndex;
}

export function becomeSnapshot(progress: Progress, snapshot: LogSnapshot): void {
  reset(progress, 'snapshot');
  progress.nextIndex = (snapshot.lastIncludedIndex + 1) as LogIndex;
  progress.snapshot = snapshot;
}

function reset(progress: Progress, state: Progress['state']): void {
  progress.state = state;
  progress.isPaused = false;
  progress.inFlight = [];
  progress.inFlightBytes = 0;
  progress.snapshot = null;
  progress.offset = 0;
}
