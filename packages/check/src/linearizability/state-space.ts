/**
 * The states of a model as small numbers, and its steps as a table from (state, class of operations) to the next state.
 * So the search compares and hashes integers, and the model is asked only what it wasn't just asked.
 */
import { fingerprint, TroupeError } from '@troupe/protocol';
import type { Operation } from '../history/history.ts';
import { ILLEGAL, type Model } from '../models/model.ts';

export type StateId = number;

/** What `step` gives where the model says `ILLEGAL`. */
export const NO_STATE = -1;
/** The state before the first operation. */
export const INITIAL_STATE: StateId = 0;

/** Steps that are remembered; one that needs another's place takes it. A power of two. */
const REMEMBERED_STEPS = 1 << 15;
/** What a state costs besides its fingerprint, roughly. */
const BYTES_A_STATE = 120;

export class StateSpace<State, Input, Output> {
  /** Roughly what all states take. */
  bytes = 0;
  readonly #model: Model<State, Input, Output>;
  /** One operation of each class: those with the same input and output. */
  readonly #representatives: readonly Operation<Input, Output>[];
  readonly #isReadOnly: Uint8Array;
  readonly #states: State[] = [];
  /** Ids by fingerprint: of primitive states, and of all others, whose fingerprints could look like a primitive one. */
  readonly #primitives = new Map<unknown, StateId>();
  readonly #composites = new Map<string, StateId>();
  readonly #keys = new Float64Array(REMEMBERED_STEPS).fill(-1);
  readonly #targets = new Int32Array(REMEMBERED_STEPS);

  constructor(
    model: Model<State, Input, Output>,
    representatives: readonly Operation<Input, Output>[],
    isReadOnly: Uint8Array,
  ) {
    this.#model = model;
    this.#representatives = representatives;
    this.#isReadOnly = isReadOnly;
    let initial: State;
    try {
      initial = model.init();
    } catch (cause) {
      throw new TroupeError(
        'TROUPE_MODEL_FAILED',
        `Expected init of model ${model.name} to give a state, got ${cause}.`,
        {
          cause,
        },
      );
    }
    this.#intern(initial);
  }

  get count(): number {
    return this.#states.length;
  }

  state(id: StateId): State {
    return this.#states[id] as State;
  }

  /** @returns the next state, or NO_STATE @throws TROUPE_MODEL_FAILED */
  step(state: StateId, operationClass: number): StateId {
    const key = state * this.#representatives.length + operationClass;
    const slot = (Math.imul(state, 0x9e3779b1) ^ Math.imul(operationClass, 0x85ebca6b)) >>> 17;
    if (this.#keys[slot] === key) return this.#targets[slot] as StateId;
    const target = this.#ask(state, operationClass);
    this.#keys[slot] = key;
    this.#targets[slot] = target;
    return target;
  }

  #ask(state: StateId, operationClass: number): StateId {
    const operation = this.#representatives[operationClass] as Operation<Input, Output>;
    let target: StateId;
    try {
      const next = this.#model.step(this.#states[state] as State, operation.input, operation.output);
      target = next === ILLEGAL ? NO_STATE : this.#intern(next);
    } catch (cause) {
      throw this.#failed(operation, `a state or ILLEGAL from step`, String(cause), cause);
    }
    if (this.#isReadOnly[operationClass] === 1 && target !== NO_STATE && target !== state)
      throw this.#failed(operation, 'a read-only operation to leave the state alone', 'another state', undefined);
    return target;
  }

  #intern(state: State): StateId {
    const print = this.#model.fingerprint === undefined ? state : this.#model.fingerprint(state);
    const isPrimitive = (typeof print !== 'object' && typeof print !== 'function') || print === null;
    const text = isPrimitive ? '' : fingerprint(print);
    const known = isPrimitive ? this.#primitives.get(print) : this.#composites.get(text);
    if (known !== undefined) return known;
    const id = this.#states.length;
    if (isPrimitive) this.#primitives.set(print, id);
    else this.#composites.set(text, id);
    this.#states.push(frozen(state));
    this.bytes += BYTES_A_STATE + 2 * (typeof print === 'string' ? print.length : text.length);
    return id;
  }

  #failed({ index, process, input }: Operation, expected: string, got: string, cause: unknown): TroupeError {
    return new TroupeError(
      'TROUPE_MODEL_FAILED',
      `Expected ${expected} of model ${this.#model.name} for operation ${index} of process ${process}, got ${got}.`,
      { cause, data: { operation: index, process, input } },
    );
  }
}

/** A model that changed a state would change it for every other order that is tried: so it throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
