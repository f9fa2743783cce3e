/**
 * What an object may do when operations come one at a time: its sequential specification, as a plain record of functions.
 *
 * States are values: `step` gives another and leaves the one it got alone. Arrays and plain objects are frozen once given.
 */
import { TroupeError } from '@troupe/protocol';

/** What `step` gives where an operation can not have this output in this state. */
export const ILLEGAL: unique symbol = Symbol('illegal');

export interface Model<State, Input, Output> {
  /** For reports; lower case with hyphens. */
  readonly name: string;
  readonly init: () => State;
  /**
   * The state after the operation, or `ILLEGAL`. Depends on its arguments alone. An `output` that is undefined is unknown
   * (the operation is pending): every output is possible then.
   */
  readonly step: (state: State, input: Input, output: Output | undefined) => State | typeof ILLEGAL;
  /**
   * Operations with different keys concern objects that know nothing of one another: each is checked alone, from `init`
   * on, which is much faster. Without it, the history is about one object.
   */
  readonly partition?: (input: Input) => string | number;
  /**
   * Whether this operation leaves every state as it is, as reads do. Such a one is placed as soon as it fits, without
   * trying anything else, which is much faster.
   */
  readonly isReadOnly?: (input: Input, output: Output | undefined) => boolean;
  /** Two states are the same where this is. Default: of plain data, that it is equal. */
  readonly fingerprint?: (state: State) => string | number | bigint | boolean | null;
  /** Undefined where the model knows such an operation, otherwise what it expected: asked once of each operation. */
  readonly expects?: (input: Input, output: Output | undefined) => string | undefined;
  /** For people. `output` is undefined where it is unknown. */
  readonly describe?: (input: Input, output: Output | undefined) => string;
  readonly describeState?: (state: State) => string;
}

/** Infers the types of a model. */
export function defineModel<State, Input, Output>(model: Model<State, Input, Output>): Model<State, Input, Output> {
  return model;
}

const FUNCTIONS = ['partition', 'isReadOnly', 'fingerprint', 'expects', 'describe', 'describeState'] as const;

/** Of what comes from a module of the user's. @throws TROUPE_MODEL_INVALID */
export function assertModel(value: unknown): asserts value is Model<unknown, unknown, unknown> {
  const model = value as Partial<Record<keyof Model<unknown, unknown, unknown>, unknown>> | null | undefined;
  const wrong = (what: string, got: unknown) =>
    new TroupeError('TROUPE_MODEL_INVALID', `Expected ${what}, got ${got === null ? 'null' : typeof got}.`);
  if (typeof model !== 'object' || model === null) throw wrong('a model to be an object', model);
  if (typeof model.name !== 'string') throw wrong("a model's name to be a string", model.name);
  for (const part of ['init', 'step'] as const)
    if (typeof model[part] !== 'function') throw wrong(`${part} of model ${model.name} to be a function`, model[part]);
  for (const part of FUNCTIONS)
    if (model[part] !== undefined && typeof model[part] !== 'function')
      throw wrong(`${part} of model ${model.name} to be a function or to be left out`, model[part]);
}
