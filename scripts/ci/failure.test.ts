import { describe, expect, it } from 'vitest';
import { describeFailures, Tail } from './failure.ts';

const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join('\n');

describe('the failures of a step', () => {
  it('are named with the first lines of their reasons, without colours', () => {
    const described = describeFailures('tests', [
      { what: 'a.test.ts > adds', why: '\u001b[31mAssertionError\u001b[39m: 1\n\n  at a.test.ts:3\n' },
      { what: 'b.test.ts > goes on', why: lines(40) },
    ]);
    const [first, error, place, second, ...rest] = described.split('\n');
    expect([first, error, place]).toEqual(['tests: a.test.ts > adds', '    AssertionError: 1', '      at a.test.ts:3']);
    expect(second).toBe('tests: b.test.ts > goes on');
    expect(rest).toHaveLength(16);
    expect(rest.at(-1)).toBe('    … 25 more');
  });

  it('are all named, where they are too many to say why', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ what: `test ${at}`, why: lines(3) }));
    const described = describeFailures('tests', many).split('\n');
    expect(described).toHaveLength(100 + 20 * 3);
    expect(described.at(-1)).toBe('tests: test 99');
  });

  it('are the step itself, where nothing else has a name', () => {
    expect(describeFailures('npm ci', [{ what: '', why: 'exit 1' }])).toBe('npm ci\n    exit 1');
  });
});

describe('a tail', () => {
  it('keeps the last lines, wherever the output was cut', () => {
    const tail = new Tail();
    for (const char of lines(1_000)) tail.add(char);
    expect(tail.read().split('\n')).toEqual(lines(1_000).split('\n').slice(-15));
  });
});
