/** More is committed: what follows from it, at a leader and at everybody. */
import { commitTo, committableIndex } from './commit.ts';
import { takeSnapshotIfDue } from './compaction.ts';
import { configurationsCommitted, leadConfiguration } from './configuration-change.ts';
import type { LogIndex } from './entry.ts';
import { termAt } from './log.ts';
import { answerConfirmed, onTermCommitted } from './reads.ts';
import type { Step } from './state.ts';

/** A quorum may have more than is known to be committed. */
export function tryCommit(step: Step): void {
  const { leadership } = step.state;
  if (leadership === null) return;
  const index = committableIndex(step, leadership);
  if (index !== undefined) advanceTo(step, index);
}

export function advanceTo(step: Step, index: LogIndex): void {
  const { state, rules } = step;
  const { durable, volatile, leadership } = state;
  if (index <= volatile.commitIndex) return;
  const configurations = commitTo(step, index);
  if (configurations.length > 0) configurationsCommitted(step, configurations);
  if (leadership !== null) {
    if (rules.mayServeReads(termAt(durable.log, index), durable.term)) onTermCommitted(step, leadership);
    leadConfiguration(step, leadership);
  }
  answerConfirmed(step);
  takeSnapshotIfDue(step);
}
