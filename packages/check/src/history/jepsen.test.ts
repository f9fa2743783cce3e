import { expect, test } from 'vitest';
import type { History } from './history.ts';
import { readHistory } from './read-history.ts';

const brief = ({ operations }: History) =>
  operations.map(({ process, input, outcome, output }) => [process, input, outcome, output]);

const CAS = [
  [0, { f: 'write', value: 1 }, 'ok', 1],
  [1, { f: 'cas', value: [1, 2] }, 'fail', undefined],
  [0, { f: 'read', value: null }, 'info', undefined],
];

const EDN = `{:process 0, :type :invoke, :f :write, :value 1, :time 10, :index 0}
; the nemesis is no client
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 1 :type :invoke :f :cas :value [1 2]}
#_{:process 9 :type :ok :f :read}
#jepsen.history.Op{:process 0, :type :ok, :f :write, :value 1}
{:process 1 :type :fail :f :cas :value [1 2] :error [:duplicate-key "a\\"b"]}
{:process 0 :type :invoke :f :read}
{:process 0 :type :info :f :read :value :timed-out}
`;

const LOG = `INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0\t:invoke\t:write\t1
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]
INFO  jepsen.util - 0\t:ok\t:write\t1
INFO  jepsen.util - 1   :fail   :cas    [1 2]
2026-01-02 03:04:05,678 INFO [jepsen worker 0] jepsen.util: 0\t:invoke\t:read\tnil
INFO  jepsen.util - 0\t:info\t:read\t:timed-out
`;

test('EDN, one map an event or all in a vector, and the log say the same', () => {
  expect(brief(readHistory(EDN))).toEqual(CAS);
  expect(brief(readHistory(`[${EDN}]`))).toEqual(CAS);
  expect(brief(readHistory(`; a comment first\n(${EDN})`))).toEqual(CAS);
  expect(brief(readHistory(LOG))).toEqual(CAS);
});

test('a failed cas can be taken for a mismatch that the client saw', () => {
  const [, cas] = readHistory(LOG, { failedCas: 'mismatch' }).operations;
  expect(cas).toMatchObject({ outcome: 'ok', output: false });
});

test('keys are a field, or the first of each value', () => {
  const field = readHistory(
    '{:process 0 :type :invoke :f :get :key "a" :value nil}\n{:process 0 :type :ok :f :get :key "a" :value ""}',
  );
  expect(brief(field)).toEqual([[0, { f: 'get', key: 'a', value: null }, 'ok', '']]);
  const tuple = readHistory(
    '{:process 0 :type :invoke :f :cas :value [7 [1 2]]}\n{:process 0 :type :ok :f :cas :value [7 [1 2]]}',
    { isKeyed: true },
  );
  expect(brief(tuple)).toEqual([[0, { f: 'cas', key: 7, value: [1, 2] }, 'ok', [1, 2]]]);
});

test.each([
  ['', 'Line 1: expected a history as JSON lines, EDN or a log of Jepsen, got an empty file.'],
  ['\n\nhello\n', 'Line 3: expected a history as JSON lines, EDN or a log of Jepsen, got hello.'],
  [
    '{:type :invoke :process 0 :f :read}\n{:type :okay :process 0 :f :read}',
    'Line 2: expected :type to be one of :invoke, :ok, :fail, :info, got "okay".',
  ],
  ['{:type :invoke :process 0.5M :f :read', 'Line 1: expected a } for this {, got the end.'],
  ['[{:type :invoke :process 0 :f :read}\n\n', 'Line 3: expected a bracket that closes the first, got the end.'],
  ['[{:type :invoke :process 0 :f :read}]\n{}', 'Line 2: expected the end after the last event, got more.'],
  ['{:type :invoke :process nil :f :read}', 'Line 1: expected :process to be a number, got null.'],
  ['{:type :invoke :process 0}', 'Line 1: expected :f to be a keyword, got none.'],
  ['[1]', 'Line 1: expected a map, got 1.'],
  [
    '{:type :invoke :process 99999999999999999999}',
    'Line 1: expected :process to be a number, got "99999999999999999999".',
  ],
  ['{:type :ok :process 0 :f :read}', 'Line 1: expected process 0 to invoke an operation first, got ok as event 0.'],
  ['INFO jepsen.util - 0 :invoke :read', 'Line 1: expected a value, got the end.'],
])('a malformed file is refused with its line: %j', (text, message) => {
  expect(() => readHistory(text)).toThrow(expect.objectContaining({ code: 'TROUPE_HISTORY_MALFORMED', message }));
});

test('a format that there is not is refused', () => {
  expect(() => readHistory('', { format: 'csv' as 'edn' })).toThrow(
    expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }),
  );
});
