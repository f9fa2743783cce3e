/** Causal consistency by its definitions: every causal order there can be is tried on a small history. */

import type { Call, History, Operation } from '../history/history.ts';
import type { CausalLevel } from './causal.ts';

/** By element: a mask of those before it. */
type Order = readonly number[];

export function isCausalByTrial({ operations }: History<Call>, level: CausalLevel): boolean {
  const program = operations.map(({ process }, at) =>
    operations.reduce(
      (mask, other, before) => (before < at && other.process === process ? mask | (1 << before) : mask),
      0,
    ),
  );
  return strictOrders(operations.length).some((order) => {
    if (!program.every((mask, at) => (mask & ~order[at]!) === 0)) return false;
    if (level === 'causal-convergence') return arbitrationExists(operations, order);
    return operations.every((_, at) => {
      const past = order[at]! | (1 << at);
      const answers = level === 'causal-memory' ? program[at]! | (1 << at) : 1 << at;
      return hasLegalOrder(operations, order, past, answers, new Map());
    });
  });
}

/** Whether the operations of the mask can be put in order so that those whose answers count gave the right ones. */
function hasLegalOrder(
  operations: readonly Operation<Call>[],
  order: Order,
  left: number,
  answers: number,
  values: ReadonlyMap<unknown, unknown>,
): boolean {
  if (left === 0) return true;
  return operations.some((operation, at) => {
    if ((left & (1 << at)) === 0 || (order[at]! & left) !== 0) return false;
    const after = perform(operation, (answers & (1 << at)) !== 0, values);
    return after !== undefined && hasLegalOrder(operations, order, left & ~(1 << at), answers, after);
  });
}

/** One total order for all, of which each operation sees its causal past. */
function arbitrationExists(operations: readonly Operation<Call>[], order: Order): boolean {
  const total: number[] = [];
  const extend = (): boolean => {
    if (total.length === operations.length) return operations.every((_, at) => seesRightly(at));
    return operations.some((_, at) => {
      const placed = total.reduce((mask, each) => mask | (1 << each), 0);
      if ((placed & (1 << at)) !== 0 || (order[at]! & ~placed) !== 0) return false;
      total.push(at);
      const found = extend();
      total.pop();
      return found;
    });
  };
  const seesRightly = (at: number): boolean => {
    let values: ReadonlyMap<unknown, unknown> | undefined = new Map();
    for (const each of total) {
      if (each !== at && (order[at]! & (1 << each)) === 0) continue;
      values = perform(operations[each]!, each === at, values);
      if (values === undefined) return false;
    }
    return true;
  };
  return extend();
}

/** The values after it; undefined where its answer counts and is wrong. */
export function perform(
  { input, output }: Operation<Call>,
  answers: boolean,
  values: ReadonlyMap<unknown, unknown>,
): ReadonlyMap<unknown, unknown> | undefined {
  if (input.f === 'write') return new Map(values).set(input.key, input.value);
  return answers && (values.get(input.key) ?? null) !== output ? undefined : values;
}

const ordersBySize = new Map<number, readonly Order[]>();

/** All strict partial orders of so many elements. */
export function strictOrders(size: number): readonly Order[] {
  const known = ordersBySize.get(size);
  if (known !== undefined) return known;
  const orders: Order[] = [];
  const before = Array.from({ length: size }, () => 0);
  const pairs = before.flatMap((_, a) => before.slice(0, a).map((__, b) => [a, b] as const));
  const extend = (at: number): void => {
    if (at === pairs.length) {
      if (before.every((mask) => before.every((other, b) => (mask & (1 << b)) === 0 || (other & ~mask) === 0)))
        orders.push([...before]);
      return;
    }
    const [a, b] = pairs[at]!;
    extend(at + 1);
    before[a]! |= 1 << b;
    extend(at + 1);
    before[a]! &= ~(1 << b);
    before[b]! |= 1 << a;
    extend(at + 1);
    before[b]! &= ~(1 << a);
  };
  extend(0);
  ordersBySize.set(size, orders);
  return orders;
}
