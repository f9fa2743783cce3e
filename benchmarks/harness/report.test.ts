import { describe, expect, test } from 'vitest';
import type { Subject } from '../subjects/subject.ts';
import type { SuiteName } from '../workloads/workload.ts';
import { compact, notes, suiteTable } from './report.ts';
import type { Result } from './result.ts';

function subject(name: string, kind: Subject['kind'], more: Partial<Subject> = {}): Subject {
  return { name, kind, note: `what ${name} does`, suites: {}, ...more };
}

const SUBJECTS: readonly Subject[] = [
  subject('troupe', 'troupe'),
  subject('nact', 'peer'),
  subject('xstate', 'peer', { nestedCall: true }),
  subject('erlang', 'peer'),
  subject('limit:array-queue', 'limit'),
  subject('limit:spin-ring', 'limit'),
];

function result(suite: SuiteName, workload: string, name: string, median: number, unit = 'messages/s'): Result {
  return { suite, workload, subject: name, unit, min: median / 2, median, max: median * 2, samples: 3 };
}

function row(table: string, name: string): string[] {
  const line = table.split('\n').find((candidate) => candidate.includes(name)) ?? '';
  return line.split(/ {2,}/).filter((cell) => cell !== '');
}

describe('the table of a suite', () => {
  const rates = [
    result('local', 'counting', 'nact', 1_000_000),
    result('local', 'counting', 'troupe', 8_000_000),
    result('local', 'counting', 'xstate', 20_000_000),
    result('local', 'counting', 'erlang', 10_000_000),
    result('local', 'counting', 'limit:array-queue', 16_000_000),
  ];

  test('puts the best first, and compares each with the best peer, the limit and Erlang', () => {
    const table = suiteTable('local', rates, SUBJECTS);
    expect(table.split('\n').findIndex((line) => line.includes('xstate'))).toBe(3);
    expect(row(table, 'troupe')).toEqual(['troupe', '8.00M', '4.00M–16.0M', '8.00', '0.50', '0.80']);
  });

  test('takes no nested call and no Erlang for the best peer', () => {
    expect(row(suiteTable('local', rates, SUBJECTS), 'nact')).toEqual([
      'nact',
      '1.00M',
      '500k–2.00M',
      '1.00',
      '0.06',
      '0.10',
    ]);
  });

  test('turns the ratios round where less is better, so that more than 1 is always good', () => {
    const latencies = [
      result('threads', 'ping-pong-p50', 'troupe', 2, 'µs'),
      result('threads', 'ping-pong-p50', 'nact', 60, 'µs'),
      result('threads', 'ping-pong-p50', 'limit:spin-ring', 1, 'µs'),
    ];
    const table = suiteTable('threads', latencies, SUBJECTS);
    expect(row(table, ' troupe')).toEqual(['troupe', '2.00', '1.00–4.00', '30.00', '0.50']);
  });

  test('leaves a column empty where there is nothing to compare with', () => {
    const table = suiteTable('local', [result('local', 'big', 'troupe', 5)], SUBJECTS);
    expect(row(table, 'troupe')).toEqual(['big (messages/s)', 'troupe', '5.00', '2.50–10.0']);
  });

  test('is followed by what each subject does, what failed, and what wrote to stderr', () => {
    const failure = { suite: 'local' as const, workload: 'ask', subject: 'comedy', reason: 'Expected 5, got 4' };
    const warning = { suite: 'local' as const, workload: 'big', subject: 'nact', lines: 7, last: 'a slow message' };
    const text = notes('local', { results: rates, failures: [failure], warnings: [warning] }, SUBJECTS);
    expect(text).toContain('nact: what nact does');
    expect(text).not.toContain('limit:spin-ring');
    expect(text).toContain('FAILED comedy ask: Expected 5, got 4');
    expect(text).toContain('WARNING nact big: wrote 7 lines to stderr, the last: a slow message');
  });
});

test('numbers have three significant digits and a prefix from ten thousand on', () => {
  const numbers = [0.5, 7.125, 59.4, 312, 9_999, 12_345, 999_000, 1_234_567, 46_500_000, 2_000_000_000];
  const texts = ['0.50', '7.13', '59.4', '312', '9999', '12.3k', '999k', '1.23M', '46.5M', '2.00G'];
  expect(numbers.map(compact)).toEqual(texts);
});
