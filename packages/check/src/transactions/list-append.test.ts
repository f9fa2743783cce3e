import { isTroupeError } from '@troupe/protocol';
import { describe, expect, it, test } from 'vitest';
import type { IsolationLevel } from './isolation-level.ts';
import { checkListAppend, type ListAppendResult, levelsLeft } from './list-append.ts';
import { by, during, fail, info, ok } from './notation.fixture.ts';
import type { Transaction } from './transaction.ts';

function names({ counts }: ListAppendResult): string[] {
  return Object.keys(counts).sort();
}

function check(transactions: readonly Transaction[], level: IsolationLevel = 'serializable') {
  return checkListAppend(transactions, { level });
}

describe('a history without anomalies', () => {
  it('rules nothing out', () => {
    const result = check([
      ok('a x 1', 'r y'),
      ok('r x 1', 'a y 1'),
      ok('r x 1', 'r y 1'),
      fail('a x 2'),
      info('a x 3'),
    ]);
    expect(result).toMatchObject({ verdict: 'ok', anomalies: [], ruledOut: [] });
  });

  it('may be empty', () => {
    expect(check([]).verdict).toBe('ok');
  });

  it('may read its own appends, and what an indeterminate transaction left', () => {
    expect(
      names(check([info('a x 1'), ok('r x 1', 'a x 2', 'r x 1 2', 'a x 3', 'r x 1 2 3'), ok('r x 1 2 3')])),
    ).toEqual([]);
  });
});

describe('each phenomenon is found under its own name alone', () => {
  const histories: readonly [string, readonly Transaction[]][] = [
    ['G0', [ok('a x 1', 'a y 1'), ok('a x 2', 'a y 2'), ok('r x 1 2'), ok('r y 2 1')]],
    ['G1a', [fail('a x 1'), ok('r x 1')]],
    ['G1b', [ok('a x 1', 'a x 2'), ok('r x 1')]],
    ['G1c', [ok('a x 1', 'r y 1'), ok('a y 1', 'r x 1')]],
    // Read skew: one anti-dependency.
    ['G-single', [ok('a x 1', 'a y 1'), ok('r x 1', 'r y')]],
    // A long fork: readers see two writes in opposite orders.
    ['G-nonadjacent', [ok('a x 1'), ok('a y 1'), ok('r x 1', 'r y'), ok('r x', 'r y 1')]],
    // Write skew.
    ['G2', [ok('r x', 'a y 1'), ok('r y', 'a x 1')]],
    ['internal', [ok('a x 1', 'r x')]],
    ['unwritten-read', [ok('r x 7')]],
    ['duplicate-elements', [ok('a x 1'), ok('r x 1 1')]],
    ['incompatible-order', [ok('a x 1'), ok('a x 2'), ok('r x 1 2'), ok('r x 2')]],
  ];
  test.each(histories)('%s', (name, transactions) => {
    expect(names(check(transactions))).toEqual([name]);
  });
});

describe('a lost update', () => {
  it('is one anti-dependency where later reads show the order', () => {
    const result = check([ok('r x', 'a x 1'), ok('r x', 'a x 2'), ok('r x 1 2')]);
    expect(names(result)).toEqual(['G-single', 'lost-update']);
    expect(levelsLeft(result)).toEqual(['read-uncommitted', 'read-committed']);
  });

  it('is found though nobody read either append', () => {
    const result = check([ok('r x', 'a x 1'), ok('r x', 'a x 2')]);
    expect(names(result)).toEqual(['G2', 'lost-update']);
    expect(result.anomalies[0]!.explanation).toBe(
      "T1, T2 each read x as [] and appended to it: all but one overlooked another's",
    );
    expect(levelsLeft(result)).not.toContain('snapshot-isolation');
  });

  it('of many is told by the first of them', () => {
    const updates = Array.from({ length: 20 }, (_, at) => ok('r x', `a x ${at}`));
    expect(check(updates).anomalies[0]!.explanation).toMatch(/^T1, .*, T8, and 12 more each read x as \[\]/);
  });

  it('takes an update that read an older version for none of these', () => {
    expect(names(check([ok('r x', 'a x 1'), ok('r x 1', 'a x 2'), ok('r x 1 2')]))).toEqual([]);
  });
});

