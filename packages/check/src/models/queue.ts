/**
 * A first-in-first-out queue: `enqueue` has a value, `dequeue` gives one, or null where the queue is empty. An `enqueue`
 * whose output is `false` found the queue full, which only one with a `capacity` can be.
 */
import type { Call } from '../history/history.ts';
import { toJson } from '../show/json.ts';
import { describeCall, equals, keyOf } from './call.ts';
import { ILLEGAL, type Model } from './model.ts';

export interface QueueOptions {
  /** How many values it holds at most. Default: no bound. */
  readonly capacity?: number;
}

export function queue({
  capacity = Number.POSITIVE_INFINITY,
}: QueueOptions = {}): Model<readonly unknown[], Call, unknown> {
  return {
    name: 'queue',
    init: () => [],
    step: (values, { f, value }, output) => {
      if (f === 'enqueue') {
        const isFull = values.length >= capacity;
        if (output === false) return isFull ? values : ILLEGAL;
        if (isFull) return output === undefined ? values : ILLEGAL;
        return [...values, value];
      }
      if (values.length === 0) return output === undefined || output === null ? values : ILLEGAL;
      if (output !== undefined && !equals(output, values[0])) return ILLEGAL;
      return values.slice(1);
    },
    partition: keyOf,
    isReadOnly: ({ f }, output) => (f === 'dequeue' && output === null) || (f === 'enqueue' && output === false),
    expects: ({ f, value }) => {
      if (f === 'dequeue') return undefined;
      if (f !== 'enqueue') return 'f to be enqueue or dequeue';
      return value === undefined || value === null ? 'an enqueue to have a value other than null' : undefined;
    },
    describe: describeCall,
    describeState: toJson,
  };
}
