export { CHECKERS, linearizabilityChecker } from './checkers.ts';
export {
  CAUSAL_DEFAULTS,
  CAUSAL_LEVELS,
  type CausalLevel,
  type CausalOptions,
  type CausalPattern,
  type CausalResult,
  checkCausal,
} from './consistency/causal.ts';
export { CONSISTENCY_ERRORS, type ConsistencyErrorCode } from './consistency/errors.ts';
export { checkSequential, type SequentialResult } from './consistency/sequential.ts';
export { SESSION_GUARANTEES, type SessionGuarantee } from './consistency/session-order.ts';
export {
  checkSessions,
  type SessionOptions,
  type SessionPattern,
  type SessionResult,
  type SessionViolation,
} from './consistency/sessions.ts';
export type { Violation } from './consistency/violation.ts';
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
export type { Anomaly, DependencyKind, Step } from './transactions/anomaly.ts';
export { TRANSACTION_ERRORS, type TransactionErrorCode } from './transactions/errors.ts';
export {
  type AnomalyName,
  CYCLE_CLASSES,
  type CycleClass,
  type CycleName,
  ISOLATION_LEVELS,
  type IsolationLevel,
  type LocalAnomalyName,
} from './transactions/isolation-level.ts';
export {
  checkListAppend,
  LIST_APPEND_DEFAULTS,
  type ListAppendOptions,
  type ListAppendResult,
  levelsLeft,
} from './transactions/list-append.ts';
export { transactionsOf } from './transactions/recorded.ts';
export type {
  Append,
  Element as ListElement,
  Key as ListKey,
  MicroOperation,
  Read,
  Transaction,
} from './transactions/transaction.ts';
