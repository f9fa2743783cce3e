import { describe, expect, it } from 'vitest';
import { readSchedule, SCHEDULE_VERSION, type Schedule, writeSchedule } from './schedule.ts';

const version = SCHEDULE_VERSION;
const span = { label: 'n1 disk', choices: [] };
const text = (value: unknown) => JSON.stringify(value);

describe('a schedule as text', () => {
  it('is read as it was written', () => {
    const schedule: Schedule = {
      simulation: 'mutex',
      bug: 'mutex-1',
      spans: [
        { label: 'setup', origin: undefined, choices: [{ label: 'nodes', n: 3, value: 2 }] },
        { label: 'n1→n2 grant', origin: 'node', choices: [], skipped: true },
      ],
    };
    expect(readSchedule(writeSchedule(schedule))).toEqual(schedule);
    const { bug: _, ...without } = schedule;
    expect(readSchedule(writeSchedule(without))).toEqual(without);
  });

  it.each([
    ['no JSON', '{', /with JSON, got /],
    ['a list', '[]', /version 1, got undefined/],
    ['null', 'null', /an object, got null/],
    ['a number', '7', /an object, got 7/],
    ['another version', text({ version: 99, simulation: 'x', spans: [] }), /version 1, got 99/],
    ['no name', text({ version, spans: [] }), /the name of a simulation, got undefined/],
    ['a bug that is no id', text({ version, simulation: 'x', bug: 1, spans: [] }), /the id of a bug, got 1/],
    ['no spans', text({ version, simulation: 'x', spans: {} }), /a list of spans, got {}/],
    [
      'a span without a label',
      text({ version, simulation: 'x', spans: [span, { choices: [] }] }),
      /span 1 to have a label/,
    ],
    [
      'a span without choices',
      text({ version, simulation: 'x', spans: [{ label: 'a' }] }),
      /span 0 to have a label and choices/,
    ],
    [
      'a span of an unknown origin',
      text({ version, simulation: 'x', spans: [{ ...span, origin: 'god' }] }),
      /span 0 to be of node, client, fault/,
    ],
    [
      'a choice of two parts',
      text({ version, simulation: 'x', spans: [{ ...span, choices: [['a', 1]] }] }),
      /0 ≤ value < n in span 0, got \["a",1\]/,
    ],
    [
      'a choice out of bounds',
      text({ version, simulation: 'x', spans: [{ ...span, choices: [['a', 2, 2]] }] }),
      /in span 0, got \["a",2,2\]/,
    ],
    [
      'a choice below 0',
      text({ version, simulation: 'x', spans: [{ ...span, choices: [['a', 2, -1]] }] }),
      /in span 0/,
    ],
    [
      'a choice between wholes',
      text({ version, simulation: 'x', spans: [{ ...span, choices: [['a', 2, 0.5]] }] }),
      /in span 0/,
    ],
  ])('is refused where it is %s', (_, given, message) => {
    expect(() => readSchedule(given)).toThrow(message);
    expect(() => readSchedule(given)).toThrow(expect.objectContaining({ code: 'TROUPE_SIM_SCHEDULE' }) as Error);
  });
});
