export { CHECKERS, linearizabilityChecker } from './checkers.ts';
export { CHECK_ERRORS } from './errors.ts';
export type { Call, History, HistoryEvent, Operation, Outcome, Process } from './history/history.ts';
export { type JepsenOptions, readJepsenEdn, readJepsenLog } from './history/jepsen.ts';
export { HISTORY_VERSION, readJsonl, writeHistory } from './history/jsonl.ts';
export { HISTORY_FORMATS, type HistoryFormat, type ReadOptions, readHistory } from './history/read-history.ts';
export { HistoryRecorder, historyOf } from './history/recorder.ts';
export { type Budget, BYTES_MAX, type Exhausted } from './linearizability/budget.ts';
export {
  checkLinearizability,
  type LinearizabilityResult,
  type Linearization,
  type PartitionResult,
} from './linearizability/linearizability.ts';
export { reportLinearizability } from './linearizability/report.ts';
export { ATTEMPTS_MAX } from './linearizability/search.ts';
export { type KeyValueOptions, keyValue } from './models/key-value.ts';
export { type LockState, lock } from './models/lock.ts';
export { assertModel, defineModel, ILLEGAL, type Model } from './models/model.ts';
export { type QueueOptions, queue } from './models/queue.ts';
export { casRegister, type RegisterModel, type RegisterOptions, register } from './models/register.ts';
export type { Checker, CheckerOptions, CheckReport, Verdict } from './report.ts';
export { linearizabilityPage } from './show/page.ts';
export { TIMELINE_OPERATIONS_MAX } from './show/timeline.ts';
