import { expect, test } from 'vitest';
import { EDN_DEPTH_MAX, EdnReader } from './edn.ts';

const read = (text: string) => new EdnReader(text).value();

test.each<[string, unknown]>([
  ['nil', null],
  ['true', true],
  ['-12', -12],
  ['+7', 7],
  ['12N', 12],
  ['9007199254740993', 9007199254740993n],
  ['1.5e3', 1500],
  ['2.50M', 2.5],
  [':a/b', 'a/b'],
  ['"a\\n\\u00e9\\"b"', 'a\né"b'],
  ['\\a', 'a'],
  ['\\newline', '\n'],
  ['\\(', '('],
  ['[1, [2 3] (4)]', [1, [2, 3], [4]]],
  ['#{1 2}', [1, 2]],
  ['{:a 1 "b" {2 nil}}', { a: 1, b: { 2: null } }],
  ['#inst "2026-01-01"', '2026-01-01'],
  ['; said before\n #_ [:left #_ :out] 5', 5],
  ['{:__proto__ 1}', JSON.parse('{"__proto__": 1}')],
])('reads %s', (text, value) => {
  expect(read(text)).toEqual(value);
});

test.each<[string, string]>([
  ['foo', 'expected an EDN value, got foo'],
  [']', 'expected an EDN value, got ]'],
  ['[1', 'expected a ] for this [, got the end'],
  ['[1\n2}', 'Line 2: expected an EDN value, got }'],
  ['{:a}', 'expected a value for each key of a map, got 1 parts'],
  ['{:a 1 :a 2}', 'expected a map with each key once, got one twice'],
  ['"a', 'expected a " at the end of this text, got the end'],
  ['"\\q"', 'expected an escape, got \\q'],
  ['"\\u12"', 'expected four digits after \\u'],
  ['\\nope', 'expected a character, got \\nope'],
  ['##Inf', 'expected a tag or a set'],
  ['[\n\n(1', 'Line 3: expected a ) for this (, got the end'],
  ['['.repeat(EDN_DEPTH_MAX + 1), 'expected at most 200 levels'],
  ['#_'.repeat(100_000), 'expected at most 200 levels'],
])('refuses %j with its line', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
