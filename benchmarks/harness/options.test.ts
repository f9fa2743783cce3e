import { describe, expect, test } from 'vitest';
import { SUITE_NAMES } from '../workloads/suites.ts';
import { parseOptions, USAGE } from './options.ts';

describe('the options', () => {
  test('without any, every suite runs in full', () => {
    const options = parseOptions([]);
    expect(options).toEqual({
      suites: SUITE_NAMES,
      subjects: [],
      workloads: [],
      quick: false,
      json: undefined,
      list: false,
      help: false,
    });
  });

  test('named suites run in their own order, each once', () => {
    expect(parseOptions(['threads', 'local', 'threads']).suites).toEqual(['local', 'threads']);
  });

  test('subjects and workloads may be repeated, and separated by commas', () => {
    const options = parseOptions(['--subject', 'nact,comedy', '--subject', 'limit', '--workload', 'ask-1,ask-16']);
    expect(options.subjects).toEqual(['nact', 'comedy', 'limit']);
    expect(options.workloads).toEqual(['ask-1', 'ask-16']);
  });

  test('a suite that does not exist is refused with those that do', () => {
    expect(() => parseOptions(['locl'])).toThrow(`Expected a suite of ${SUITE_NAMES.join(', ')}, got "locl"`);
  });

  test('an option that does not exist is refused', () => {
    expect(() => parseOptions(['--fast'])).toThrow('--fast');
  });

  test('a file without a name is refused', () => {
    expect(() => parseOptions(['--json', ''])).toThrow('Expected a file name after --json');
  });

  test('the usage names every suite and every option', () => {
    for (const name of SUITE_NAMES) expect(USAGE).toContain(name);
    for (const name of ['--quick', '--subject', '--workload', '--json', '--list', '--help'])
      expect(USAGE).toContain(name);
  });
});
