import { expect, it } from 'vitest';
import type { LogLevel } from './host.ts';
import { loggerOf } from './logger.ts';

it('logs each level by what was made for it, with the fields and the text', () => {
  const records: unknown[] = [];
  const log = loggerOf((level) => (fields, text) => records.push([level, fields, text]));
  const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  for (const level of levels) log[level]({ of: level }, `a ${level}`);
  expect(records).toEqual(levels.map((level) => [level, { of: level }, `a ${level}`]));
  expect(Object.keys(log)).toEqual(levels);
});
