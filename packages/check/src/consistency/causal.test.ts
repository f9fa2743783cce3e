import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isCausalByTrial, strictOrders } from './causal.fixture.ts';
import { type CausalLevel, checkCausal, CAUSAL_LEVELS as LEVELS } from './causal.ts';
import { processes } from './notation.fixture.ts';
import { smallHistories } from './random.fixture.ts';

const RUNS = Number(process.env['CHECK_RUNS'] ?? 300);

function patterns(level: CausalLevel, ...lines: string[]): string[] {
  return checkCausal(processes(...lines), { level }).violations.map(({ name }) => name);
}

describe('histories that tell the levels apart, after figure 3 of the paper', () => {
  test.each<[string, string[], [string[], string[], string[]]]>([
    ['(a) memory, no convergence', ['w x 1, r x 2', 'w x 2, r x 1'], [[], ['CyclicCF'], []]],
    [
      '(b) convergence, no memory',
      ['w z 1, w x 1, w y 1', 'w x 2, r z -, r y 1, r x 2'],
      [[], [], ['WriteHBInitRead']],
    ],
    ['(c) consistency alone', ['w x 1', 'w x 2, r x 1, r x 2'], [[], ['CyclicCF'], ['CyclicHB']]],
    ['(d) all, though not sequential', ['w x 1, r y -, w y 1, r x 1', 'w x 2, r y -, w y 2, r x 2'], [[], [], []]],
    [
      '(e) none',
      ['w x 1, w y 1', 'r y 1, w x 2', 'r x 2, r x 1'],
      [['WriteCORead'], ['WriteCORead', 'CyclicCF'], ['WriteCORead', 'CyclicHB']],
    ],
  ])('%s', (_, lines, expected) => {
    expect(LEVELS.map((level) => patterns(level, ...lines))).toEqual(expected);
  });
});

describe('each bad pattern is found', () => {
  it('ThinAirRead: a value that nobody wrote, or whose write failed', () => {
    expect(patterns('causal-consistency', 'r x 1')).toEqual(['ThinAirRead']);
    expect(patterns('causal-consistency', 'w x 1!', 'r x 1')).toEqual(['ThinAirRead']);
  });

  it('CyclicCO: a read of what will only be caused by it', () => {
    expect(patterns('causal-consistency', 'r x 1, w y 1', 'r y 1, w x 1')).toEqual(['CyclicCO']);
    expect(patterns('causal-consistency', 'r x 1, w x 1')).toEqual(['CyclicCO']);
  });

  it('WriteCOInitRead: a read that knows of no write, after one', () => {
    const { violations } = checkCausal(processes('w x 1, w y 1', 'r y 1, r x -'));
    expect(violations.map(({ name }) => name)).toEqual(['WriteCOInitRead']);
    expect(violations[0]!.because).toEqual([
      'p1 wrote 1 to x (operation 0) before p1 wrote 1 to y (operation 1)',
      'p1 wrote 1 to y (operation 1) before p2 read 1 from y (operation 2)',
      'p2 read 1 from y (operation 2) before p2 read null from x (operation 3)',
    ]);
  });

  it('WriteCORead: a read of what was overwritten before, as it knew', () => {
    const { violations } = checkCausal(processes('w x 1, w x 2', 'r x 2, r x 1'));
    expect(violations.map(({ name }) => name)).toEqual(['WriteCORead']);
    expect(violations[0]!.operations.map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(violations[0]!.explanation).toMatch(
      /^p2 read 1 from x \(operation 3\), which is older, though p1 wrote 2 to x \(operation 1\) precedes it: /,
    );
  });
});

describe('indeterminate writes', () => {
  it('need not have happened', () => {
    expect(patterns('causal-consistency', 'w x 1?, r x -')).toEqual([]);
  });

  it('happened where they were read, at any time after what preceded them', () => {
    expect(patterns('causal-consistency', 'w x 1?, r x -, r x 1')).toEqual([]);
    expect(patterns('causal-consistency', 'w y 1, w x 1?', 'r x 1, r y -')).toEqual(['WriteCOInitRead']);
  });
});

it('a read whose value nobody knows says nothing', () => {
  const { operations, eventCount } = processes('w x 1, r x -');
  const [write, read] = operations;
  expect(checkCausal({ operations: [write!, { ...read!, output: undefined }], eventCount }).verdict).toBe('ok');
});

describe('a history that can not be judged', () => {
  it.each(['w x 1 | w x 1', 'w x 1 | w x 1!', 'w x -'])('writes a value twice, or the initial one: %s', (lines) => {
    const history = processes(...lines.split(' | '));
    expect(() => checkCausal(history)).toThrow(expect.objectContaining({ code: 'TROUPE_WRITES_NOT_DISTINCT' }));
  });

  it('has an operation that is neither read nor write', () => {
    const [operation] = processes('w x 1').operations;
    const history = { operations: [{ ...operation!, input: { f: 'cas', value: [1, 2] } }], eventCount: 2 };
    expect(() => checkCausal(history)).toThrow(expect.objectContaining({ code: 'TROUPE_ACCESS_UNKNOWN' }));
  });

  it('is asked for a level that there is not', () => {
    const level = 'casual' as CausalLevel;
    expect(() => checkCausal(processes('w x 1'), { level })).toThrow(
      expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }),
    );
  });
});

describe('small histories get the verdict of the definition', () => {
  it('of which every causal order is tried: as many as there are', () => {
    expect([1, 2, 3, 4, 5].map((size) => strictOrders(size).length)).toEqual([1, 3, 19, 219, 4231]);
  });

  it.each(LEVELS)('%s', (level) => {
    const verdicts = { ok: 0, illegal: 0 };
    fc.assert(
      fc.property(smallHistories(5), (lines) => {
        const history = processes(...lines);
        const { verdict } = checkCausal(history, { level });
        verdicts[verdict]++;
        expect(verdict).toBe(isCausalByTrial(history, level) ? 'ok' : 'illegal');
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
  });
});
