import { describe, expect, it } from 'vitest';
import { createGate, FAILED_PERSISTS_MAX, passGate, persistEnded, persistStarted } from './durability-gate.ts';
import { isTroupeError } from './error.ts';
import { Random } from './testing/random.ts';

describe('the durability gate', () => {
  it('releases exactly what a naive oracle would, over random histories', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const gate = createGate<number>();
      // The oracle knows each persist by its own number, and which number every item waits for.
      const labels: string[] = [];
      let ended = 0;
      const failed = new Set<string>();
      const waiting: { item: number; persist: number }[] = [];
      for (let item = 0; item < 60; item++) {
        const label = `p${random.below(3)}`;
        const dice = random.below(3);
        if (dice === 0) {
          labels.push(label);
          failed.delete(label);
          persistStarted(gate, label);
        } else if (dice === 1) {
          const persist = labels.lastIndexOf(label);
          const waits = persist >= ended;
          expect(passGate(gate, label, item)).toBe(waits ? 'held' : failed.has(label) ? 'dropped' : 'free');
          if (waits) waiting.push({ item, persist });
        } else if (ended < labels.length) {
          const oldest = labels[ended++] ?? '';
          const again = labels.lastIndexOf(oldest) >= ended;
          // An item goes with the latest persist of its label: where the label came again, all of them wait on.
          const due = again ? [] : waiting.filter(({ persist }) => labels[persist] === oldest);
          for (const entry of due) waiting.splice(waiting.indexOf(entry), 1);
          const durable = random.below(3) > 0;
          if (!durable && !again) failed.add(oldest);
          expect(persistEnded(gate, oldest, durable)).toEqual(due.map((entry) => entry.item));
        }
      }
      expect(gate.waiting).toBe(waiting.length);
      expect([...gate.held.values()].flat()).toHaveLength(waiting.length);
    }
  });

  it('refuses more failures than a working disk has', () => {
    const gate = createGate<number>();
    const fail = (label: number) => {
      persistStarted(gate, label);
      persistEnded(gate, label, false);
    };
    for (let label = 0; label < FAILED_PERSISTS_MAX; label++) fail(label);
    fail(0);
    expect(() => fail(-1)).toThrow(expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_INVARIANT')));
  });

  it('refuses an end out of order', () => {
    const gate = createGate<number>();
    persistStarted(gate, 'a');
    persistStarted(gate, 'b');
    expect(() => persistEnded(gate, 'b', true)).toThrow(
      expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_INVARIANT')),
    );
  });
});
