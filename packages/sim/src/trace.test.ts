import { nodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { TRACE_EVENTS_MAX, Tracer } from './trace.ts';

const n1 = nodeId('n1');

describe('a trace', () => {
  it('takes a restart for a part of its own event, or makes one of it', () => {
    const tracer = new Tracer();
    tracer.open(1, { node: n1, kind: 'fault', text: 'crash' });
    tracer.life(1, n1, 'crash');
    tracer.open(9, { node: undefined, kind: 'fault', text: 'faults end' });
    tracer.life(9, n1, 'restart');
    tracer.send(nodeId('n2'), 'hello', 'sent');
    expect(tracer.events.map(({ node, text, life, sent }) => [node, text, life, sent.length])).toEqual([
      ['n1', 'crash', 'crash', 0],
      [undefined, 'faults end', undefined, 0],
      ['n1', 'restart', 'restart', 1],
    ]);
  });

  it('keeps the end of what is too long, by its index', () => {
    const tracer = new Tracer();
    for (let at = 0; at < TRACE_EVENTS_MAX + 3; at++) tracer.open(at, { node: n1, kind: 'other', text: '' });
    expect(tracer.events).toHaveLength(TRACE_EVENTS_MAX);
    expect(tracer.events[0]?.index).toBe(3);
  });
});
