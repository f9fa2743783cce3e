import * as util from 'node:util';
import { valueInspector } from '@troupe/codec';
import { describe, expect, it } from 'vitest';
import { causalOrder } from './causal-order.ts';
import { systemClock } from './clock-option.ts';
import type { TraceEvent } from './system-trace.ts';
import { createTraceMemory, OTHER_TEXT, stampBytesOf, TEXT_LENGTH_MAX, TEXT_UNITS, Word } from './trace-memory.ts';
import { readTrace } from './trace-reader.ts';
import { TraceWriter } from './trace-writer.ts';

const inspector = valueInspector(util);
const refOf = (type: string, name: string | undefined, id: number) =>
  ({ interface: { name: type }, name, id, cell: undefined }) as never;

function stage(limit: number, isStamped = false) {
  const memory = createTraceMemory(limit, isStamped ? stampBytesOf('vector', 2) : 0, true);
  const writer = new TraceWriter(memory, inspector);
  const { clock } = systemClock('vector');
  const read = () =>
    readTrace({ memory, node: 1, life: 2, names: ['main', 'n1'], clock: isStamped ? clock : undefined });
  return { memory, writer, read };
}

describe('the memory of a trace', () => {
  it('gives back what was recorded', () => {
    const { writer, read } = stage(10, true);
    const stamp = new Map([['n1#2', 3]]);
    writer.begin('send', 12.5, 7, stamp);
    writer.text('add');
    writer.peer(0);
    writer.actor(Word.Actor, refOf('Counter', 'first', 4));
    writer.actor(Word.Target, refOf('Counter', undefined, 5));
    writer.message(1, 1, 2, 9);
    writer.end();
    writer.begin('stop', 13, 8, undefined);
    writer.end();
    expect(read()).toEqual({
      recorded: 2,
      refused: 0,
      events: [
        {
          kind: 'send',
          node: 'n1',
          life: 2,
          at: 12.5,
          lamport: 7,
          stamp,
          text: 'add',
          peer: 'main',
          actor: { type: 'Counter', name: 'first', id: 4 },
          message: { id: 'n1#2/9', frame: 'tell', target: { type: 'Counter', id: 5 } },
        },
        { kind: 'stop', node: 'n1', life: 2, at: 13, lamport: 8, text: '' },
      ],
    });
  });

  it('keeps the last events, however many there were', () => {
    const { writer, read } = stage(16);
    for (let event = 1; event <= 1_000; event++) {
      writer.begin('timer', event, event, undefined);
      writer.end();
      const { events, recorded } = read();
      expect(recorded).toBe(event);
      expect(events.map(({ lamport }) => lamport)).toEqual(
        Array.from({ length: Math.min(16, event) }, (_, index) => event - Math.min(16, event) + 1 + index),
      );
    }
  });

  it('does not show an event that is being recorded', () => {
    const { writer, read } = stage(16);
    for (let event = 1; event <= 40; event++) {
      writer.begin('timer', event, event, undefined);
      writer.text('whole');
      writer.end();
    }
    writer.begin('fail', 99, 99, undefined);
    const { events, refused } = read();
    expect(refused).toBe(0);
    expect(events).toHaveLength(16);
    expect(events.every(({ text }) => text === 'whole')).toBe(true);
  });

  it('has room for so many texts; of more, and of long ones, it tells that there was something', () => {
    const { writer, read } = stage(2_000);
    for (let event = 0; event < 1_000; event++) {
      writer.begin('timer', 0, 1, undefined);
      writer.text(event === 0 ? 'x'.repeat(1_000) : `text ${event} ${'y'.repeat(80)}`);
      writer.end();
    }
    const texts = read().events.map(({ text }) => text);
    expect(texts[0]).toBe('x'.repeat(TEXT_LENGTH_MAX));
    expect(texts[1]).toMatch(/^text 1 y+$/);
    expect(texts.at(-1)).toBe(OTHER_TEXT);
    expect(texts.filter((text) => text !== OTHER_TEXT).join('').length).toBeLessThanOrEqual(TEXT_UNITS);
  });

  it('leaves out a stamp that is too large for a slot', () => {
    const { writer, read } = stage(10, true);
    writer.begin('timer', 0, 1, new Map(Array.from({ length: 50 }, (_, node) => [`node-${node}`, node])));
    writer.end();
    const [event] = read().events;
    expect(event).toMatchObject({ kind: 'timer' });
    expect(event?.stamp).toBeUndefined();
  });
});

describe('the order of all events', () => {
  const event = (
    node: string,
    kind: TraceEvent['kind'],
    lamport: number,
    at: number,
    more: object = {},
  ): TraceEvent => ({
    kind,
    node,
    life: 1,
    at,
    lamport,
    text: '',
    ...more,
  });
  const message = { id: 'a/1', frame: 'tell' as const };
  const names = (lives: Parameters<typeof causalOrder>[0]) =>
    causalOrder(lives).map(({ node, kind }) => `${node} ${kind}`);

  it('is that of their times, but that no receipt stands before its sending', () => {
    const a = { node: 'a', isCut: false, events: [event('a', 'start', 1, 5), event('a', 'send', 2, 9, { message })] };
    const b = {
      node: 'b',
      isCut: false,
      events: [event('b', 'start', 1, 1), event('b', 'receive', 3, 2, { message })],
    };
    expect(names([a, b])).toEqual(['b start', 'a start', 'a send', 'b receive']);
  });

  it('takes what follows dropped events for the effect of all with a lesser Lamport time', () => {
    const a = { node: 'a', isCut: false, events: [event('a', 'start', 1, 5), event('a', 'send', 2, 9, { message })] };
    const b = { node: 'b', isCut: true, events: [event('b', 'timer', 3, 1)] };
    expect(names([a, b])).toEqual(['a start', 'a send', 'b timer']);
  });

  it('takes the receipt of what nobody recorded for the effect of all with a lesser Lamport time', () => {
    const a = { node: 'a', isCut: false, events: [event('a', 'start', 1, 5), event('a', 'timer', 2, 9)] };
    const b = {
      node: 'b',
      isCut: false,
      events: [event('b', 'receive', 3, 2, { message }), event('b', 'timer', 4, 3)],
    };
    expect(names([a, b])).toEqual(['a start', 'a timer', 'b receive', 'b timer']);
  });

  it('has an end, whatever nodes say: causes in a ring, too', () => {
    const to = { id: 'a/1', frame: 'tell' as const };
    const back = { id: 'b/1', frame: 'tell' as const };
    const ring = (node: string, received: object, sent: object) => ({
      node,
      isCut: false,
      events: [event(node, 'receive', 1, 1, { message: received }), event(node, 'send', 2, 2, { message: sent })],
    });
    expect(names([ring('a', back, to), ring('b', to, back)])).toHaveLength(4);
  });
});
