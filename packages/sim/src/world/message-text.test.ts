import { describe, expect, it } from 'vitest';
import { fieldsOf, textOf } from './message-text.ts';

describe('plain data as text', () => {
  it('begins with its kind, and says what a stack wraps before its layer', () => {
    expect(textOf({ kind: 'vote', term: 3, by: ['n1'] })).toBe('vote {term: 3, by: [n1]}');
    expect(textOf({ layer: 1, message: { kind: 'ack' } })).toBe('ack of layer 1');
  });

  it('is cut', () => {
    expect(textOf('x'.repeat(200), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('the fields of a state', () => {
  it('are told by their paths, through records, maps and lists of records', () => {
    const state = {
      role: 'leader',
      peers: new Map([['n2', { acked: 4 }]]),
      layers: [{ waiting: [1, 2] }],
      seen: new Set(['a']),
      gone: undefined,
    };
    expect(fieldsOf(state)).toEqual([
      { name: 'role', text: 'leader' },
      { name: 'peers.n2.acked', text: '4' },
      { name: 'layers.0.waiting', text: '[1, 2]' },
      { name: 'seen', text: '{a}' },
    ]);
  });

  it('are one where a state has no parts, or none', () => {
    expect(fieldsOf(7)).toEqual([{ name: '', text: '7' }]);
    expect(fieldsOf({ open: {} })).toEqual([{ name: 'open', text: '{}' }]);
  });

  it('are bounded', () => {
    expect(fieldsOf(Object.fromEntries(Array.from({ length: 500 }, (_, key) => [`f${key}`, key])))).toHaveLength(64);
    expect(fieldsOf({ long: 'x'.repeat(1_000) })[0]?.text).toHaveLength(300);
  });
});
