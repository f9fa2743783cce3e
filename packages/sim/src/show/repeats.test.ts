import { expect, it } from 'vitest';
import { withoutRepeats } from './repeats.ts';
import { to, traceOf } from './trace.fixture.ts';

it('keeps the first two of a sort on each node, whatever their numbers are', () => {
  const trace = traceOf(
    ['n1', { text: 'record 1 is durable' }],
    ['n1', { text: 'record 2 is durable' }],
    ['n2', { text: 'record 1 is durable' }],
    ['n1', { text: 'record 3 is durable' }],
    ['n1', { text: 'beat {term: 1}' }],
  );
  expect(withoutRepeats(trace)).toEqual([0, 1, 2, 4]);
});

it('takes an event that sends something else for another sort', () => {
  const retry = { text: 'timeout retry' };
  const trace = traceOf(['n1', retry], ['n1', retry], ['n1', retry], ['n1', { ...retry, sent: [to('n2', 0)] }]);
  expect(withoutRepeats(trace)).toEqual([0, 1, 3]);
});

it('keeps all that goes wrong', () => {
  const lost = { text: 'timeout', sent: [to('n2', 0, { fate: 'lost' as const })] };
  const trace = traceOf(['n1', lost], ['n1', lost], ['n1', lost], ['n1', { life: 'crash' }], ['n1', { kind: 'fault' }]);
  expect(withoutRepeats(trace)).toEqual([0, 1, 2, 3, 4]);
});
