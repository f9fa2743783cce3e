/**
 * Log snapshots of this member's own machine: asked for at one index, written down, and then the entries before it are
 * dropped. The machine answers on a later step, so the index goes with the question. @paper Raft §7
 */
import { assert, assertDefined, type RequestId } from '@troupe/protocol';
import { configurationAt } from './configurations.ts';
import type { LogIndex, LogSnapshot } from './entry.ts';
import { compactTo, retainedAfter, termAt, timeAt } from './log.ts';
import { isBlind } from './members.ts';
import { writeSnapshot } from './persistence.ts';
import { refuse } from './refusal.ts';
import type { Step, TakingSnapshot } from './state.ts';

/** Requests that wait for one log snapshot; more are refused. */
export const WAITING_SNAPSHOT_REQUESTS_MAX = 64;

export function onTakeSnapshot(step: Step, id: RequestId | null): void {
  const { state, out } = step;
  const { durable, volatile } = state;
  const { lastApplied, taking } = volatile;
  if (taking !== null) {
    if (taking.requests.length >= WAITING_SNAPSHOT_REQUESTS_MAX) {
      const expected = `at most ${WAITING_SNAPSHOT_REQUESTS_MAX} requests that wait for it, got one more`;
      return refuse(step, id, 'too-many-outstanding', expected);
    }
    if (id !== null) taking.requests.push(id);
    return;
  }
  if (volatile.disk.hasFailed) return refuse(step, id, 'disk-failed', 'a disk that writes, got one that has failed');
  const known = durable.snapshot?.lastIncludedIndex ?? 0;
  if (lastApplied <= known) return out.reply(id, { kind: 'snapshot-taken', lastIncludedIndex: known as LogIndex });
  take(step, id);
}

/** So many entries were applied since the last, or so large ones. */
export function takeSnapshotIfDue(step: Step): void {
  const { durable, volatile, settings } = step.state;
  const { snapshotEntries, snapshotBytes } = settings;
  if (snapshotEntries === 0 || volatile.taking !== null || volatile.disk.hasFailed) return;
  const known = durable.snapshot?.lastIncludedIndex ?? 0;
  const isLarge = snapshotBytes > 0 && volatile.appliedBytes >= snapshotBytes;
  if (volatile.lastApplied > known && (isLarge || volatile.lastApplied - known >= snapshotEntries)) take(step, null);
}

/** The machine has given its state, as it was at that index. */
export function onSnapshotData(step: Step, index: number, data: Uint8Array): void {
  const { taking } = step.state.volatile;
  if (taking?.lastIncludedIndex !== index || taking.data !== null) return;
  // Nothing at all is what a witness has.
  assert(data.length > 0, 'a machine whose state has at least one byte', { index });
  write(step, taking, data);
}

/** A log snapshot of this member's own is durable: the entries before it may go. */
export function onSnapshotDurable(step: Step, index: LogIndex): boolean {
  const { state, out } = step;
  const { durable, volatile, settings } = state;
  const { taking } = volatile;
  if (taking === null || taking.data === null || taking.lastIncludedIndex !== index) return false;
  const { requests, ...snapshot } = taking;
  volatile.taking = null;
  durable.snapshot = snapshot as LogSnapshot;
  volatile.appliedBytes = 0;
  compactTo(durable.log, retainedAfter(durable.log, index, settings.retainedEntries, settings.retainedBytes));
  out.indicate({ kind: 'log-snapshot-taken', lastIncludedIndex: index });
  for (const id of requests) out.reply(id, { kind: 'snapshot-taken', lastIncludedIndex: index });
  return true;
}

/** It could not be written. Nothing is lost: the log stays, and another is taken in time. */
export function abandonSnapshot(step: Step): void {
  const { volatile } = step.state;
  const { taking } = volatile;
  if (taking === null || taking.data === null) return;
  volatile.taking = null;
  for (const id of taking.requests) refuse(step, id, 'disk-failed', 'a disk that writes, got one that has failed');
}

/** One from the leader goes further: what the machine still gives is of no use. */
export function overtakeSnapshot({ state, out }: Step, lastIncludedIndex: LogIndex): void {
  const { taking } = state.volatile;
  if (taking === null) return;
  state.volatile.taking = null;
  for (const id of taking.requests) out.reply(id, { kind: 'snapshot-taken', lastIncludedIndex });
}

function take(step: Step, id: RequestId | null): void {
  const { state, out } = step;
  const { durable, volatile } = state;
  const { lastApplied, configurations } = volatile;
  const taking: TakingSnapshot = {
    lastIncludedIndex: lastApplied,
    lastIncludedTerm: assertDefined(termAt(durable.log, lastApplied), 'the last applied entry, or the base'),
    time: assertDefined(timeAt(durable.log, lastApplied), 'the last applied entry, or the base'),
    configuration: configurationAt(configurations, lastApplied).configuration,
    data: null,
    requests: id === null ? [] : [id],
  };
  volatile.taking = taking;
  if (isBlind(step)) write(step, taking, new Uint8Array(0));
  else out.apply({ kind: 'snapshot' }, `snapshot ${lastApplied}`);
}

function write(step: Step, taking: TakingSnapshot, data: Uint8Array): void {
  taking.data = data;
  const { lastIncludedIndex, lastIncludedTerm, time, configuration } = taking;
  writeSnapshot(step, { lastIncludedIndex, lastIncludedTerm, time, configuration, data });
}
