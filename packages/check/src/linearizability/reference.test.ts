import fc from 'fast-check';
import { expect, test } from 'vitest';
import { casRegister } from '../models/register.ts';
import { checkLinearizability } from './linearizability.ts';
import { playedHistory } from './played-history.fixture.ts';
import { isLinearizableByReference } from './reference.fixture.ts';

const RUNS = Number(process.env['TROUPE_CHECK_RUNS'] ?? 300);

test('what clients of a correct register saw is linearizable, however much of it is pending', () => {
  fc.assert(
    fc.property(playedHistory(0), (history) => {
      expect(checkLinearizability(history, casRegister(), { bytes: 1 << 26 }).verdict).not.toBe('illegal');
    }),
    { numRuns: RUNS },
  );
});

test('longer histories have the verdict of a search without any shortcut', () => {
  const verdicts = { ok: 0, illegal: 0, unknown: 0 };
  fc.assert(
    fc.property(playedHistory(8), (history) => {
      const expected = isLinearizableByReference(history, casRegister(), 3_000);
      if (expected === undefined) return;
      const { verdict } = checkLinearizability(history, casRegister());
      verdicts[verdict]++;
      expect(verdict).toBe(expected ? 'ok' : 'illegal');
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
});
