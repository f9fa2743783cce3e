import type { SystemTrace, TraceEvent } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { liveStory } from './live-story.ts';
import { drawForTerminal } from './terminal.ts';

const counter = { type: 'Counter', id: 3 };
const asker = { type: 'Asker', name: 'asker', id: 1 };

function traceOf(nodes: readonly string[], events: readonly Partial<TraceEvent>[]): SystemTrace {
  return {
    lives: nodes.map((node) => ({ node, life: 1, recorded: 50, dropped: 0, refused: 0 })),
    events: events.map((event, index) => ({
      kind: 'send',
      node: 'n1',
      life: 1,
      at: 1_000 + index,
      lamport: index,
      text: '',
      ...event,
    })),
  };
}

const add = { id: 'n1/1', frame: 'tell', target: counter } as const;
const told: readonly Partial<TraceEvent>[] = [
  { kind: 'begin', node: 'n1', actor: asker, text: 'go' },
  { kind: 'send', node: 'n1', actor: asker, peer: 'n2', text: 'add', message: add },
  { kind: 'end', node: 'n1', actor: asker, text: 'go' },
  { kind: 'receive', node: 'n2', peer: 'n1', text: 'add', message: add },
  { kind: 'begin', node: 'n2', actor: counter, text: 'add', message: add },
  { kind: 'fail', node: 'n2', actor: counter, text: 'add: it broke' },
  { kind: 'end', node: 'n2', actor: counter, text: 'add', message: add },
];

describe('the story of a live system', () => {
  it('tells at one stroke what a node did at one stroke', () => {
    const { events, unit } = liveStory(traceOf(['n1', 'n2'], told));
    expect(unit).toBe('ms');
    expect(events).toMatchObject([
      { node: 'n1', at: 0, text: 'asker: go', sent: [{ to: 'n2', text: 'tell add to Counter#3', id: 0 }] },
      { node: 'n2', at: 3, kind: 'deliver', text: 'tell add to Counter#3', received: 0, from: 'n1' },
    ]);
    expect(events[1]?.told).toEqual(['Counter#3 fails: add: it broke']);
  });

  it('gives each actor a lane, where asked to: a message ends where its handler begins', () => {
    const { events } = liveStory(traceOf(['n1', 'n2'], told), { lanes: 'actors' });
    expect(events).toMatchObject([
      { node: 'n1/asker', text: 'go', sent: [{ to: 'n2/Counter#3', text: 'tell add' }] },
      {
        node: 'n2/Counter#3',
        kind: 'deliver',
        text: 'add',
        received: 0,
        from: 'n1/asker',
        told: ['Counter#3 fails: add: it broke'],
      },
    ]);
  });

  it('joins nothing across what happened on the node meanwhile', () => {
    const other: Partial<TraceEvent> = { kind: 'begin', node: 'n1', actor: counter, text: 'add' };
    const [begin, send, end] = told as [Partial<TraceEvent>, Partial<TraceEvent>, Partial<TraceEvent>];
    const { events } = liveStory(traceOf(['n1', 'n2'], [begin, other, { ...other, kind: 'end' }, send, end]));
    expect(events.map(({ text, sent }) => [text, sent.length])).toEqual([
      ['asker: go', 0],
      ['Counter#3: add', 0],
      ['asker: sends', 1],
    ]);
  });

  it('leaves out housekeeping unless it is asked for', () => {
    const claim: Partial<TraceEvent> = {
      node: 'n1',
      peer: 'n2',
      text: 'name-claim',
      message: { id: 'n1/2', frame: 'control' },
    };
    const receipt: Partial<TraceEvent> = { ...claim, kind: 'receive', node: 'n2', peer: 'n1', text: '' };
    expect(liveStory(traceOf(['n1', 'n2'], [claim, receipt])).events).toEqual([]);
    const { events } = liveStory(traceOf(['n1', 'n2'], [claim, receipt]), { housekeeping: true });
    expect(events).toMatchObject([{ sent: [{ text: 'name-claim' }] }, { kind: 'deliver', text: 'name-claim' }]);
  });

  it('draws a message of which one end was dropped as an arrow with an open end', () => {
    const [, send, , receive] = told as readonly Partial<TraceEvent>[];
    const lost = liveStory(traceOf(['n1', 'n2'], [{ ...send }]));
    expect(drawForTerminal(lost)).toContain('◌');
    const found = liveStory(
      traceOf(['n1', 'n2'], [{ ...receive }, { kind: 'timer', node: 'n1', actor: asker, text: 'x' }]),
    );
    expect(found.events).toMatchObject([{ kind: 'deliver', received: 0, from: 'n1' }, { kind: 'timeout' }]);
    expect(drawForTerminal(found)).toContain('▶');
  });
});
