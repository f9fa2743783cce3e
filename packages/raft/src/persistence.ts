/** What a member writes down, and what may be said only once that is durable. */
import type { NodeId } from '@troupe/protocol';
import { appendBegun, type Write, type WriteKind, writeBegun, writeEnded, writeFailed } from './disk.ts';
import type { Entry, LogIndex, LogSnapshot, Term } from './entry.ts';
import { lastIndexOf, sliceFrom, termAt } from './log.ts';
import type { RaftMessage } from './messages.ts';
import type { Step } from './state.ts';

const NOWHERE = 0 as LogIndex;

export function writeIdentity({ state, out }: Step): void {
  const { settings, bootstrap, volatile } = state;
  const { cluster, self } = settings;
  out.persist('identity', { kind: 'identity', cluster, self, bootstrap });
  writeBegun(volatile.disk, 'identity', NOWHERE);
}

/** Term and vote have changed. Each such record is whole in itself, so the latest is enough for whatever waits. */
export function writeHardState({ state, out }: Step): void {
  const { durable, volatile } = state;
  out.persist('hard-state', { kind: 'hard-state', term: durable.term, vote: durable.vote });
  writeBegun(volatile.disk, 'hard-state', NOWHERE);
}

/** These entries stand in the log from `first` on, up to its end or to others that were written before. */
export function writeEntries({ state, out }: Step, first: LogIndex, entries: readonly Entry[]): void {
  const previousTerm = termAt(state.durable.log, (first - 1) as LogIndex) as Term;
  out.persist('append', { kind: 'append', index: first, previousTerm, entries });
  appendBegun(state.volatile.disk, first, (first + entries.length - 1) as LogIndex);
}

export function writeSnapshot({ state, out }: Step, snapshot: LogSnapshot): void {
  out.persist('log-snapshot', { kind: 'log-snapshot', snapshot });
  writeBegun(state.volatile.disk, 'log-snapshot', snapshot.lastIncludedIndex);
}

/**
 * Sends what rests on term or vote. 1. A member votes for A and crashes before that is on its disk; 2. it comes back, and
 * votes for B in the same term; 3. both lead. Hence: it leaves once the disk has it.
 */
export function promise({ state, out, rules }: Step, to: NodeId, message: RaftMessage): void {
  const after = rules.promiseWaitsFor(state.volatile.disk);
  if (after === undefined) out.send(to, message);
  else out.send(to, message, after);
}

export function onWriteEnded(step: Step, kind: WriteKind): Write {
  const write = writeEnded(step.state.volatile.disk, kind);
  endFailure(step);
  return write;
}

export function onWriteFailed({ state, out }: Step, kind: WriteKind): void {
  writeFailed(state.volatile.disk, kind);
  out.setTimer('retry', state.settings.heartbeatTicks);
}

/** Writes anew whatever is not durable, unless that is still under way. */
export function onRetry(step: Step): void {
  const { state, out } = step;
  const { durable, volatile, settings } = state;
  const { disk } = volatile;
  endFailure(step);
  if (!disk.hasFailed) return;
  out.setTimer('retry', settings.heartbeatTicks);
  if (disk.writes.length > 0) return;
  if (!disk.isIdentified) return writeIdentity(step);
  if (!disk.isHardStateDurable) writeHardState(step);
  const { snapshot, log } = durable;
  if (snapshot !== null && snapshot.lastIncludedIndex > disk.snapshotIndex) writeSnapshot(step, snapshot);
  const last = lastIndexOf(log);
  for (let first = Math.max(disk.durableIndex, log.base.index) + 1; first <= last; ) {
    const entries = sliceFrom(log, first as LogIndex, settings.appendEntriesMax, settings.appendBytesMax);
    writeEntries(step, first as LogIndex, entries);
    first += entries.length;
  }
}

function endFailure({ state, out }: Step): void {
  const { disk } = state.volatile;
  if (!disk.hasFailed || !isAllDurable(state)) return;
  disk.hasFailed = false;
  out.cancelTimer('retry');
}

function isAllDurable({ durable, volatile }: Step['state']): boolean {
  const { disk } = volatile;
  if (!disk.isIdentified || !disk.isHardStateDurable || disk.writes.length > 0) return false;
  const snapshotIndex = durable.snapshot?.lastIncludedIndex ?? 0;
  return disk.snapshotIndex >= snapshotIndex && disk.durableIndex >= lastIndexOf(durable.log);
}
