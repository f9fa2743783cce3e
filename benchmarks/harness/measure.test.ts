import { describe, expect, test } from 'vitest';
import { cost, rate, type Workload } from '../workloads/workload.ts';
import { type Effort, figure, measure } from './measure.ts';
import type { Bench } from './outcome.ts';
import { Tally } from './tally.ts';

const EFFORT: Effort = {
  warmupMilliseconds: 10,
  sampleMilliseconds: 10,
  samples: 4,
  draws: 7,
  timeoutMilliseconds: 1_000,
};
const WORKLOAD: Workload = { name: 'counting', about: '', results: [rate('counting', 'messages/s')], count: 4_000 };

/** Takes a made-up time for each operation, and handles what `handled` says. */
function subject(millisecondsEach: number, handled = (sent: number) => sent): Bench & { readonly counts: number[] } {
  const counts: number[] = [];
  return {
    counts,
    async run(count) {
      counts.push(count);
      return { sent: count, handled: handled(count), milliseconds: count * millisecondsEach };
    },
  };
}

describe('measure', () => {
  test('takes as many samples as the effort says, of the size of the workload', async () => {
    const fast = subject(0.001);
    const outcomes = await measure(fast, WORKLOAD, EFFORT);
    expect(outcomes.map((outcome) => outcome.sent)).toEqual([4_000, 4_000, 4_000, 4_000]);
    expect(outcomes.map((outcome) => figure(outcome, WORKLOAD.results[0]!))).toEqual(Array(4).fill(1_000_000));
  });

  test('gives a slow subject as many operations as fit into the time of a sample', async () => {
    const outcomes = await measure(subject(0.1), WORKLOAD, EFFORT);
    expect(outcomes.map((outcome) => outcome.sent)).toEqual([100, 100, 100, 100]);
  });

  test('a subject slower than a sample still does one operation', async () => {
    const outcomes = await measure(subject(1_000), WORKLOAD, EFFORT);
    expect(outcomes.map((outcome) => outcome.sent)).toEqual([1, 1, 1, 1]);
  });

  test('a fixed workload has neither warm-up nor another size', async () => {
    const start = subject(1_000);
    await measure(start, { ...WORKLOAD, fixed: true, count: 8 }, EFFORT);
    expect(start.counts).toEqual([8, 8, 8, 8]);
  });

  test('a workload of draws has as many samples as the effort has draws', async () => {
    const draw = subject(1_000);
    await measure(draw, { ...WORKLOAD, fixed: true, isDraw: true, count: 1 }, EFFORT);
    expect(draw.counts).toEqual(Array(EFFORT.draws).fill(1));
  });

  test('a subject whose runs are pauses is made warm by what it has for that', async () => {
    const paused = subject(1_000);
    const warmed: number[] = [];
    const warm = async (count: number) => {
      warmed.push(count);
      return { sent: count, handled: count, milliseconds: 6 };
    };
    await measure({ ...paused, warm }, { ...WORKLOAD, fixed: true, count: 8 }, EFFORT);
    expect(warmed).toEqual([500, 833]);
    expect(paused.counts).toEqual([8, 8, 8, 8]);
  });

  test('a lost message is an error that says how many there should have been', async () => {
    const lossy = subject(0.001, (sent) => (sent === 4_000 ? sent - 1 : sent));
    await expect(measure(lossy, WORKLOAD, EFFORT)).rejects.toThrow('Expected 4000 operations to be handled, got 3999');
  });

  test('a message handled twice is an error', async () => {
    const doubling = subject(0.001, (sent) => sent + 1);
    await expect(measure(doubling, WORKLOAD, EFFORT)).rejects.toThrow('Expected 500 operations to be handled, got 501');
  });

  test('a run in which nothing was sent is an error, not an infinite rate', async () => {
    const idle: Bench = { run: async () => ({ sent: 0, handled: 0, milliseconds: 0 }) };
    await expect(measure(idle, WORKLOAD, EFFORT)).rejects.toThrow('Expected 0 operations to be handled, got 0');
  });
});

describe('figure', () => {
  const outcome = { sent: 10, handled: 10, milliseconds: 5, figures: { 'ping-pong-p50': 1.5 } };

  test('what the subject reported goes before the rate', () => {
    expect(figure(outcome, cost('ping-pong-p50', 'µs'))).toBe(1.5);
    expect(figure(outcome, rate('ping-pong', 'round trips/s'))).toBe(2_000);
  });

  test('a cost that was not reported is an error, since a rate is none', () => {
    expect(() => figure(outcome, cost('ping-pong-p99', 'µs'))).toThrow('Expected the subject to report ping-pong-p99');
  });
});

describe('a tally', () => {
  test('counts also what arrives after the last message was expected', async () => {
    const tally = new Tally();
    const outcome = await tally.time(2, () => {
      queueMicrotask(() => {
        tally.handled += 2;
        tally.end();
        setImmediate(() => tally.handled++);
      });
    });
    await new Promise(setImmediate);
    expect(outcome.handled).toBe(3);
  });
});
