import type { Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, LogIndex, Term } from './entry.ts';
import {
  appendTo,
  compactTo,
  createLog,
  EMPTY_BASE,
  entryAt,
  lastIndexOf,
  lastIndexUpToTerm,
  lastTermOf,
  lastTimeOf,
  retainedAfter,
  sliceFrom,
  termAt,
  truncateFrom,
} from './log.ts';

const entry = (term: number, bytes = 1): Entry => ({
  kind: 'command',
  term: term as Term,
  time: term as Ticks,
  bytes,
  data: null,
});

/** Terms that never fall. */
const logTerms = fc.array(fc.nat(2), { maxLength: 12 }).map((steps) => {
  let term = 1;
  return steps.map((step) => (term += step));
});

describe('the log', () => {
  it('does what an array of all entries would, whatever was compacted', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('append' as const), terms: fc.array(fc.nat(2), { maxLength: 4 }) }),
      fc.record({ do: fc.constant('truncate' as const), at: fc.nat(15) }),
      fc.record({ do: fc.constant('compact' as const), at: fc.nat(15) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const log = createLog(EMPTY_BASE, []);
        let all: number[] = [];
        let base = 0;
        for (const one of acts) {
          if (one.do === 'append') {
            const terms = one.terms.map((step) => (all[all.length - 1] ?? 1) + step);
            terms.sort((a, b) => a - b);
            appendTo(
              log,
              terms.map((term) => entry(term)),
            );
            all.push(...terms);
          } else if (one.do === 'truncate') {
            const from = base + 1 + (one.at % (all.length - base + 1));
            truncateFrom(log, from as LogIndex);
            all = all.slice(0, from - 1);
          } else {
            base = Math.max(base, one.at % (all.length + 1));
            compactTo(log, base as LogIndex);
          }
          expect([lastIndexOf(log), lastTermOf(log), log.base.index]).toEqual([
            all.length,
            all[all.length - 1] ?? 0,
            base,
          ]);
          expect(lastTimeOf(log)).toBe(all[all.length - 1] ?? 0);
          for (let index = 0; index <= all.length + 2; index++) {
            const known = index >= base ? (index === 0 ? 0 : all[index - 1]) : undefined;
            expect(termAt(log, index as LogIndex)).toBe(known);
            expect(entryAt(log, index as LogIndex)?.term).toBe(index > base ? all[index - 1] : undefined);
          }
        }
      }),
    );
  });

  it('gives as many entries as both bounds let through, and one at least', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }),
        fc.nat(9),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 30 }),
        (sizes, skip, entriesMax, bytesMax) => {
          const log = createLog(
            EMPTY_BASE,
            sizes.map((bytes) => entry(1, bytes)),
          );
          const from = 1 + (skip % sizes.length);
          const slice = sliceFrom(log, from as LogIndex, entriesMax, bytesMax).map(({ bytes }) => bytes);
          expect(slice).toEqual(sizes.slice(from - 1, from - 1 + slice.length));
          const sum = (list: number[]) => list.reduce((all, size) => all + size, 0);
          expect(slice.length).toBeGreaterThanOrEqual(1);
          expect(slice.length === 1 || sum(slice) <= bytesMax).toBe(true);
          expect(slice.length).toBeLessThanOrEqual(entriesMax);
          const next = sizes[from - 1 + slice.length];
          if (next !== undefined) expect(slice.length === entriesMax || sum(slice) + next > bytesMax).toBe(true);
        },
      ),
    );
  });

  it('keeps the last entries within count and bytes, as taking one after the other from the end would', () => {
    const size = fc.nat({ max: 100 });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 12 }), fc.nat(12), fc.nat(12), fc.nat(5), fc.nat(800), (...drawn) => {
        const [sizes, compacted, up, entriesMax, bytesMax] = drawn;
        const log = createLog(
          EMPTY_BASE,
          sizes.map((bytes) => entry(1, bytes)),
        );
        const base = compacted % (sizes.length + 1);
        const index = base + (up % (sizes.length - base + 1));
        compactTo(log, base as LogIndex);
        const kept = sizes.slice(base, index);
        while (kept.length > entriesMax || kept.reduce((sum, each) => sum + each + 64, 0) > bytesMax) kept.shift();
        expect(retainedAfter(log, index as LogIndex, entriesMax, bytesMax)).toBe(index - kept.length);
      }),
    );
  });

  it('finds the last index up to a term as a walk from the end would', () => {
    fc.assert(
      fc.property(logTerms, fc.nat(12), fc.nat(15), fc.nat(20), (terms, compacted, index, term) => {
        const log = createLog(
          EMPTY_BASE,
          terms.map((one) => entry(one)),
        );
        const base = compacted % (terms.length + 1);
        compactTo(log, base as LogIndex);
        let expected = Math.max(base, Math.min(index, terms.length));
        while (expected > base && (terms[expected - 1] as number) > term) expected--;
        expect(lastIndexUpToTerm(log, index as LogIndex, term as Term)).toBe(expected);
      }),
    );
  });

  it('finds where two logs part in a round a term', () => {
    fc.assert(
      fc.property(logTerms, logTerms, logTerms, (common, left, right) => {
        // Two logs that are equal at first: where they go on in one term, they go on alike.
        const above = common[common.length - 1] ?? 0;
        const of = (tail: number[], odd: number) => [...common, ...tail.map((term) => above + 2 * term + odd)];
        const [leader, follower] = [of(left, 0), of(right, 1)];
        const [a, b] = [leader, follower].map((terms) =>
          createLog(
            EMPTY_BASE,
            terms.map((term) => entry(term)),
          ),
        ) as [ReturnType<typeof createLog>, ReturnType<typeof createLog>];
        let prev = lastIndexOf(a);
        let rounds = 0;
        while (termAt(b, prev) !== termAt(a, prev)) {
          const hint = lastIndexUpToTerm(b, prev, termAt(a, prev) as Term);
          prev = Math.min(prev - 1, lastIndexUpToTerm(a, hint, termAt(b, hint) as Term)) as LogIndex;
          rounds++;
        }
        expect(prev).toBeLessThanOrEqual(common.length);
        expect(leader.slice(0, prev)).toEqual(follower.slice(0, prev));
        expect(rounds).toBeLessThanOrEqual(new Set([...leader, ...follower]).size + 1);
      }),
    );
  });
});
