/** Checkers of recorded histories: linearizability, transactions, weaker consistency. */

export * from '@troupe/check';
