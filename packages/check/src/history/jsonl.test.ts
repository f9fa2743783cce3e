import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEvent } from './history.ts';
import { readJsonl, writeHistory } from './jsonl.ts';
import { historyOf } from './recorder.ts';

const HEADER = '{"format":"troupe-history","version":1}';
const read = (...lines: string[]) => readJsonl([HEADER, ...lines].join('\n'));

// JSON has no -0.
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const turns = fc.array(
  fc.record({
    process: fc.oneof(fc.nat(), fc.string()),
    input: json,
    output: json,
    end: fc.constantFrom('ok', 'fail', 'info'),
  }),
);

test('what was written is read as it was', () => {
  fc.assert(
    fc.property(turns, (drawn) => {
      const events = drawn.flatMap(({ process, input, output, end }): HistoryEvent[] => [
        { type: 'invoke', process, input },
        end === 'ok' ? { type: 'ok', process, output } : { type: end as 'fail' | 'info', process },
      ]);
      expect(readJsonl(writeHistory(events))).toEqual(historyOf(events));
    }),
    { numRuns: 300 },
  );
});

test('what is for people is not read, and blank lines do not count', () => {
  const history = read(
    '{"type":"invoke","process":1,"input":null,"time":5,"note":"n"}',
    '',
    '{"type":"info","process":1,"error":"timeout"}',
    '',
  );
  expect(history.operations).toMatchObject([{ process: 1, input: null, outcome: 'info', invoked: 0, completed: 1 }]);
});

test('an output that is left out is one that nobody knows', () => {
  const { operations } = read('{"type":"invoke","process":1,"input":0}', '{"type":"ok","process":1}');
  expect(operations).toMatchObject([{ outcome: 'ok', output: undefined }]);
});

test.each([
  ['', `Line 1: expected the header ${HEADER}, got an empty file.`],
  [
    '{"type":"invoke","process":1,"input":0}',
    `Line 1: expected the header ${HEADER}, got {"type":"invoke","process":1,"input":0}.`,
  ],
  ['{"format":"troupe-history","version":2}', 'Line 1: expected version 1 of the format, got version 2.'],
  [`${HEADER}\n{"type":"invoke"`, 'Line 2: expected a JSON object, got {"type":"invoke".'],
  [`${HEADER}\n\n[]`, 'Line 3: expected a JSON object, got [].'],
  [`${HEADER}\n{"type":"call","process":1}`, 'Line 2: expected type to be one of invoke, ok, fail, info, got "call".'],
  [`${HEADER}\n{"type":"ok","process":1.5}`, 'Line 2: expected process to be a whole number or a string, got 1.5.'],
  [
    `${HEADER}\n{"type":"invoke","process":1}`,
    'Line 2: expected an input beside invoke, got {"type":"invoke","process":1}.',
  ],
  [
    `${HEADER}\n{"type":"ok","process":1,"ouput":3}`,
    'Line 2: expected fields type, process, output for ok, got field ouput.',
  ],
  [
    `${HEADER}\n{"type":"ok","process":1,"output":3}`,
    'Line 2: expected process 1 to invoke an operation first, got ok as event 0.',
  ],
])('a malformed file is refused with its line: %j', (text, message) => {
  expect(() => readJsonl(text)).toThrow(expect.objectContaining({ code: 'TROUPE_HISTORY_MALFORMED', message }));
});

test.each([[1n], [Number.NaN], [-0], [new Date(0)], [{ at: [() => 0] }]])(
  'what JSON would change is not written: %s',
  (input) => {
    expect(() => writeHistory([{ type: 'invoke', process: 1, input }])).toThrow(
      expect.objectContaining({ code: 'TROUPE_HISTORY_MALFORMED', data: expect.objectContaining({ line: 2 }) }),
    );
  },
);
