import type { LogIndex, Term } from '@troupe/raft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TermRuns } from './term-runs.ts';

describe('runs of terms', () => {
  it('are what a list of all terms would be', () => {
    const act = fc.record({
      isCompaction: fc.boolean(),
      at: fc.nat({ max: 20 }),
      terms: fc.array(fc.nat({ max: 2 }), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const runs = new TermRuns(0 as LogIndex, 0 as Term);
        let base = 0;
        let oracle: number[] = [0];
        let term = 0;
        for (const { isCompaction, at, terms } of acts) {
          const last = base + oracle.length - 1;
          const index = base + 1 + (at % (last - base + 1));
          if (isCompaction && index <= last) {
            runs.compact(index as LogIndex, oracle[index - base] as Term);
            oracle = oracle.slice(index - base);
            base = index;
          } else {
            // Terms never go down along a log.
            term = oracle[index - 1 - base] as number;
            const added = terms.map((more) => (term += more));
            runs.append(index, added as Term[]);
            oracle = [...oracle.slice(0, index - base), ...added];
          }
          expect(runs.lastIndex).toBe(base + oracle.length - 1);
          for (let each = 0; each < base + oracle.length + 2; each++) expect(runs.at(each)).toBe(oracle[each - base]);
        }
      }),
    );
  });
});