describe('what is read of transactions that did not commit', () => {
  it('is no dependency, but a committed append on top of an aborted one is dirty', () => {
    const result = check([fail('a x 1', 'r y 1'), ok('a x 2', 'a y 1'), ok('r x 1 2')]);
    expect(names(result)).toEqual(['G1a', 'dirty-update']);
    expect(result.anomalies.map(({ explanation }) => explanation)).toEqual([
      'T3 read x as [1 2], but T1, which appended 1, aborted',
      'T2 appended 2 to x after the 1 of T1, which aborted',
    ]);
  });

  it('proves that an indeterminate transaction committed, with all that it appended', () => {
    const readSkew = [info('a x 1', 'a y 1'), ok('r x 1', 'r y')];
    expect(names(check(readSkew))).toEqual(['G-single']);
    expect(names(check([info('a x 1', 'a y 1'), ok('r y')]))).toEqual([]);
  });
});

describe('what a transaction rereads', () => {
  it('is a fuzzy read where another appended meanwhile', () => {
    expect(names(check([ok('r x', 'r x 1'), ok('a x 1')]))).toEqual(['G-single']);
  });

  it('must show its own appends in their order', () => {
    expect(names(check([ok('a x 1', 'a x 2', 'r x 2 1')]))).toContain('internal');
  });
});

describe('the appends of one transaction', () => {
  it('take effect in their order', () => {
    expect(names(check([ok('a x 1', 'a x 2', 'a x 3'), ok('r x 2 1 3')]))).toEqual(['incompatible-order']);
  });

  it('are none of them lost', () => {
    const [anomaly] = check([ok('a x 1', 'a x 2'), ok('r x 2')]).anomalies;
    expect(anomaly!.explanation).toBe('T1 appended 1 to x before 2, but T2 read [2]');
  });
});

describe('a cycle', () => {
  it('is the shortest of its component, and each step says why', () => {
    const [anomaly] = check([
      ok('a x 1', 'a y 1'),
      ok('r x 1', 'a z 1'),
      ok('r z 1', 'r y'),
      ok('r x 1', 'r y'),
      ok('r x 1', 'r y'),
    ]).anomalies;
    expect(anomaly).toMatchObject({ name: 'G-single', transactions: [3, 0] });
    expect(anomaly!.explanation).toBe(
      'T4 → T1 → T4: T4 read y as [], without the 1 that T1 appended; T1 appended 1 to x, which T4 read: [1]',
    );
  });

  it('names the dependencies between writes too', () => {
    const [anomaly] = check([ok('a x 1', 'a y 1'), ok('a x 2', 'a y 2'), ok('r x 1 2'), ok('r y 2 1')]).anomalies;
    expect(anomaly!.cycle!.map(({ kind, because }) => [kind, because])).toEqual([
      ['ww', 'T1 appended 1 to x before T2 appended 2'],
      ['ww', 'T2 appended 2 to y before T1 appended 1'],
    ]);
  });

  it('may be as long as the history', () => {
    const length = 20_000;
    const ring = Array.from({ length }, (_, at) => ok(`a k${at} 1`, `r k${(at + 1) % length} 1`));
    const [anomaly] = check(ring).anomalies;
    expect(anomaly).toMatchObject({ name: 'G1c' });
    expect(anomaly!.transactions).toHaveLength(length);
    expect(anomaly!.cycle).toHaveLength(length);
    expect(anomaly!.explanation).toMatch(/^T\d+ → .* → … → T\d+: .*; and 19988 more$/);
  });
});

