import { TroupeError } from '@troupe/protocol';
import { expect, it } from 'vitest';
import type { Call } from '../history/history.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import { checkListAppend } from './list-append.ts';
import { transactionsOf } from './recorded.ts';

it('transactions are read off a recorded history, with the order of its events', () => {
  const recorder = new HistoryRecorder<Call>();
  const txn = (value: unknown) => ({ f: 'txn', value });
  recorder.invoke('a', txn([['append', 'x', 1]]));
  recorder.ok('a', [['append', 'x', 1]]);
  recorder.invoke('b', txn([['r', 'x', null]]));
  recorder.invoke('c', txn([['append', 'x', 2]]));
  recorder.fail('c');
  recorder.ok('b', [['r', 'x', []]]);
  recorder.invoke('d', txn([['r', 'x']]));
  const transactions = transactionsOf(recorder.history());
  expect(transactions).toEqual([
    { process: 'a', outcome: 'ok', operations: [{ f: 'append', key: 'x', value: 1 }], invokedAt: 0, returnedAt: 1 },
    { process: 'b', outcome: 'ok', operations: [{ f: 'read', key: 'x', value: [] }], invokedAt: 2, returnedAt: 5 },
    { process: 'c', outcome: 'fail', operations: [{ f: 'append', key: 'x', value: 2 }], invokedAt: 3 },
    { process: 'd', outcome: 'info', operations: [{ f: 'read', key: 'x', value: null }], invokedAt: 6 },
  ]);
  expect(checkListAppend(transactions, { level: 'strict-serializable' }).counts).toEqual({ 'G-single-realtime': 1 });
});

it('a transaction that committed without telling what it read is taken by its invocation', () => {
  const recorder = new HistoryRecorder<Call>();
  recorder.invoke('a', {
    f: 'txn',
    value: [
      ['append', 'x', 1],
      ['r', 'x', null],
    ],
  });
  recorder.ok('a', undefined);
  expect(transactionsOf(recorder.history())).toMatchObject([
    {
      outcome: 'ok',
      operations: [
        { f: 'append', value: 1 },
        { f: 'read', value: null },
      ],
      returnedAt: 1,
    },
  ]);
});

it.each([
  ['no list', 7],
  ['no triples', [7]],
  ['an unknown operation', [['w', 'x', 1]]],
])('a value that is %s is refused with its place', (_, value) => {
  const recorder = new HistoryRecorder<Call>();
  recorder.invoke('a', { f: 'txn', value: [] });
  recorder.ok('a', []);
  recorder.invoke('a', { f: 'txn', value });
  expect(() => transactionsOf(recorder.history())).toThrow(TroupeError);
  expect(() => transactionsOf(recorder.history())).toThrow(/Expected of T2 .*, got /);
});
