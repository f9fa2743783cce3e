import { expect, it } from 'vitest';
import { CHECKERS } from '../checkers.ts';
import { readHistory } from '../history/read-history.ts';

const check = (name: string, text: string, initial?: unknown) =>
  CHECKERS.find((checker) => checker.name === name)!.check(readHistory(text), initial === undefined ? {} : { initial });

const JEPSEN = `{:process 0 :type :invoke :f :txn :value [[:append 7 1] [:append 8 1]]}
{:process 1 :type :invoke :f :txn :value [[:r 7 nil] [:r 8 nil]]}
{:process 0 :type :ok :f :txn :value [[:append 7 1] [:append 8 1]]}
{:process 1 :type :ok :f :txn :value [[:r 7 [1]] [:r 8 nil]]}
{:process 2 :type :invoke :f :txn :value [[:r 8 nil]]}
{:process 2 :type :ok :f :txn :value [[:r 8 []]]}
{:process 3 :type :invoke :f :txn :value [[:append 9 1]]}
{:process 3 :type :fail :f :txn :value [[:append 9 1]]}`;

it("Jepsen's list-append histories are judged as they are, a read of nil being unknown", () => {
  const { verdict, lines } = check('list-append', JEPSEN);
  expect(verdict).toBe('ok');
  expect(lines).toEqual(['ok: 4 transactions (1 aborted, 0 indeterminate), level serializable, anomalies: none']);
});

it('what is found in real time is told, and what it rules out', () => {
  const { verdict, lines, data } = check('list-append-strict', JEPSEN);
  expect(verdict).toBe('illegal');
  expect(lines).toEqual([
    'illegal: 4 transactions (1 aborted, 0 indeterminate), level strict-serializable, anomalies: G-single-realtime 1',
    'ruled out: strict-serializable',
    'G-single-realtime: T3 → T1 → T3: T3 read 8 as [], without the 1 that T1 appended; T1 returned (event 2) before T3 was invoked (event 4)',
  ]);
  expect(JSON.parse(JSON.stringify(data))).toMatchObject({
    verdict,
    committed: 3,
    aborted: 1,
    counts: { 'G-single-realtime': 1 },
    ruledOut: ['strict-serializable'],
    anomalies: [{ transactions: [2, 0], cycle: [{ kind: 'rw' }, { kind: 'realtime' }] }],
  });
});

it('other histories, and a first value, are refused', () => {
  const other = '{:process 0 :type :invoke :f :write :value 1}';
  expect(() => check('list-append', other)).toThrow(expect.objectContaining({ code: 'TROUPE_TRANSACTION_MALFORMED' }));
  expect(() => check('list-append', JEPSEN, 0)).toThrow(expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }));
});
