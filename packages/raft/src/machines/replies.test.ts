import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replies } from './replies.ts';

/** As a map would do it. */
class Naive {
  below = 0;
  readonly kept = new Map<number, object>();

  forget(below: number): void {
    this.below = Math.max(this.below, below);
    for (const sequence of this.kept.keys()) if (sequence < this.below) this.kept.delete(sequence);
  }

  all(): [number, object][] {
    return [...this.kept].sort(([a], [b]) => a - b);
  }
}

describe('replies', () => {
  it('are kept from the first that has not arrived on, as a map would keep them', () => {
    const step = fc.record({ forgets: fc.boolean(), ahead: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 300 })) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const replies = new Replies<object>();
        const naive = new Naive();
        for (const { forgets, ahead } of steps) {
          const sequence = naive.below + ahead;
          if (forgets) {
            replies.forget(sequence);
            naive.forget(sequence);
          } else {
            const reply = { sequence };
            replies.set(sequence, reply);
            naive.kept.set(sequence, reply);
          }
          expect([...replies.all()]).toEqual(naive.all());
          for (let each = Math.max(0, naive.below - 20); each < naive.below + 320; each++)
            expect(replies.get(each)).toBe(naive.kept.get(each));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('forget nothing that was said to have arrived earlier', () => {
    const replies = new Replies<object>();
    replies.forget(10);
    replies.forget(5);
    expect(replies.answeredBelow).toBe(10);
  });

  it('end where numbers do', () => {
    const replies = new Replies<object>();
    const last = Number.MAX_SAFE_INTEGER;
    replies.forget(last);
    replies.set(last, { last });
    expect([...replies.all()]).toEqual([[last, { last }]]);
  });
});
