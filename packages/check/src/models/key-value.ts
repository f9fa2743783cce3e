/**
 * A map from keys to values: `get` gives a key's value, `put` sets it, `append` adds text to it (to nothing where the key
 * is absent), `delete` makes it absent, `cas` has `[from, to]`. What an absent key reads as is `initial`. Each key alone is
 * an object: no operation concerns two.
 */
import type { Call } from '../history/history.ts';
import { toJson } from '../show/json.ts';
import { describeCall, equals, isPair, keyOf } from './call.ts';
import { ILLEGAL, type Model } from './model.ts';

export interface KeyValueOptions {
  /** What a key reads as that was never put, or was deleted. Default null; often the empty string. */
  readonly initial?: unknown;
}

const NAMES = ['get', 'put', 'append', 'delete', 'cas'];

export function keyValue({ initial = null }: KeyValueOptions = {}): Model<unknown, Call, unknown> {
  return {
    name: 'key-value',
    init: () => initial,
    step: (state, { f, value }, output) => {
      switch (f) {
        case 'get':
          return output === undefined || equals(output, state) ? state : ILLEGAL;
        case 'put':
          return value;
        case 'append':
          return `${state ?? ''}${value}`;
        case 'delete':
          return initial;
        default: {
          const [from, to] = value as [unknown, unknown];
          const matches = equals(from, state);
          if (output === false) return matches ? ILLEGAL : state;
          return matches ? to : output === undefined ? state : ILLEGAL;
        }
      }
    },
    partition: keyOf,
    isReadOnly: ({ f }, output) => f === 'get' || (f === 'cas' && output === false),
    expects: ({ f, key, value }) => {
      if (!NAMES.includes(f)) return `f to be one of ${NAMES.join(', ')}`;
      if (key === undefined) return `a key beside ${f}`;
      if (f === 'append' && typeof value !== 'string') return 'an append to have a string for its value';
      if (f === 'cas' && !isPair(value)) return 'a cas to have [from, to] for its value';
      if (f === 'put' && value === undefined) return 'a put to have a value';
      return undefined;
    },
    describe: describeCall,
    describeState: toJson,
  };
}
