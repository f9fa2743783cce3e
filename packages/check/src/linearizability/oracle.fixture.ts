/** Linearizability by its definition, for small histories: all orders of all operations that happened, by brute force. */
import type { History, Operation } from '../history/history.ts';
import { ILLEGAL, type Model } from '../models/model.ts';

export function isLinearizable<S, I, O>(history: History<I, O>, model: Model<S, I, O>): boolean {
  const happened = history.operations.filter(({ outcome }) => outcome === 'ok');
  const pending = history.operations.filter(({ outcome }) => outcome === 'info');
  for (let chosen = 0; chosen < 1 << pending.length; chosen++) {
    const some = pending.filter((_, i) => (chosen & (1 << i)) !== 0);
    if (hasOrder([...happened, ...some], model.init(), model)) return true;
  }
  return false;
}

function hasOrder<S, I, O>(operations: readonly Operation<I, O>[], state: S, model: Model<S, I, O>): boolean {
  if (operations.length === 0) return true;
  return operations.some((operation) => {
    const others = operations.filter((other) => other !== operation);
    if (others.some((other) => returned(other) < operation.invoked)) return false;
    const next = model.step(state, operation.input, operation.output);
    return next !== ILLEGAL && hasOrder(others, next, model);
  });
}

function returned({ outcome, completed }: Operation): number {
  return outcome === 'ok' ? (completed ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
}
