import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, History, Operation } from '../history/history.ts';
import { checkLinearizability } from '../linearizability/linearizability.ts';
import { ILLEGAL } from '../models/model.ts';
import { register } from '../models/register.ts';
import { processes } from './notation.fixture.ts';
import { smallHistories } from './random.fixture.ts';
import { checkSequential } from './sequential.ts';

const RUNS = Number(process.env['CHECK_RUNS'] ?? 1000);

function verdict(...lines: string[]): string {
  return checkSequential(processes(...lines), register()).verdict;
}

/** By its definition: all orders of the operations, those that are indeterminate among them or not. */
function isSequentialByTrial({ operations }: History<Call>): boolean {
  const model = register();
  const goOn = (left: readonly Operation<Call>[], states: ReadonlyMap<unknown, unknown>): boolean =>
    left.every(({ outcome }) => outcome === 'info') ||
    left.some((operation) => {
      const { input, output, process, index } = operation;
      if (left.some((other) => other.process === process && other.index < index && other.outcome === 'ok'))
        return false;
      const next = model.step(states.get(input.key) ?? null, input, output);
      const others = left.filter((other) => other !== operation);
      return next !== ILLEGAL && goOn(others, new Map(states).set(input.key, next));
    });
  return goOn(
    operations.filter(({ outcome }) => outcome !== 'fail'),
    new Map(),
  );
}

describe('sequential consistency', () => {
  it('lets a read be stale, as long as all agree on an order', () => {
    const history = processes('w x 1', 'r x -');
    expect(checkSequential(history, register()).verdict).toBe('ok');
    expect(checkLinearizability(history, register()).verdict).toBe('illegal');
  });

  it('is not compositional: each key is sequentially consistent, and the whole is not', () => {
    const both = ['w x 1, r y -', 'w y 1, r x -'];
    expect(verdict(...both)).toBe('illegal');
    expect(verdict('w x 1', 'r x -')).toBe('ok');
    expect(verdict('r y -', 'w y 1')).toBe('ok');
  });

  it('forbids that two readers see two writes in different orders', () => {
    expect(verdict('w x 1', 'w x 2', 'r x 1, r x 2', 'r x 2, r x 1')).toBe('illegal');
    expect(verdict('w x 1', 'w x 2', 'r x 1, r x 2', 'r x 1, r x 2')).toBe('ok');
  });

  it('takes an indeterminate write as happened where it must be, and as not where it must not', () => {
    expect(verdict('w x 1?', 'r x 1')).toBe('ok');
    expect(verdict('w x 1?, r x -', 'r x -')).toBe('ok');
    expect(verdict('w y 1, w x 1?', 'r x 1, r y -')).toBe('illegal');
    expect(verdict('w x 1!', 'r x 1')).toBe('illegal');
  });

  it('gives an order that explains everything', () => {
    const result = checkSequential(processes('w x 1, r x 2', 'w x 2'), register());
    expect(result.verdict === 'ok' && result.order.map(({ index }) => index)).toEqual([0, 2, 1]);
  });

  it('shows how far it came, and which operations are stuck there', () => {
    const result = checkSequential(processes('w x 1, w x 2', 'r x 2, r x 1'), register());
    expect(result).toMatchObject({ verdict: 'illegal' });
    if (result.verdict !== 'illegal') return;
    expect(result.order.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(result.blocked.map(({ index }) => index)).toEqual([3]);
  });

  it('is unknown where the budget is too small', () => {
    const lines = Array.from({ length: 8 }, (_, at) => `w x ${at}, w x ${at + 10}, w x ${at + 20}`);
    const history = processes(...lines, 'r x 99');
    expect(checkSequential(history, register(), { bytes: 50_000 })).toEqual({
      verdict: 'unknown',
      exhausted: 'memory',
    });
    let now = 0;
    const timed = checkSequential(history, register(), { milliseconds: 3, now: () => now++ });
    expect(timed).toEqual({ verdict: 'unknown', exhausted: 'time' });
  });

  it('of a long history that happened about as it returned takes one try', () => {
    const operations = Array.from({ length: 2_000 }, (_, index): Operation<Call> => {
      const isWrite = index % 3 === 0;
      const input = isWrite ? { f: 'write', key: 'x', value: index } : { f: 'read', key: 'x' };
      const output = isWrite ? null : index - (index % 3);
      const times = { invoked: 2 * index, completed: 2 * index + 1 };
      return { index, process: (index * 7) % 11, input, outcome: 'ok', output, ...times };
    });
    const history = { operations, eventCount: 2 * operations.length };
    const { verdict } = checkSequential(history, register(), { bytes: 5_000_000 });
    expect(verdict).toBe('ok');
  });

  it('of small histories is what trying every order says', () => {
    const verdicts = { ok: 0, illegal: 0, unknown: 0 };
    const history = fc.tuple(smallHistories(7), fc.array(fc.nat(6), { maxLength: 2 })).map(([lines, indeterminate]) => {
      const { operations, eventCount } = processes(...lines);
      return {
        operations: operations.map((operation, at): Operation<Call> => {
          if (!indeterminate.includes(at)) return operation;
          return { ...operation, outcome: 'info', output: undefined };
        }),
        eventCount,
      };
    });
    fc.assert(
      fc.property(history, (each) => {
        const { verdict } = checkSequential(each, register());
        verdicts[verdict]++;
        expect(verdict).toBe(isSequentialByTrial(each) ? 'ok' : 'illegal');
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
  });
});
