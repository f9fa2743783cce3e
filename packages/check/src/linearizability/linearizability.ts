/**
 * Is a history linearizable: does each operation seem to have happened at one instant between its invocation and its
 * return? A history of several objects is, exactly where the history of each object is; so each is searched alone.
 *
 * @paper Herlihy, Wing: Linearizability (1990); Horn, Kroening: Faster linearizability checking via P-compositionality (2015)
 */
import { TroupeError } from '@troupe/protocol';
import type { History, Operation } from '../history/history.ts';
import type { Model } from '../models/model.ts';
import type { Verdict } from '../report.ts';
import { type Budget, type Exhausted, Meter } from './budget.ts';
import { type Entries, layOut, NONE } from './entries.ts';
import { type Attempt, Search } from './search.ts';
import { StateSpace } from './state-space.ts';

/** An order of operations that the model allows. */
export interface Linearization<State, Input, Output> {
  readonly operations: readonly Operation<Input, Output>[];
  /** After all of them. */
  readonly state: State;
}

/** What was found about one object. */
export type PartitionResult<State, Input, Output> = {
  /** What the model's `partition` gave; undefined where it has none. */
  readonly key: string | number | undefined;
  /** In the order of invocations, without those that failed. */
  readonly operations: readonly Operation<Input, Output>[];
  /** How many configurations the search was in. */
  readonly configurations: number;
} & (
  | { readonly verdict: 'ok'; readonly linearization: Linearization<State, Input, Output> }
  | {
      readonly verdict: 'illegal';
      /** The first operation whose return nothing explains: with that event the history is not linearizable, up to it it is. */
      readonly culprit: Operation<Input, Output>;
      /**
       * The longest linearizable prefix of the history: events before this index (the return of the culprit). Operations
       * that still run at its end may have happened in it or not, if so with the output that they gave later.
       */
      readonly prefixEnd: number;
      /** Linearizations of that prefix, with different states at their ends; in none does the culprit fit. At most `ATTEMPTS_MAX`. */
      readonly partial: readonly Linearization<State, Input, Output>[];
    }
  | {
      readonly verdict: 'unknown';
      readonly exhausted: Exhausted;
      /** The longest prefix that was seen to be linearizable: events before this index. */
      readonly prefixEnd: number;
      readonly partial: readonly Linearization<State, Input, Output>[];
    }
);

export interface LinearizabilityResult<State, Input, Output> {
  readonly verdict: Verdict;
  /** The objects that were searched, in the order of their first operations. After an illegal one no other is searched. */
  readonly partitions: readonly PartitionResult<State, Input, Output>[];
  readonly configurations: number;
}

/**
 * @throws TROUPE_MODEL_REFUSED where the model doesn't know an operation
 * @throws TROUPE_MODEL_FAILED where the model throws
 * @throws TROUPE_CHECK_OPTIONS
 */
export function checkLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  budget: Budget = {},
): LinearizabilityResult<State, Input, Output> {
  const meter = new Meter(budget);
  const partitions = partition(history, model);
  const results = new Map<Partition<Input, Output>, PartitionResult<State, Input, Output>>();
  // Small ones first: where one is too much for the budget, the others have their verdicts.
  for (const part of partitions.toSorted((a, b) => a.operations.length - b.operations.length)) {
    const result = searchPartition(part, model, meter);
    results.set(part, result);
    if (result.verdict === 'illegal') break;
  }
  const found = partitions.flatMap((part) => results.get(part) ?? []);
  const verdicts = found.map(({ verdict }) => verdict);
  return {
    verdict: verdicts.includes('illegal') ? 'illegal' : verdicts.includes('unknown') ? 'unknown' : 'ok',
    partitions: found,
    configurations: found.reduce((sum, { configurations }) => sum + configurations, 0),
  };
}

interface Partition<Input, Output> {
  readonly key: string | number | undefined;
  readonly operations: Operation<Input, Output>[];
}

function partition<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): Partition<Input, Output>[] {
  const partitions = new Map<string | number | undefined, Partition<Input, Output>>();
  for (const operation of history.operations) {
    const key = asking(model, operation, () => {
      const expected = model.expects?.(operation.input, operation.output);
      if (expected !== undefined) throw refused(model, operation, expected);
      return model.partition?.(operation.input);
    });
    if (operation.outcome === 'fail') continue;
    const part = partitions.get(key);
    if (part === undefined) partitions.set(key, { key, operations: [operation] });
    else part.operations.push(operation);
  }
  return [...partitions.values()];
}

function searchPartition<State, Input, Output>(
  { key, operations }: Partition<Input, Output>,
  model: Model<State, Input, Output>,
  meter: Meter,
): PartitionResult<State, Input, Output> {
  const layout = layOut(operations, {
    ...model,
    isReadOnly: (input, output) => asking(model, { input, output }, () => model.isReadOnly?.(input, output) === true),
  });
  const space = new StateSpace(model, layout.representatives, layout.isReadOnly);
  // The search moves numbers about, and never looks into what is of these types.
  const result = new Search(
    layout as Entries<unknown, unknown>,
    space as unknown as StateSpace<unknown, unknown, unknown>,
    meter,
  ).run();
  const linearization = ({ order, state }: Attempt): Linearization<State, Input, Output> => ({
    operations: Array.from(order, (number) => layout.operations[number] as Operation<Input, Output>),
    state: space.state(state),
  });
  const { configurations } = result;
  const common = { key, operations, configurations };
  if (result.verdict === 'ok') return { ...common, verdict: 'ok', linearization: linearization(result.attempt) };
  const { blocked, exhausted } = result;
  const partial = result.attempts.map(linearization);
  const culprit = blocked === NONE ? undefined : layout.operations[~(layout.entries[blocked] as number)];
  const prefixEnd = culprit?.completed ?? 0;
  if (exhausted !== undefined) return { ...common, verdict: 'unknown', exhausted, prefixEnd, partial };
  return { ...common, verdict: 'illegal', culprit: culprit as Operation<Input, Output>, prefixEnd, partial };
}

function asking<T>(
  { name }: { readonly name: string },
  operation: Pick<Operation, 'input' | 'output'> & Partial<Operation>,
  ask: () => T,
): T {
  try {
    return ask();
  } catch (cause) {
    if (cause instanceof TroupeError && cause.code === 'TROUPE_MODEL_REFUSED') throw cause;
    throw new TroupeError('TROUPE_MODEL_FAILED', `Expected model ${name} to know an operation, got ${String(cause)}.`, {
      cause,
      data: { operation: operation.index, input: operation.input },
    });
  }
}

function refused({ name }: { readonly name: string }, operation: Operation, expected: string): TroupeError {
  const { index, process, input, output, invoked } = operation;
  return new TroupeError(
    'TROUPE_MODEL_REFUSED',
    `Expected ${expected} for model ${name}, got operation ${index} of process ${process}: ${shown(input)}${output === undefined ? '' : ` with output ${shown(output)}`}.`,
    { data: { operation: index, process, event: invoked, input } },
  );
}

/** JSON, where it can be. */
function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
