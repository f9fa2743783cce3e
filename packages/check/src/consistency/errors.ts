/** The codes of the consistency checkers' errors: what each means, and what to do. */

export const CONSISTENCY_ERRORS = {
  TROUPE_ACCESS_UNKNOWN:
    'An operation of a history is neither a read nor a write of one value, which is all that the checks of causal consistency and of session guarantees know. Leave others out of the history, or check it against a model.',
  TROUPE_WRITES_NOT_DISTINCT:
    'Two writes of a history wrote the same value to the same key, or one wrote the initial value, so it is undecidable which of them a read saw. Let the workload write distinct values, for instance by counting up.',
} as const;

export type ConsistencyErrorCode = keyof typeof CONSISTENCY_ERRORS;
