/**
 * Sequential consistency: is there one order of all operations that the model allows and that keeps the order of each
 * process? Unlike linearizability, real time does not count, and so the property is not compositional: each key of a
 * history may be sequentially consistent where the whole is not. So the keys are searched together, which is NP-complete:
 * give a budget.
 *
 * @paper Lamport: How to make a multiprocessor computer that correctly executes multiprocess programs (1979); Wing, Gong:
 * Testing and verifying concurrent objects (1993), whose search it is, with a memory of what failed
 */

import { TroupeError } from '@troupe/protocol';
import type { History, Operation } from '../history/history.ts';
import { type Budget, type Exhausted, Meter } from '../linearizability/budget.ts';
import { layOut } from '../linearizability/entries.ts';
import { INITIAL_STATE, NO_STATE, StateSpace } from '../linearizability/state-space.ts';
import type { Model } from '../models/model.ts';

export type SequentialResult<Input, Output> =
  | {
      readonly verdict: 'ok';
      /** An order that explains everything. */
      readonly order: readonly Operation<Input, Output>[];
    }
  | {
      readonly verdict: 'illegal';
      /** As far as an order could be found: with these first, none of the blocked ones can be next. */
      readonly order: readonly Operation<Input, Output>[];
      /** The next operation of each process that has one left. */
      readonly blocked: readonly Operation<Input, Output>[];
    }
  | { readonly verdict: 'unknown'; readonly exhausted: Exhausted };

/** Roughly what a configuration that failed takes to remember, without its name. */
const BYTES_PER_CONFIGURATION = 80;

/** @throws TROUPE_MODEL_REFUSED, TROUPE_MODEL_FAILED, TROUPE_CHECK_OPTIONS */
export function checkSequential<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  budget: Budget = {},
): SequentialResult<Input, Output> {
  return new SequentialSearch(history, model).run(new Meter(budget));
}

/** The operations of a process, or an indeterminate one alone, which may happen once its process has come that far. */
interface Program {
  readonly operations: readonly number[];
  readonly after: { readonly program: number; readonly length: number } | undefined;
}

/** One configuration of the search. */
interface Frame {
  /** The one that this one came from. */
  readonly below: Frame | undefined;
  /** How many operations of each program have happened. */
  readonly positions: Int32Array;
  /** By key of the model's partition. */
  readonly states: Int32Array;
  /** What happened since the frame below. */
  readonly taken: readonly number[];
  /** How many operations, with those of the frames below. */
  readonly happened: number;
  /** The operations that could be next: those that returned first come first, since most systems take them in about that order. */
  readonly heads: readonly { readonly program: number; readonly operation: number }[];
  /** How many of them have been tried. */
  next: number;
}

class SequentialSearch<State, Input, Output> {
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #classes: Int32Array;
  readonly #isReadOnly: Uint8Array;
  readonly #keys: Int32Array;
  readonly #keyCount: number;
  readonly #space: StateSpace<State, Input, Output>;
  readonly #programs: readonly Program[];
  readonly #certain: number;

