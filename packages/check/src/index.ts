export { IDENTITY } from './identity.ts';

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
export type { Append, Element, Key, MicroOperation, Outcome, Read, Transaction } from './transactions/transaction.ts';
