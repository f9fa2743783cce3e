/** The codes of the transaction checker's errors: what each means, and what to do. */

export const TRANSACTION_ERRORS = {
  TROUPE_TRANSACTION_MALFORMED:
    'A transaction of a history is not of the expected form; `data.position` is its place in the history, from 0. Correct what records the history.',
  TROUPE_APPENDS_NOT_DISTINCT:
    'Two appends of a history added the same element to the same key, so it is undecidable which of them a read saw. Let the workload append each element to a key once, for instance by counting up.',
} as const;

export type TransactionErrorCode = keyof typeof TRANSACTION_ERRORS;
