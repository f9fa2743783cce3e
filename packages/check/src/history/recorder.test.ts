import { expect, test } from 'vitest';
import { HistoryRecorder } from './recorder.ts';

test('operations are in the order of their invocations, with the indices of their events', () => {
  const recorder = new HistoryRecorder<string, number>();
  recorder.invoke('a', 'first');
  recorder.invoke('b', 'second');
  recorder.ok('b', 7);
  recorder.fail('a');
  recorder.invoke('a', 'third');
  recorder.info('a');
  recorder.invoke('b', 'fourth');
  expect(recorder.history()).toEqual({
    eventCount: 7,
    operations: [
      { index: 0, process: 'a', input: 'first', outcome: 'fail', output: undefined, invoked: 0, completed: 3 },
      { index: 1, process: 'b', input: 'second', outcome: 'ok', output: 7, invoked: 1, completed: 2 },
      { index: 2, process: 'a', input: 'third', outcome: 'info', output: undefined, invoked: 4, completed: 5 },
      { index: 3, process: 'b', input: 'fourth', outcome: 'info', output: undefined, invoked: 6, completed: undefined },
    ],
  });
});

test('a history that was taken does not change with what is recorded after', () => {
  const recorder = new HistoryRecorder();
  recorder.invoke(1, 'x');
  const before = recorder.history();
  recorder.ok(1, 'y');
  expect(before.operations[0]).toMatchObject({ outcome: 'info', completed: undefined });
});

test('a process that invokes twice, or completes nothing, is refused', () => {
  const recorder = new HistoryRecorder();
  recorder.invoke(1, 'x');
  expect(() => recorder.invoke(1, 'y')).toThrow(
    expect.objectContaining({
      code: 'TROUPE_HISTORY_EVENT',
      message: 'Expected process 1 to complete operation 0, got invoke as event 1.',
    }),
  );
  expect(() => recorder.ok(2, 'y')).toThrow('Expected process 2 to invoke an operation first, got ok as event 1.');
});
