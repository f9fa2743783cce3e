/**
 * The operations of one object, laid out for the search. Operations that completed (`ok`) are numbered first, pending ones
 * (`info`) after them, both in the order of their invocations; those that failed didn't happen, and are left out.
 *
 * The entries are the events, in order: an invocation of each operation, and a return of each that completed.
 */
import { fingerprint } from '@troupe/protocol';
import type { Operation } from '../history/history.ts';
import type { Model } from '../models/model.ts';

/** Stands where there is no entry, and no operation. */
export const NONE = -1;

export interface Entries<Input, Output> {
  readonly operations: readonly Operation<Input, Output>[];
  readonly completedCount: number;
  /** For each entry: the number of the operation that it invokes, or `~number` of the one that it returns. */
  readonly entries: Int32Array;
  /** For each operation: the entry of its invocation. */
  readonly invocationOf: Int32Array;
  /** For each operation: the entry of its return, or NONE. */
  readonly returnOf: Int32Array;
  /** For each operation: those that are alike in input and output (and so for any model) have one class. */
  readonly classOf: Int32Array;
  /** One operation of each class. */
  readonly representatives: readonly Operation<Input, Output>[];
  /** For each class. */
  readonly isReadOnly: Uint8Array;
  /**
   * For each operation: one of its class that was invoked before it and returned before it, or NONE. Where both fit, they
   * can change places in any order that is legal; so only orders with that one first are looked at.
   */
  readonly twinBefore: Int32Array;
}

export function layOut<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): Entries<Input, Output> {
  const completed = operations.filter(({ outcome }) => outcome === 'ok');
  const ordered = [...completed, ...operations.filter(({ outcome }) => outcome === 'info')];
  const events = ordered.flatMap(({ invoked, completed: returned, outcome }, number) => [
    { at: invoked, entry: number },
    ...(outcome === 'ok' && returned !== undefined ? [{ at: returned, entry: ~number }] : []),
  ]);
  const entries = Int32Array.from(
    events.sort((a, b) => a.at - b.at),
    ({ entry }) => entry,
  );
  const returnOf = new Int32Array(ordered.length).fill(NONE);
  const invocationOf = new Int32Array(ordered.length);
  for (const [at, entry] of entries.entries()) {
    if (entry < 0) returnOf[~entry] = at;
    else invocationOf[entry] = at;
  }
  return {
    operations: ordered,
    completedCount: completed.length,
    entries,
    invocationOf,
    returnOf,
    ...classify(ordered, model, returnOf),
  };
}

function classify<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
  returnOf: Int32Array,
): Pick<Entries<Input, Output>, 'classOf' | 'representatives' | 'isReadOnly' | 'twinBefore'> {
  const classOf = new Int32Array(operations.length);
  const twinBefore = new Int32Array(operations.length).fill(NONE);
  const representatives: Operation<Input, Output>[] = [];
  const classes = new Map<string, number>();
  const latest: number[] = [];
  for (const [number, operation] of operations.entries()) {
    const name = likeness(operation);
    let operationClass = name === undefined ? undefined : classes.get(name);
    if (operationClass === undefined) {
      operationClass = representatives.push(operation) - 1;
      if (name !== undefined) classes.set(name, operationClass);
    } else {
      const twin = latest[operationClass] as number;
      // A pending operation never returns; its class is not that of one with a known output, even if that is undefined.
      if ((returnOf[twin] as number) <= (returnOf[number] as number)) twinBefore[number] = twin;
    }
    latest[operationClass] = number;
    classOf[number] = operationClass;
  }
  const isReadOnly = Uint8Array.from(representatives, ({ input, output }) =>
    model.isReadOnly?.(input, output) === true ? 1 : 0,
  );
  return { classOf, representatives, isReadOnly, twinBefore };
}

/** Undefined for what is no plain data: such an operation is like no other. */
function likeness({ outcome, input, output }: Operation): string | undefined {
  try {
    return fingerprint([outcome, input, output]);
  } catch {
    return undefined;
  }
}
