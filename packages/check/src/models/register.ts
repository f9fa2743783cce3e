/**
 * A register, with or without compare-and-set. `read` gives its value; `write` has the new value; `cas` has `[from, to]`.
 *
 * A `cas` whose output is `false` saw another value than `from`; with any other output it set the register to `to`.
 */
import type { Call } from '../history/history.ts';
import { toJson } from '../show/json.ts';
import { describeCall, equals, isPair, keyOf } from './call.ts';
import { ILLEGAL, type Model } from './model.ts';

export interface RegisterOptions {
  /** Its first value. Default null. */
  readonly initial?: unknown;
}

export type RegisterModel = Model<unknown, Call, unknown>;

export function register({ initial = null }: RegisterOptions = {}): RegisterModel {
  return make('register', initial, false);
}

export function casRegister({ initial = null }: RegisterOptions = {}): RegisterModel {
  return make('cas-register', initial, true);
}

function make(name: string, initial: unknown, cas: boolean): RegisterModel {
  const known = cas ? 'f to be read, write or cas' : 'f to be read or write';
  return {
    name,
    init: () => initial,
    step,
    partition: keyOf,
    isReadOnly: ({ f }, output) => f === 'read' || (f === 'cas' && output === false),
    expects: ({ f, value }, output) => {
      if (f === 'cas' && cas)
        return isPair(value) ? casOutput(value, output) : 'a cas to have [from, to] for its value';
      return f === 'read' || f === 'write' ? undefined : known;
    },
    describe: describeCall,
    describeState: toJson,
  };
}

function step(state: unknown, { f, value }: Call, output: unknown): unknown {
  if (f === 'read') return output === undefined || equals(output, state) ? state : ILLEGAL;
  if (f === 'write') return value ?? null;
  const [from, to] = value as [unknown, unknown];
  const matches = equals(from, state);
  if (output === false) return matches ? ILLEGAL : state;
  if (matches) return to;
  return output === undefined ? state : ILLEGAL;
}

/** An output such as 'timeout' must not be taken for a success. */
function casOutput(value: unknown, output: unknown): string | undefined {
  const isKnown = output === undefined || output === null || typeof output === 'boolean' || equals(output, value);
  return isKnown ? undefined : 'the output of a cas to be true, false, null or its [from, to]';
}
