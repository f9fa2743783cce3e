import { expect, test } from 'vitest';
import { CHECKERS } from './checkers.ts';
import { readJepsenEdn } from './history/jepsen.ts';
import { readJsonl } from './history/jsonl.ts';

const HEADER = '{"format":"troupe-history","version":1}';
const history = (...lines: string[]) => readJsonl([HEADER, ...lines].join('\n'));
const find = (name: string) => {
  const found = CHECKERS.find((checker) => checker.name === name);
  if (found === undefined) throw new Error(`expected a checker ${name}`);
  return found;
};

const stale = history(
  '{"type":"invoke","process":"a","input":{"f":"write","value":1}}',
  '{"type":"ok","process":"a","output":null}',
  '{"type":"invoke","process":"b","input":{"f":"read"}}',
  '{"type":"ok","process":"b","output":0}',
);

test('checkers have names of their own, and a line about them', () => {
  const names = CHECKERS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(['register', 'cas-register', 'key-value', 'queue', 'lock']));
  for (const { summary } of CHECKERS) expect(summary).toMatch(/^\S.*\S$/);
});

test('a report tells people and programs the same', () => {
  const { verdict, lines, data } = find('register').check(stale, {});
  expect(verdict).toBe('illegal');
  expect(lines).toEqual([
    'illegal: 2 operations (0 failed, 0 pending) by 2 processes, 1 object searched, model register, 2 configurations',
    'the object: no order explains operation 1 of process b: read() → 0 (events 2 to 3)',
    'the object: events before 3 are linearizable, 1 way kept:',
    '  write(1) ⇒ 1',
  ]);
  expect(data).toEqual({
    verdict: 'illegal',
    model: 'register',
    operations: 2,
    failed: 0,
    pending: 0,
    processes: 2,
    configurations: 2,
    partitions: [
      {
        key: '',
        verdict: 'illegal',
        operations: 2,
        configurations: 2,
        culprit: { index: 1, process: 'b', input: { f: 'read' }, output: 0, invoked: 2, completed: 3 },
        prefixEnd: 3,
        partial: [{ order: [0], state: '1' }],
      },
    ],
  });
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});

test('an unknown verdict tells what ended, and how far it came', () => {
  const { verdict, lines } = find('register').check(stale, { milliseconds: 0, now: () => 0 });
  expect(verdict).toBe('unknown');
  expect(lines.slice(1)).toEqual([
    'the object: the time of the budget ended after 0 configurations',
    'the object: events before 1 are linearizable, 1 way kept:',
    '  nothing ⇒ null',
  ]);
});

test('a first value is for those that have one', () => {
  const first = history(
    '{"type":"invoke","process":"a","input":{"f":"read"}}',
    '{"type":"ok","process":"a","output":0}',
  );
  expect(find('register').check(first, { initial: 0 }).verdict).toBe('ok');
  expect(find('register').check(first, {}).verdict).toBe('illegal');
  expect(() => find('queue').check(first, { initial: 0 })).toThrow(
    expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }),
  );
});

test('integers of any size, as EDN has them, are told too', () => {
  const big = '9007199254740993';
  const read = readJepsenEdn(`{:process 0 :type :invoke :f :read} {:process 0 :type :ok :f :read :value ${big}}`);
  const { lines, data, html } = find('register').check(read, {});
  expect(lines[1]).toContain(`read() → "${big}"`);
  expect(data).toMatchObject({ partitions: [{ culprit: { output: big } }] });
  expect(html?.()).toContain(big);
});
