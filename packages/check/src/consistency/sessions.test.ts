import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkCausal } from './causal.ts';
import { processes } from './notation.fixture.ts';
import { smallHistories } from './random.fixture.ts';
import { SESSION_GUARANTEES, type SessionGuarantee } from './session-order.ts';
import { guaranteedByTrial } from './sessions.fixture.ts';
import { checkSessions } from './sessions.ts';

const RUNS = Number(process.env['CHECK_RUNS'] ?? 1000);

const INITIALS: Readonly<Record<SessionGuarantee, string>> = {
  'read-your-writes': 'RYW',
  'monotonic-reads': 'MR',
  'monotonic-writes': 'MW',
  'writes-follow-reads': 'WFR',
};

/** The smallest sets of guarantees that the history contradicts. */
function contradicted(...lines: string[]): string[] {
  const { violations } = checkSessions(processes(...lines));
  return violations.map(({ guarantees }) => guarantees.map((guarantee) => INITIALS[guarantee]).join('+'));
}

describe('a history contradicts', () => {
  test.each<[string, string[], string[]]>([
    ['nothing', ['w x 1, r x 1, w x 2', 'r x 1, r x 2'], []],
    ['nothing, where readers are merely late', ['w x 1, w x 2', 'r x -', 'r x 1'], []],
    ['read your writes: the value is gone', ['w x 1, r x -'], ['RYW']],
    ['monotonic reads: a value was there, and is gone', ['w x 1', 'r x 1, r x -'], ['MR']],
    ['monotonic reads: back and forth', ['w x 1', 'w x 2', 'r x 1, r x 2, r x 1'], ['MR']],
    ['monotonic reads, if writes are in order', ['w x 1, w x 2', 'r x 2, r x 1'], ['MR+MW']],
    ['read your writes, if writes are in order', ['w x 1, w x 2, r x 1'], ['RYW+MW']],
    ['writes follow reads: each was written after the other was read', ['r x 2, w x 1', 'r x 1, w x 2'], ['WFR']],
    ['writes follow reads, by what the writes were caused by', ['w x 1', 'r x 1, w y 1', 'r y 1, r x -'], ['MR+WFR']],
    ['monotonic writes, by another key', ['w x 1, w y 1', 'r y 1, r x -'], ['MR+MW']],
  ])('%s', (_, lines, expected) => {
    expect(contradicted(...lines)).toEqual(expected);
  });

  it('any set by a value that nobody wrote', () => {
    const { violations } = checkSessions(processes('w x 1!', 'r x 1'));
    expect(violations).toMatchObject([{ name: 'ThinAirRead', guarantees: [] }]);
  });

  it('only guarantees that were asked for', () => {
    const history = processes('w x 1, w x 2', 'r x 2, r x 1');
    expect(checkSessions(history, { guarantees: ['monotonic-reads', 'read-your-writes'] }).verdict).toBe('ok');
    expect(checkSessions(history, { guarantees: ['monotonic-reads', 'monotonic-writes'] }).verdict).toBe('illegal');
  });
});

it('a guarantee that there is not is refused', () => {
  const guarantees = ['read-my-writes' as SessionGuarantee];
  expect(() => checkSessions(processes('w x 1'), { guarantees })).toThrow(
    expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }),
  );
});

describe('a contradiction', () => {
  it('names the write that a read must have known', () => {
    const [violation] = checkSessions(processes('w x 1, r x -')).violations;
    expect(violation).toMatchObject({ name: 'InitialRead', operations: [{ index: 0 }, { index: 1 }] });
    expect(violation!.explanation).toBe(
      'p1 read null from x (operation 1), as it was at first, but whoever answered it must have known that p1 wrote 1 to x (operation 0)',
    );
  });

  it('names the writes that would each have to come first, and the read that says so', () => {
    const [violation] = checkSessions(processes('w x 1, w x 2', 'r x 2, r x 1')).violations;
    expect(violation!.name).toBe('CyclicWrites');
    expect([...violation!.because].sort()).toEqual([
      'p1 wrote 1 to x (operation 0), which had to take effect before p1 wrote 2 to x (operation 1)',
      'p1 wrote 2 to x (operation 1) before p1 wrote 1 to x (operation 0), since p2 read 1 from x (operation 3), and must have known both',
    ]);
  });
});

it('an indeterminate write may take effect after what its process did next', () => {
  expect(contradicted('w x 1?, r x -, r x 1')).toEqual([]);
  expect(contradicted('w x 1, w x 2?', 'r x 2, r x 1')).toEqual(['MR+MW']);
});

it('more writes than are followed at once are followed all the same', () => {
  const writer = Array.from({ length: 100 }, (_, at) => `w x ${at}`).join(', ');
  expect(contradicted(writer, 'r x 99, r x 0')).toEqual(['MR+MW']);
  expect(contradicted(writer, 'r x 0, r x 50, r x 99')).toEqual([]);
});

describe('small histories get the verdict of the definition', () => {
  it('for every set of guarantees', () => {
    const verdicts = { ok: 0, illegal: 0 };
    fc.assert(
      fc.property(smallHistories(6), fc.subarray([...SESSION_GUARANTEES]), (lines, guarantees) => {
        const history = processes(...lines);
        const { verdict } = checkSessions(history, { guarantees });
        verdicts[verdict]++;
        expect(verdict).toBe(guaranteedByTrial(history, guarantees) ? 'ok' : 'illegal');
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
  });

  it('and all four together are causal convergence', () => {
    const verdicts = { ok: 0, illegal: 0 };
    fc.assert(
      fc.property(smallHistories(14), (lines) => {
        const history = processes(...lines);
        const { verdict } = checkSessions(history);
        verdicts[verdict]++;
        expect(verdict).toBe(checkCausal(history, { level: 'causal-convergence' }).verdict);
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
  });
});
