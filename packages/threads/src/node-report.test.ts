import { describe, expect, it } from 'vitest';
import { jsonLogger } from './log.ts';
import { readReport } from './node-report.ts';
import { createRingMemory } from './ring/index.ts';

const memory = createRingMemory(1_024);
const made = { id: '1/1/0', node: 2, life: 1, memory };

describe('a report of a node', () => {
  it('is read where it is a log record, or says of a ring that it was made or settled', () => {
    expect(readReport(1, { made })).toEqual({ made });
    expect(readReport(1, { settled: '2/1/0' })).toEqual({ settled: '2/1/0' });
    for (const text of ['text', undefined])
      expect(readReport(1, { log: ['warn', { a: 1 }, text] })).toEqual({ log: ['warn', { a: 1 }, text] });
  });

  it('is none where it says anything else', () => {
    const wrong: readonly unknown[] = [
      undefined,
      null,
      5,
      [],
      {},
      { made: null },
      { made: 5 },
      { made: {} },
      { made: { ...made, id: '2/1/0' } },
      { made: { ...made, id: 7 } },
      { made: { ...made, id: `1/${'x'.repeat(100)}` } },
      { made: { ...made, node: Number.NaN } },
      { made: { ...made, life: 'first' } },
      { made: { ...made, memory: null } },
      { made: { ...made, memory: { ...memory, control: new SharedArrayBuffer(4) } } },
      { settled: 5 },
      { log: 'warn' },
      { log: ['constructor', {}, 'text'] },
      { log: ['warn', null, 'text'] },
      { log: ['warn', {}, { toString: 1 }] },
    ];
    for (const report of wrong) expect(readReport(1, report), JSON.stringify(report)).toBeUndefined();
  });
});

describe('a log record', () => {
  it('is written whatever the fields of its error are', () => {
    const lines: string[] = [];
    const log = jsonLogger('info', (line) => lines.push(line));
    const odd = { toString: 1, valueOf: 1 };
    for (const value of [5n, odd, Symbol('s'), () => {}, new Map()]) {
      const error = new Error('odd');
      Object.defineProperties(error, {
        name: { value },
        message: { value },
        stack: { value },
        code: { value },
        cause: { value: Object.assign(new Error('cause'), { code: value }) },
      });
      log.warn({ err: error, value, cyclic: lines }, 'odd');
    }
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 40, msg: 'odd' });
  });
});
