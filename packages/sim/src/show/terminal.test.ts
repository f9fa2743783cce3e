import { describe, expect, it } from 'vitest';
import { widthOf } from './plain-text.ts';
import { drawForTerminal } from './terminal.ts';
import { to, traceOf } from './trace.fixture.ts';

const verdict = { kind: 'always', property: 'calm', message: 'it is not', at: 5 };

describe('a space-time diagram in a terminal', () => {
  it('leads messages from their sender to their receiver, also past one another', () => {
    const events = traceOf(
      ['n1', { kind: 'request', text: 'request go', sent: [to('n2', 0, { text: 'a' }), to('n2', 1, { text: 'b' })] }],
      ['n2', { kind: 'deliver', text: 'b', received: 1, from: 'n1', sent: [to('n1', 2, { text: 'c' })] }],
      ['n1', { kind: 'deliver', text: 'c', received: 2, from: 'n2', told: ['done'] }],
      ['n2', { kind: 'deliver', text: 'a', received: 0, from: 'n1' }],
    );
    expect(drawForTerminal({ title: 'a title', events, verdict }).split('\n')).toEqual([
      'a title',
      '',
      ' tick   n1          n2',
      '    0   ●────────┬╮ │    n1 request go',
      '        │        ┊┊ │      → n2: a',
      '        │        ┊┊ │      → n2: b',
      '    1   │        ╰┼▶●    n2 ← n1: b',
      '        │ ╭───────┼─┤      → n1: c',
      '    2   ●◀╯       ┊ │    n1 ← n2: c',
      '        │         ┊ │      ⇐ done',
      '    3   │         ╰▶●    n2 ← n1: a',
      '',
      "✗ tick 5: always 'calm': it is not",
      '',
    ]);
  });

  it('marks what was lost, what is under way, who is down, and what concerns all', () => {
    const events = traceOf(
      [undefined, { kind: 'fault', text: 'split: n1↛n2' }],
      ['n1', { sent: [to('n2', 0, { fate: 'lost' })] }],
      ['n2', { text: 'crash', life: 'crash' }],
      ['n1', { sent: [to('n2', 1)] }],
      ['n2', { kind: 'deliver', text: 'ping', received: 1, from: 'n1', missed: true }],
      ['n2', { text: 'restart', life: 'restart', sent: [to('n1', 2)] }],
    );
    expect(drawForTerminal({ title: 't', events }).split('\n').slice(3)).toEqual([
      '    0  ╌│╌╌╌╌╌╌╌╌╌╌╌│╌╌╌ split: n1↛n2',
      '    1   ●─────────✗ │    n1 event 1',
      '        │           │      → n2: ping  ✗ lost',
      '    2   │           ✗    n2 crash',
      '    3   ●─────────╮ ·    n1 event 3',
      '        │         ┊ ·      → n2: ping',
      '    4   │         ╰▶○    n2 ← n1: ping  (is down)',
      '    5   │ ◌─────────◉    n2 restart',
      '        │           │      → n1: ping',
      '',
    ]);
  });

  it('keeps the end of a long trace, and says how much is missing', () => {
    const events = traceOf(...Array.from({ length: 372 }, () => ['n1', {}] as const));
    const lines = drawForTerminal({ title: 't', events, verdict }).split('\n');
    expect(lines[3]).toBe('       … 312 events left out');
    expect(lines.filter((line) => line.includes('●'))).toHaveLength(60);
    expect(lines.at(-4)).toBe('  371   ●    n1 event 371');
  });

  it('keeps what does not repeat itself where something never came to hold: the rest is waiting', () => {
    const events = traceOf(...Array.from({ length: 372 }, () => ['n1', {}] as const));
    const lines = drawForTerminal({ title: 't', events, verdict: { ...verdict, kind: 'eventually' } }).split('\n');
    expect(lines[3]).toBe('    0   ●    n1 event 0');
    expect(lines.filter((line) => line.includes('●'))).toHaveLength(2);
    expect(lines.at(-4)).toBe('       … 370 events left out that say again what these say');
  });

  it('stays within its columns, with many nodes and long texts', () => {
    const nodes = Array.from({ length: 12 }, (_, index) => `node-${index}`);
    const text = 'long 長い '.repeat(100);
    const events = traceOf(
      ...nodes.map(
        (node, id) => [node, { text, told: [text], sent: nodes.map((other, at) => to(other, id * 12 + at)) }] as const,
      ),
    );
    for (const columns of [100, 120]) {
      const lines = drawForTerminal({ title: text, events, verdict: { ...verdict, message: text } }, { columns }).split(
        '\n',
      );
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    }
  });

  it('stands under its names where these are wide', () => {
    const events = traceOf(['一番', { text: '開始' }], ['二番', { text: 'b' }]);
    expect(drawForTerminal({ title: 't', events }).split('\n').slice(2)).toEqual([
      ' tick   一番        二番',
      '    0   ●           │    一番 開始',
      '    1   │           ●    二番 b',
      '',
    ]);
  });

  it('is in colours only where it is asked to be', () => {
    const events = traceOf(['n1', { text: 'crash', life: 'crash' }]);
    const plain = drawForTerminal({ title: 't', events });
    const coloured = drawForTerminal({ title: 't', events }, { isColoured: true });
    const esc = String.fromCharCode(27);
    expect(plain).not.toContain(esc);
    expect(coloured).toContain(`${esc}[31m`);
    expect(coloured.split(new RegExp(`${esc}\\[[\\d;]*m`)).join('')).toBe(plain);
  });

  it('obeys nothing that a message says to the terminal', () => {
    const events = traceOf(['n1', { text: 'clear \u001b[2J', told: ['\u001b]0;title\u0007'] }]);
    const lines = drawForTerminal({ title: '\u001b[1m', events }).split('\n');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines[0]).toBe('\\u001b[1m');
  });
});
