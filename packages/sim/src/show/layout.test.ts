import { describe, expect, it } from 'vitest';
import { layOut } from './layout.ts';
import { to, traceOf } from './trace.fixture.ts';

const all = { eventsMax: 1_000 };

describe('the layout of a space-time diagram', () => {
  it('gives each node a lane, numbers in their own order, also one that is only sent to', () => {
    const { lanes } = layOut(traceOf(['n10', {}], ['n2', {}], ['n1', { sent: [to('n3', 0)] }]), all);
    expect(lanes).toEqual(['n1', 'n2', 'n3', 'n10']);
  });

  it('gives each event a row, and quiet starts one together', () => {
    const { moments, rows } = layOut(traceOf(['n1', { kind: 'start' }], ['n2', { kind: 'start' }], ['n1', {}]), all);
    expect(moments.map(({ row, lane }) => [row, lane])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(rows).toBe(2);
  });

  it('joins the sending of a message with its receipt, even where messages overtake one another', () => {
    const trace = traceOf(
      ['n1', { sent: [to('n2', 7, { text: 'first' }), to('n2', 8, { text: 'second' })] }],
      ['n2', { kind: 'deliver', received: 8, from: 'n1' }],
      ['n2', { kind: 'deliver', received: 7, from: 'n1' }],
    );
    expect(layOut(trace, all).arrows).toEqual([
      { id: 7, text: 'first', fate: 'received', from: 0, to: 2, fromLane: 0, toLane: 1 },
      { id: 8, text: 'second', fate: 'received', from: 0, to: 1, fromLane: 0, toLane: 1 },
    ]);
  });

  it('tells what was lost, what is under way, and what reached nobody', () => {
    const trace = traceOf(
      ['n1', { sent: [to('n2', 0, { fate: 'lost' }), to('n2', 1), to('n2', 2)] }],
      ['n2', { kind: 'deliver', received: 2, missed: true }],
    );
    expect(layOut(trace, all).arrows.map(({ fate, to }) => [fate, to])).toEqual([
      ['lost', undefined],
      ['under way', undefined],
      ['missed', 1],
    ]);
  });

  it('keeps the end of a long trace, counts what is left out, and draws what came from there', () => {
    const trace = traceOf(
      ['n1', {}],
      ['n1', { sent: [to('n2', 5)], fields: { x: '1' } }],
      ['n1', { fields: { x: '2' } }],
      ['n2', { kind: 'deliver', received: 5, from: 'n1' }],
    );
    const { leftOut, moments, arrows } = layOut(trace, { eventsMax: 2 });
    expect(leftOut).toBe(2);
    expect(moments.map(({ event }) => event.index)).toEqual([2, 3]);
    expect(moments[0]?.changes).toEqual([{ name: 'x', before: '1', after: '2' }]);
    expect(arrows).toEqual([
      { id: 5, text: 'event 3', fate: 'received', from: undefined, to: 1, fromLane: 0, toLane: 1 },
    ]);
  });

  it('keeps of the beginning of a long wait what does not repeat itself, and counts the repetitions', () => {
    const beat = { text: 'beat', sent: [to('n2', 9)] };
    const trace = traceOf(
      ['n1', { text: 'begins' }],
      ['n1', beat],
      ['n1', { text: 'beat', sent: [to('n2', 10)] }],
      ['n1', { text: 'beat', sent: [to('n2', 11)] }],
      ['n2', { kind: 'deliver', received: 10, from: 'n1', text: 'beat' }],
      ['n1', { text: 'gives up' }],
      ['n1', { text: 'ends' }],
    );
    const { leftOut, repeats, leftOutAfter, moments, arrows } = layOut(trace, { eventsMax: 5, shown: 'beginning' });
    expect(moments.map(({ event }) => event.index)).toEqual([0, 1, 2, 4, 5]);
    expect({ leftOut, repeats, leftOutAfter }).toEqual({ leftOut: 0, repeats: 1, leftOutAfter: 1 });
    expect(arrows.map(({ id, fate, to: end }) => [id, fate, end])).toEqual([
      [9, 'under way', undefined],
      [10, 'received', 3],
    ]);
    const whole = layOut(trace, { eventsMax: 7, shown: 'beginning' });
    expect([whole.moments.length, whole.repeats]).toEqual([7, 0]);
  });

  it('counts what the trace itself did not keep', () => {
    const trace = traceOf(['n1', { index: 40 }], ['n1', { index: 41 }]);
    expect(layOut(trace, { eventsMax: 1 }).leftOut).toBe(41);
  });

  it('knows when a node was down, also since before the first event that is shown', () => {
    const trace = traceOf(
      ['n1', { life: 'crash' }],
      ['n2', { life: 'crash' }],
      ['n1', { life: 'restart' }],
      ['n2', {}],
    );
    expect(layOut(trace, all).downtimes).toEqual([
      { lane: 0, from: 0, to: 2 },
      { lane: 1, from: 1, to: undefined },
    ]);
    expect(layOut(trace, { eventsMax: 2 }).downtimes).toEqual([
      { lane: 0, from: 0, to: 0 },
      { lane: 1, from: 0, to: undefined },
    ]);
  });

  it('leaves out what clients do for themselves, and keeps partitions', () => {
    const trace = traceOf([undefined, { kind: 'client' }], [undefined, { kind: 'fault', text: 'split' }], ['n1', {}]);
    expect(layOut(trace, all).moments.map(({ event }) => event.text)).toEqual(['split', 'event 2']);
  });

  it('makes a diagram of nothing', () => {
    expect(layOut([], all)).toMatchObject({ lanes: [], rows: 0, moments: [], arrows: [], leftOut: 0 });
  });
});