  constructor(history: History<Input, Output>, model: Model<State, Input, Output>) {
    const happened = history.operations.filter(({ outcome }) => outcome !== 'fail');
    for (const operation of history.operations) refuseUnknown(model, operation);
    const { operations, completedCount, classOf, representatives, isReadOnly } = layOut(happened, model);
    const keys = new Map<unknown, number>();
    this.#operations = operations;
    this.#certain = completedCount;
    this.#classes = classOf;
    this.#isReadOnly = isReadOnly;
    this.#keys = Int32Array.from(operations, ({ input }) => {
      const key = model.partition?.(input);
      if (!keys.has(key)) keys.set(key, keys.size);
      return keys.get(key)!;
    });
    this.#keyCount = keys.size;
    this.#space = new StateSpace(model, representatives, isReadOnly);
    this.#programs = programsOf(operations);
  }

  run(meter: Meter): SequentialResult<Input, Output> {
    const failed = new Set<string>();
    let failedBytes = 0;
    const states = new Int32Array(this.#keyCount).fill(INITIAL_STATE);
    const start = this.#settled(undefined, new Int32Array(this.#programs.length), states, []);
    let furthest = start;
    for (let frame: Frame | undefined = start; frame !== undefined; ) {
      const exhausted = meter.spend(failedBytes + this.#space.bytes);
      if (exhausted !== undefined) return { verdict: 'unknown', exhausted };
      if (frame.next === 0) {
        if (this.#isDone(frame)) return { verdict: 'ok', order: this.#orderOf(frame) };
        if (frame.happened > furthest.happened) furthest = frame;
        const name = nameOf(frame);
        // Whatever comes of it: it is not gone into twice.
        if (failed.has(name)) frame.next = frame.heads.length;
        failed.add(name);
        failedBytes += BYTES_PER_CONFIGURATION + 2 * name.length;
      }
      frame = this.#goOn(frame) ?? frame.below;
    }
    const blocked = this.#programs.flatMap(({ operations, after }, program) => {
      const next = operations[furthest.positions[program]!];
      return next === undefined || after !== undefined ? [] : [this.#operations[next]!];
    });
    return { verdict: 'illegal', order: this.#orderOf(furthest), blocked };
  }

  #orderOf(last: Frame): Operation<Input, Output>[] {
    const order: number[] = [];
    for (let frame: Frame | undefined = last; frame !== undefined; frame = frame.below) {
      order.push(...frame.taken.toReversed());
    }
    return order.reverse().map((number) => this.#operations[number]!);
  }

  /** The next configuration that can follow, or undefined where none is left. */
  #goOn(frame: Frame): Frame | undefined {
    while (frame.next < frame.heads.length) {
      const { program, operation } = frame.heads[frame.next++]!;
      const key = this.#keys[operation]!;
      const state = this.#space.step(frame.states[key]!, this.#classes[operation]!);
      if (state === NO_STATE) continue;
      const positions = frame.positions.slice();
      const states = frame.states.slice();
      positions[program]!++;
      states[key] = state;
      return this.#settled(frame, positions, states, [operation]);
    }
    return undefined;
  }

  /** Reads that fit are done at once: whatever can follow can follow them too. */
  #settled(below: Frame | undefined, positions: Int32Array, states: Int32Array, taken: number[]): Frame {
    for (let program = 0; program < this.#programs.length; program++) {
      for (
        let operation = this.#head(positions, program);
        operation !== undefined && this.#isReadOnly[this.#classes[operation]!] === 1;
        operation = this.#head(positions, program)
      ) {
        if (this.#space.step(states[this.#keys[operation]!]!, this.#classes[operation]!) === NO_STATE) break;
        positions[program]!++;
        taken.push(operation);
      }
    }
    const happened = (below?.happened ?? 0) + taken.length;
    return { below, positions, states, taken, happened, heads: this.#heads(positions), next: 0 };
  }

  #heads(positions: Int32Array): Frame['heads'] {
    const heads = this.#programs.flatMap((_, program) => {
      const operation = this.#head(positions, program);
      return operation === undefined ? [] : [{ program, operation }];
    });
    const returned = (operation: number) => this.#operations[operation]!.completed ?? Number.MAX_VALUE;
    return heads.sort((a, b) => returned(a.operation) - returned(b.operation));
  }

  #head(positions: Int32Array, program: number): number | undefined {
    const { operations, after } = this.#programs[program]!;
    if (after !== undefined && positions[after.program]! < after.length) return undefined;
    return operations[positions[program]!];
  }

  #isDone({ positions }: Frame): boolean {
    let certain = 0;
    this.#programs.forEach(({ after }, program) => {
      if (after === undefined) certain += positions[program]!;
    });
    return certain === this.#certain;
  }
}

function refuseUnknown<State, Input, Output>(
  { name, expects }: Model<State, Input, Output>,
  { index, process, input, output }: Operation<Input, Output>,
): void {
  const expected = expects?.(input, output);
  if (expected === undefined) return;
  throw new TroupeError(
    'TROUPE_MODEL_REFUSED',
    `Expected ${expected} for model ${name}, got operation ${index} of process ${process}: ${JSON.stringify(input)}.`,
    { data: { operation: index, process, input } },
  );
}

/** Those of processes first. */
function programsOf(operations: readonly Operation[]): Program[] {
  const numbers = operations.map((_, number) => number).sort((a, b) => operations[a]!.index - operations[b]!.index);
  const programs = new Map<unknown, { operations: number[]; after: undefined; number: number }>();
  const alone: Program[] = [];
  for (const number of numbers) {
    const { process, outcome } = operations[number]!;
    let program = programs.get(process);
    if (program === undefined)
      programs.set(process, (program = { operations: [], after: undefined, number: programs.size }));
    if (outcome === 'ok') program.operations.push(number);
    else {
      const after = { program: program.number, length: program.operations.length };
      alone.push({ operations: [number], after });
    }
  }
  return [...programs.values(), ...alone];
}

function nameOf({ positions, states }: Frame): string {
  return `${positions.join()};${states.join()}`;
}
