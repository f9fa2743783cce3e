/** The checkers by name, as the command line knows them. */
import { TroupeError } from '@troupe/protocol';
import { causalChecker, sequentialChecker, sessionChecker } from './consistency/report.ts';
import { SESSION_GUARANTEES } from './consistency/session-order.ts';
import { checkLinearizability } from './linearizability/linearizability.ts';
import { reportLinearizability } from './linearizability/report.ts';
import { keyValue } from './models/key-value.ts';
import { lock } from './models/lock.ts';
import type { Model } from './models/model.ts';
import { queue } from './models/queue.ts';
import { casRegister, register } from './models/register.ts';
import type { Checker, CheckerOptions } from './report.ts';
import { listAppendChecker } from './transactions/report.ts';

/** Linearizability with this model. The model's `expects` guards it against operations of other kinds. */
export function linearizabilityChecker<State, Input, Output>(
  summary: string,
  model: Model<State, Input, Output> | ((initial: { readonly initial?: unknown }) => Model<State, Input, Output>),
): Checker {
  const make = (options: CheckerOptions): Model<unknown, unknown, unknown> => {
    // What a history from a file holds is known when it is read, and asked of `expects`.
    if (typeof model === 'function')
      return model('initial' in options ? { initial: options.initial } : {}) as Model<unknown, unknown, unknown>;
    if (options.initial !== undefined)
      throw new TroupeError('TROUPE_CHECK_OPTIONS', `Expected no initial value for model ${model.name}, got one.`);
    return model as Model<unknown, unknown, unknown>;
  };
  return {
    name: typeof model === 'function' ? model({}).name : model.name,
    summary,
    check: (history, options) => {
      const made = make(options);
      return reportLinearizability(history, made, checkLinearizability(history, made, options));
    },
  };
}

export const CHECKERS: readonly Checker[] = [
  linearizabilityChecker('linearizable: a register, read and write', register),
  linearizabilityChecker('linearizable: a register with cas [from to]', casRegister),
  linearizabilityChecker('linearizable: keys with get, put, append, delete, cas', keyValue),
  linearizabilityChecker('linearizable: a first-in-first-out queue, enqueue and dequeue', queue()),
  linearizabilityChecker('linearizable: a lock with fencing tokens: acquire, release, expire, use', lock()),
  listAppendChecker('list-append', 'serializable: transactions of appends to lists and reads', 'serializable'),
  listAppendChecker('list-append-strict', 'strictly serializable: as list-append, in real time', 'strict-serializable'),
  sequentialChecker,
  causalChecker('causal', 'causally consistent: reads and writes of distinct values', 'causal-consistency'),
  causalChecker('causal-convergence', 'the same, and all order concurrent writes alike', 'causal-convergence'),
  causalChecker('causal-memory', 'causally consistent, and each process keeps to one order', 'causal-memory'),
  sessionChecker('sessions', 'all four session guarantees, and which of them break', SESSION_GUARANTEES),
  sessionChecker('monotonic-reads', 'monotonic reads, given that writes of a process are in order', [
    'monotonic-reads',
    'monotonic-writes',
  ]),
  sessionChecker('read-your-writes', 'read your writes, given the same', ['read-your-writes', 'monotonic-writes']),
];
