import { describe, expect, it } from 'vitest';
import { type Timer, Timers } from './timers.ts';

/** A clock and an alarm in hand. */
function world() {
  let now = 0;
  let at = Number.POSITIVE_INFINITY;
  let ring: () => void = () => {};
  const timers = new Timers({
    clock: { now: () => now, wall: () => now },
    alarm: (onRing) => {
      ring = onRing;
      return {
        set: (time) => {
          at = time;
        },
        clear: () => {
          at = Number.POSITIVE_INFINITY;
        },
      };
    },
  });
  const advance = (to: number): void => {
    while (at <= to) {
      now = Math.max(now, at);
      at = Number.POSITIVE_INFINITY;
      ring();
    }
    now = to;
  };
  return { timers, advance, nextAlarm: () => at };
}

describe('the timers of a node', () => {
  it('fire in the order of a naive sorted list, whatever is set and cancelled when', () => {
    // Every order of a few times, with one cancelled, exhaustively.
    const TIMES = [0, 1, 1, 2, 3];
    for (const order of permutations([0, 1, 2, 3, 4]))
      for (let cancelled = -1; cancelled < order.length; cancelled++) {
        const { timers, advance } = world();
        const fired: number[] = [];
        const made: Timer[] = order.map((which) => timers.after(TIMES[which] as number, () => fired.push(which)));
        if (cancelled >= 0) timers.cancel(made[cancelled] as Timer);
        const expected = order
          .filter((_, place) => place !== cancelled)
          .map((which, place) => ({ which, place, at: TIMES[which] as number }))
          .sort((a, b) => a.at - b.at || a.place - b.place)
          .map(({ which }) => which);
        advance(10);
        expect(fired).toEqual(expected);
        expect(timers.size).toBe(0);
      }
  });

  it('set the alarm for the earliest, and for none where there is none', () => {
    const { timers, nextAlarm } = world();
    const late = timers.after(50, () => {});
    const early = timers.after(20, () => {});
    expect(nextAlarm()).toBe(20);
    timers.cancel(early);
    expect(nextAlarm()).toBe(50);
    timers.cancel(late);
    timers.cancel(late);
    expect(nextAlarm()).toBe(Number.POSITIVE_INFINITY);
  });

  it('fire although one before them threw', () => {
    const { timers, advance } = world();
    const fired: string[] = [];
    timers.after(1, () => {
      throw new Error('thrown by a timer');
    });
    timers.after(1, () => fired.push('second'));
    timers.after(5, () => fired.push('third'));
    expect(() => advance(1)).toThrow('thrown by a timer');
    advance(10);
    expect(fired).toEqual(['second', 'third']);
  });

  it('that are set while others fire, for now, fire in the same ring', () => {
    const { timers, advance } = world();
    const fired: number[] = [];
    timers.after(1, () => {
      fired.push(1);
      timers.after(0, () => fired.push(2));
    });
    advance(1);
    expect(fired).toEqual([1, 2]);
  });

  it('refuse a time that is no number, and keep their order', () => {
    const { timers, advance } = world();
    const fired: number[] = [];
    timers.after(2, () => fired.push(2));
    for (const at of [Number.NaN, 'soon', undefined])
      expect(() => timers.set(at as never, () => expect.fail('fired')), String(at)).toThrow(
        expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
      );
    timers.after(1, () => fired.push(1));
    advance(2);
    expect(fired).toEqual([1, 2]);
  });

  it('that are moved fire once, when they are due at last, and after those of that time; one put off sets no alarm', () => {
    const { timers, advance, nextAlarm } = world();
    const fired: string[] = [];
    const election = timers.after(10, () => fired.push('old'));
    timers.after(25, () => fired.push('before'));
    for (let beat = 1; beat <= 15; beat++) {
      advance(beat);
      expect(timers.move(election, beat + 10, () => fired.push(`set at ${beat}`))).toBe(true);
    }
    // It rang once for nothing, at 10: it was due at 19 then.
    expect(nextAlarm()).toBe(19);
    advance(24);
    expect(fired).toEqual([]);
    advance(25);
    expect(fired).toEqual(['before', 'set at 15']);
    expect(timers.move(election, 30, () => expect.fail('fired'))).toBe(false);
    const sooner = timers.after(20, () => expect.fail('fired'));
    timers.move(sooner, 26, () => fired.push('sooner'));
    expect(nextAlarm()).toBe(26);
    advance(60);
    expect(fired).toEqual(['before', 'set at 15', 'sooner']);
  });

  it('never fire, nor set the alarm, once they are closed', () => {
    const { timers, advance, nextAlarm } = world();
    timers.after(1, () => expect.fail('fired'));
    timers.close();
    timers.cancel(timers.after(2, () => expect.fail('fired')));
    timers.after(3, () => expect.fail('fired'));
    expect(nextAlarm()).toBe(Number.POSITIVE_INFINITY);
    advance(5);
    expect(timers.size).toBe(0);
  });

  it('are all gone after clear', () => {
    const { timers, advance } = world();
    timers.after(1, () => expect.fail('fired'));
    timers.clear();
    advance(5);
    expect(timers.size).toBe(0);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
