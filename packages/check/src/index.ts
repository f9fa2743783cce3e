// Consistency levels
export {
  CAUSAL_DEFAULTS,
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
export { HistoryRecorder, historyOf } from './history/recorder.ts';
export { type Budget, BYTES_MAX, type Exhausted } from './linearizability/budget.ts';
export {
  checkLinearizability,
  type LinearizabilityResult,
  type Linearization,
  type PartitionResult,
  type Verdict,
} from './linearizability/linearizability.ts';
export { ATTEMPTS_MAX } from './linearizability/search.ts';
export { type KeyValueOptions, keyValue } from './models/key-value.ts';
export { assertModel, defineModel, ILLEGAL, type Model } from './models/model.ts';
export { casRegister, type RegisterModel, type RegisterOptions, register } from './models/register.ts';
// Transactions
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
export type { Append, Element, Key, MicroOperation, Read, Transaction } from './transactions/transaction.ts';
