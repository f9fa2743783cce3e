/**
 * Which isolation levels a history of transactions over lists rules out.
 *
 * Kingsbury & Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations" (VLDB 2020), on Adya's
 * dependency graphs. Sound: whatever is reported happened, if the clients' reports are true. Anomalies that left no trace
 * in any read can't be found, so that a level is not ruled out proves nothing.
 *
 * Beyond the paper: an append that no read shows comes after the last version that was read, since a list keeps what it has.
 */

import { unknownOption } from '../option.ts';
import type { Verdict } from '../report.ts';
import type { Anomaly } from './anomaly.ts';
import { type AppendLog, readAppendLog, transactionName } from './append-log.ts';
import { type Cycle, findCycles } from './cycles.ts';
import { type Dependencies, inferDependencies, PROCESS, REALTIME } from './dependencies.ts';
import { explainEdge } from './explain.ts';
import {
  type AnomalyName,
  type CycleName,
  ISOLATION_LEVELS,
  type IsolationLevel,
  levelsRuledOut,
} from './isolation-level.ts';
import { findObservedAnomalies } from './observations.ts';
import { addProcessOrder, addRealTimeOrder } from './time-order.ts';
import type { Transaction } from './transaction.ts';
import { inferVersionOrders, type VersionOrder } from './version-order.ts';

/** Of one name, so many anomalies are told; `counts` has the number that was found. */
const ANOMALIES_TOLD_PER_NAME = 32;

/** Of a longer cycle, so many steps are told in words; `cycle` has them all. */
const STEPS_TOLD = 12;

export interface ListAppendOptions {
  /**
   * The level that the store claims. Real-time order is looked at for `strict-serializable` alone (and needs `invokedAt`
   * and `returnedAt`), the order of each process for that and `strong-session-serializable`.
   */
  readonly level?: IsolationLevel;
}

export const LIST_APPEND_DEFAULTS = { level: 'serializable' } as const satisfies Required<ListAppendOptions>;

export interface ListAppendResult {
  /** `unknown`: nothing was found, but the history had too many unread appends to look at them all. */
  readonly verdict: Verdict;
  readonly level: IsolationLevel;
  readonly anomalies: readonly Anomaly[];
  readonly counts: Readonly<Partial<Record<AnomalyName, number>>>;
  /** Weakest first. */
  readonly ruledOut: readonly IsolationLevel[];
}

/** @throws TROUPE_TRANSACTION_MALFORMED, TROUPE_APPENDS_NOT_DISTINCT, TROUPE_CHECK_OPTIONS */
export function checkListAppend(
  transactions: readonly Transaction[],
  options: ListAppendOptions = {},
): ListAppendResult {
  const level = options.level ?? LIST_APPEND_DEFAULTS.level;
  if (!ISOLATION_LEVELS.includes(level)) throw unknownOption('level', ISOLATION_LEVELS, level);
  const realTime = level === 'strict-serializable';
  const sessions = realTime || level === 'strong-session-serializable';
  const log = readAppendLog(transactions);
  const orders = inferVersionOrders(log);
  const { graph, complete } = inferDependencies(log, orders, (out) => {
    if (sessions) addProcessOrder(log, out);
    if (realTime) addRealTimeOrder(log, out);
  });

  const tally = new Tally();
  for (const anomaly of findObservedAnomalies(log, orders)) tally.add(anomaly);
  for (const order of [0, ...(sessions ? [PROCESS] : []), ...(realTime ? [PROCESS | REALTIME] : [])]) {
    for (const cycle of findCycles(graph, order)) {
      const name = nameOf(cycle, graph, order);
      if (name !== undefined) tally.add(cycleAnomaly(log, orders, graph, cycle, name));
    }
  }
  const ruledOut = levelsRuledOut(tally.names());
  const verdict = ruledOut.includes(level) ? 'illegal' : complete ? 'ok' : 'unknown';
  return { verdict, level, anomalies: tally.told, counts: tally.counts(), ruledOut };
}

/** Undefined where the cycle does without the strongest of the orders: then it has been found before. */
function nameOf(cycle: Cycle, { kinds }: Dependencies['graph'], order: number): CycleName | undefined {
  if (order === 0) return cycle.class;
  const needed = order & REALTIME ? REALTIME : PROCESS;
  if (!cycle.edges.some((edge) => kinds[edge] === needed)) return undefined;
  return `${cycle.class}-${needed === REALTIME ? 'realtime' : 'process'}`;
}

function cycleAnomaly(
  log: AppendLog,
  orders: readonly VersionOrder[],
  graph: Dependencies['graph'],
  { edges }: Cycle,
  name: CycleName,
): Anomaly {
  const cycle = edges.map((edge) => explainEdge(log, orders, graph, edge));
  const transactions = cycle.map(({ from }) => from);
  const told = cycle.slice(0, STEPS_TOLD);
  const left = cycle.length - told.length;
  const names = [
    ...told.map(({ from }) => transactionName(from)),
    ...(left > 0 ? ['…'] : []),
    transactionName(transactions[0]!),
  ];
  const because = [...told.map((step) => step.because), ...(left > 0 ? [`and ${left} more`] : [])];
  return { name, transactions, explanation: `${names.join(' → ')}: ${because.join('; ')}`, cycle };
}

class Tally {
  readonly told: Anomaly[] = [];
  readonly #counts = new Map<AnomalyName, number>();

  add(anomaly: Anomaly): void {
    const count = (this.#counts.get(anomaly.name) ?? 0) + 1;
    this.#counts.set(anomaly.name, count);
    if (count <= ANOMALIES_TOLD_PER_NAME) this.told.push(anomaly);
  }

  names(): Iterable<AnomalyName> {
    return this.#counts.keys();
  }

  counts(): Partial<Record<AnomalyName, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** Levels that a history's anomalies left standing. */
export function levelsLeft({ ruledOut }: ListAppendResult): IsolationLevel[] {
  return ISOLATION_LEVELS.filter((level) => !ruledOut.includes(level));
}
