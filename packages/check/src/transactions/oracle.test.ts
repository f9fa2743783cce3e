import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../history/history.ts';
import { checkListAppend } from './list-append.ts';
import { fitsSnapshotIsolationByTrial, isSerializableByTrial } from './oracle.fixture.ts';
import type { Element, MicroOperation, Transaction } from './transaction.ts';

const RUNS = Number(process.env['CHECK_RUNS'] ?? 1500);

/**
 * Up to four transactions whose operations are done one by one on shared lists, in any order; each read sees the list, or
 * one of its prefixes, or rarely its elements the wrong way round.
 */
const history: fc.Arbitrary<Transaction[]> = fc
  .record({
    outcomes: fc.array(fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'ok', 'fail', 'info'), {
      minLength: 2,
      maxLength: 4,
    }),
    operations: fc.array(
      fc.record({
        by: fc.nat(3),
        key: fc.constantFrom('x', 'x', 'y'),
        append: fc.boolean(),
        stale: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, -1),
      }),
      { minLength: 2, maxLength: 10 },
    ),
  })
  .map(({ outcomes, operations }) => {
    const lists: Record<string, Element[]> = { x: [], y: [] };
    const done: MicroOperation[][] = outcomes.map(() => []);
    const first: number[] = [];
    const last: number[] = [];
    operations.forEach(({ by, key, append, stale }, at) => {
      const transaction = by % outcomes.length;
      first[transaction] ??= 2 * at;
      last[transaction] = 2 * at + 1;
      const list = lists[key]!;
      if (append) list.push(at);
      const value = stale < 0 ? list.toReversed() : list.slice(0, Math.max(0, list.length - stale));
      done[transaction]!.push(append ? { f: 'append', key, value: at } : { f: 'read', key, value });
    });
    return outcomes.map((outcome, at) => ({
      process: at,
      outcome,
      operations: done[at]!,
      invokedAt: first[at] ?? 100 + 2 * at,
      returnedAt: last[at] ?? 101 + 2 * at,
    }));
  });

function untimed(transactions: readonly Transaction[]): Transaction[] {
  return transactions.map(({ process, outcome, operations }) => ({ process, outcome, operations }));
}

/** Reads all that committed, each list in the order of its appends. */
function lastReader(transactions: readonly Transaction[]): Transaction {
  const left = transactions.filter(({ outcome }) => outcome !== 'fail').flatMap(({ operations }) => operations);
  const elements = (name: string) =>
    left
      .flatMap(({ f, key, value }) => (f === 'append' && key === name ? [value] : []))
      .sort((a, b) => Number(a) - Number(b));
  return {
    process: 'last',
    outcome: 'ok',
    operations: ['x', 'y'].map((key) => ({ f: 'read', key, value: elements(key) })),
  };
}

describe('small histories get the verdict that trying every schedule gives', () => {
  const verdicts = { ok: 0, illegal: 0 };
  const compare = (
    transactions: Transaction[],
    level: 'serializable' | 'strict-serializable' | 'snapshot-isolation',
  ) => {
    const timed = level === 'strict-serializable' ? transactions : untimed(transactions);
    // Which of two unread appends came first matters to snapshot isolation, and no checker can know.
    if (level === 'snapshot-isolation') timed.push(lastReader(timed));
    const expected =
      level === 'snapshot-isolation' ? fitsSnapshotIsolationByTrial(timed) : isSerializableByTrial(timed);
    const { verdict } = checkListAppend(timed, { level });
    expect(verdict).toBe(expected ? 'ok' : 'illegal');
    if (verdict !== 'unknown') verdicts[verdict]++;
  };

  it.each(['serializable', 'strict-serializable', 'snapshot-isolation'] as const)('for %s', (level) => {
    verdicts.ok = verdicts.illegal = 0;
    fc.assert(
      fc.property(history, (transactions) => compare(transactions, level)),
      { numRuns: RUNS },
    );
    expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
  });
});