describe('the order of processes and of real time', () => {
  const staleWithin = [by(1, ok('a x 1')), by(1, ok('r x')), ok('r x 1')];

  it('is left out where the level does without it', () => {
    expect(check(staleWithin).verdict).toBe('ok');
  });

  it('of a process counts for strong session serializability', () => {
    const result = check(staleWithin, 'strong-session-serializable');
    expect(names(result)).toEqual(['G-single-process']);
    expect(result.ruledOut).toEqual(['strong-session-serializable', 'strict-serializable']);
    expect(result.anomalies[0]!.explanation).toBe(
      'T2 → T1 → T2: T2 read x as [], without the 1 that T1 appended; T1 had returned when process 1 issued T2',
    );
  });

  it('has nothing follow an indeterminate transaction', () => {
    const late = [by(1, info('a x 1')), by(1, ok('r x')), ok('r x 1')];
    expect(check(late, 'strong-session-serializable').verdict).toBe('ok');
  });

  it('of real time counts for strict serializability', () => {
    const stale = [during(0, 1, ok('a x 1')), during(2, 3, ok('r x')), during(4, 5, ok('r x 1'))];
    const result = check(stale, 'strict-serializable');
    expect(names(result)).toEqual(['G-single-realtime']);
    expect(result.ruledOut).toEqual(['strict-serializable']);
    expect(result.anomalies[0]!.cycle![1]!.because).toBe('T1 returned (event 1) before T2 was invoked (event 2)');
  });

  it('takes transactions that overlap, if only at one place, for unordered', () => {
    const overlapping = [during(0, 2, ok('a x 1')), during(2, 3, ok('r x')), during(4, 5, ok('r x 1'))];
    expect(check(overlapping, 'strict-serializable').verdict).toBe('ok');
  });

  it('finds every two that real time orders, though most pairs have no edge of their own', () => {
    const chain = Array.from({ length: 50 }, (_, at) => during(2 * at, 2 * at + 1, ok(`a k${at} 1`)));
    const stale = during(100, 101, ok('r k0'));
    expect(names(check([...chain, stale], 'strict-serializable'))).toEqual(['G-single-realtime']);
  });

  it('needs the places of events', () => {
    expect(codeOf(() => check([ok('a x 1')], 'strict-serializable'))).toBe('TROUPE_TRANSACTION_MALFORMED');
    expect(codeOf(() => check([during(3, 2, ok('a x 1'))], 'strict-serializable'))).toBe(
      'TROUPE_TRANSACTION_MALFORMED',
    );
  });
});

describe('a history that can not be judged', () => {
  it('appends an element to a key twice', () => {
    expect(codeOf(() => check([ok('a x 1'), fail('a x 1')]))).toBe('TROUPE_APPENDS_NOT_DISTINCT');
  });

  const good = ok('a x 1');
  it.each<[string, unknown]>([
    ['no transaction', 7],
    ['an outcome of another name', { ...good, outcome: 'done' }],
    ['no process', { ...good, process: undefined }],
    ['no operations', { ...good, operations: 'a x 1' }],
    ['an operation of another name', { ...good, operations: [{ f: 'w', key: 'x', value: 1 }] }],
    ['a key that is none', { ...good, operations: [{ f: 'append', key: null, value: 1 }] }],
    ['an element that equals nothing', { ...good, operations: [{ f: 'append', key: 'x', value: Number.NaN }] }],
    ['a read of something else than a list', { ...good, operations: [{ f: 'read', key: 'x', value: 1 }] }],
  ])('has %s', (_, transaction) => {
    expect(codeOf(() => check([transaction as Transaction]))).toBe('TROUPE_TRANSACTION_MALFORMED');
  });

  it('is asked for a level that there is not', () => {
    expect(codeOf(() => check([], 'serialisable' as IsolationLevel))).toBe('TROUPE_CHECK_OPTIONS');
  });

  it('is unknown where too many appends were never read', () => {
    const transactions = Array.from({ length: 800 }, (_, at) => (at % 2 === 0 ? ok(`a x ${at}`) : ok('r x')));
    expect(check(transactions).verdict).toBe('unknown');
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isTroupeError(error)) return error.code;
    throw error;
  }
  return undefined;
}
