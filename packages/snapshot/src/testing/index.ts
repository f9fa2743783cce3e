/** For tests alone: the table of decisions, so that one of them can be had wrong. */
export { RULES, type SnapshotRules } from '../rules.ts';
