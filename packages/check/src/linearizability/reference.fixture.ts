/**
 * The same search without any of its cleverness: sets of operations and states as text in a set, every choice tried. For
 * histories that are too long for all permutations. Undefined where it would take too long.
 */
import { fingerprint } from '@troupe/protocol';
import type { History, Operation } from '../history/history.ts';
import { ILLEGAL, type Model } from '../models/model.ts';

export function isLinearizableByReference<S, I, O>(
  history: History<I, O>,
  model: Model<S, I, O>,
  configurationsMax: number,
): boolean | undefined {
  const operations = history.operations.filter(({ outcome }) => outcome !== 'fail');
  const seen = new Set<string>();
  const open: { readonly taken: ReadonlySet<Operation<I, O>>; readonly state: S }[] = [
    { taken: new Set(), state: model.init() },
  ];
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    const { taken, state } = last;
    const left = operations.filter((operation) => !taken.has(operation));
    const returns = left.flatMap(({ outcome, completed }) => (outcome === 'ok' ? [completed as number] : []));
    if (returns.length === 0) return true;
    const first = Math.min(...returns);
    for (const operation of left) {
      if (operation.invoked > first) continue;
      const next = model.step(state, operation.input, operation.output);
      if (next === ILLEGAL) continue;
      const all = new Set(taken).add(operation);
      const name = `${operations.map((one) => (all.has(one) ? 1 : 0)).join('')} ${fingerprint(next)}`;
      if (seen.has(name)) continue;
      seen.add(name);
      open.push({ taken: all, state: next });
    }
    if (seen.size > configurationsMax) return undefined;
  }
  return false;
}
