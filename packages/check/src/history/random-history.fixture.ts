/** Small random histories: what clients do and see is drawn, so that some are linearizable and some are not. */
import fc from 'fast-check';
import type { History, HistoryEvent } from './history.ts';
import { historyOf } from './recorder.ts';

export interface Drawn<I, O> {
  readonly input: I;
  readonly output: O;
}

/** Each step either invokes the next operation of a process, or completes the one that it runs. */
export function randomHistory<I, O>(
  operation: fc.Arbitrary<Drawn<I, O>>,
  { processes = 3, steps = 14 }: { readonly processes?: number; readonly steps?: number } = {},
): fc.Arbitrary<History<I, O>> {
  const step = fc.record({
    process: fc.nat({ max: processes - 1 }),
    operation,
    end: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'info', 'fail'),
  });
  return fc.array(step, { minLength: 2, maxLength: steps }).map((drawn) => {
    const running = new Map<number, O>();
    const events = drawn.map(({ process, operation: { input, output }, end }): HistoryEvent<I, O> => {
      const seen = running.get(process);
      if (!running.has(process)) {
        running.set(process, output);
        return { type: 'invoke', process, input };
      }
      running.delete(process);
      return end === 'ok' ? { type: 'ok', process, output: seen as O } : { type: end as 'info' | 'fail', process };
    });
    return historyOf(events);
  });
}
