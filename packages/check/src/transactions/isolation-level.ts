/**
 * Isolation levels, and the anomalies that rule them out.
 *
 * After Adya's generalised levels (PL-1, PL-2, PL-SI, PL-2.99, PL-3). Lists have no predicates, so every anti-dependency
 * is one on an item, and G2 rules out repeatable read too.
 */

export const ISOLATION_LEVELS = [
  'read-uncommitted',
  'read-committed',
  'snapshot-isolation',
  'repeatable-read',
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
] as const;

export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** The phenomena of a dependency graph, from the strongest (it rules out most) to the weakest. */
export const CYCLE_CLASSES = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2'] as const;

export type CycleClass = (typeof CYCLE_CLASSES)[number];

/** What a cycle needs beside dependencies: nothing, the order of each process, or the order of real time. */
export type CycleName = CycleClass | `${CycleClass}-process` | `${CycleClass}-realtime`;

/** Phenomena seen in single reads or keys, without a cycle. */
export type LocalAnomalyName =
  | 'G1a'
  | 'G1b'
  | 'dirty-update'
  | 'lost-update'
  | 'internal'
  | 'unwritten-read'
  | 'duplicate-elements'
  | 'incompatible-order';

export type AnomalyName = CycleName | LocalAnomalyName;

/** The weakest levels that an anomaly rules out; what is stronger than these goes with them. */
const RULED_OUT: Readonly<Record<CycleClass | LocalAnomalyName, readonly IsolationLevel[]>> = {
  G0: ['read-uncommitted'],
  G1a: ['read-committed'],
  G1b: ['read-committed'],
  G1c: ['read-committed'],
  'dirty-update': ['read-committed'],
  internal: ['snapshot-isolation', 'repeatable-read'],
  'G-single': ['snapshot-isolation', 'repeatable-read'],
  'G-nonadjacent': ['snapshot-isolation', 'repeatable-read'],
  'lost-update': ['snapshot-isolation', 'repeatable-read'],
  G2: ['repeatable-read'],
  'unwritten-read': ['read-uncommitted'],
  'duplicate-elements': ['read-uncommitted'],
  'incompatible-order': ['read-uncommitted'],
};

/** What promises at least as much as the level does, next above it. */
const STRONGER: Readonly<Record<IsolationLevel, readonly IsolationLevel[]>> = {
  'read-uncommitted': ['read-committed'],
  'read-committed': ['snapshot-isolation', 'repeatable-read'],
  'snapshot-isolation': ['serializable'],
  'repeatable-read': ['serializable'],
  serializable: ['strong-session-serializable'],
  'strong-session-serializable': ['strict-serializable'],
  'strict-serializable': [],
};

/** Every level that the anomalies rule out, weakest first. */
export function levelsRuledOut(anomalies: Iterable<AnomalyName>): IsolationLevel[] {
  const out = new Set<IsolationLevel>();
  const pending = [...anomalies].flatMap(weakestRuledOut);
  for (let level = pending.pop(); level !== undefined; level = pending.pop()) {
    if (out.has(level)) continue;
    out.add(level);
    pending.push(...STRONGER[level]);
  }
  return ISOLATION_LEVELS.filter((level) => out.has(level));
}

function weakestRuledOut(anomaly: AnomalyName): readonly IsolationLevel[] {
  if (anomaly.endsWith('-process')) return ['strong-session-serializable'];
  if (anomaly.endsWith('-realtime')) return ['strict-serializable'];
  return RULED_OUT[anomaly as CycleClass | LocalAnomalyName];
}
