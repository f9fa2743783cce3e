import { describe, expect, it } from 'vitest';
import { changesBetween, StateHistory } from './state-changes.ts';
import { traceOf } from './trace.fixture.ts';

describe('what an event changed', () => {
  it('is told by fields: new, other, gone', () => {
    const before = [
      { name: 'same', text: '1' },
      { name: 'other', text: '2' },
      { name: 'gone', text: '3' },
    ];
    const after = [
      { name: 'same', text: '1' },
      { name: 'other', text: '5' },
      { name: 'new', text: '6' },
    ];
    expect(changesBetween(before, after)).toEqual([
      { name: 'other', before: '2', after: '5' },
      { name: 'new', before: undefined, after: '6' },
      { name: 'gone', before: '3', after: undefined },
    ]);
  });

  it('is compared with the last known state of the same node', () => {
    const history = new StateHistory();
    const steps = traceOf(
      ['n1', { fields: { x: '1' } }],
      ['n2', { fields: { x: '9' } }],
      ['n1', {}],
      ['n1', { fields: { x: '2' } }],
    ).map((event) => history.take(event));
    expect(steps[2]).toEqual({ changes: [], state: [{ name: 'x', text: '1' }] });
    expect(steps[3]?.changes).toEqual([{ name: 'x', before: '1', after: '2' }]);
  });

  it('takes a state that is told as a whole for one field', () => {
    const history = new StateHistory();
    const [first] = traceOf(['n1', { state: 'idle' }]);
    expect(first && history.take(first).state).toEqual([{ name: '', text: 'idle' }]);
  });
});
