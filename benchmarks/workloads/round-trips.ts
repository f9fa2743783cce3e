/**
 * Requests and their replies, given how a subject makes one: asks with some in flight, and round trips,
 * one at a time, counted, timed, or after a pause in which the receiver's loop has gone to sleep.
 */
import { type Bench, type Outcome, timed } from '../harness/outcome.ts';
import { quantile } from '../harness/statistics.ts';
import { ASLEEP_PAUSE_MILLISECONDS } from './threads.ts';

export interface Echo {
  /** Sends `n` to whoever answers, and resolves with what came back. */
  ask(n: number): PromiseLike<number>;
  close?(): Promise<void> | void;
}

/** Every workload of requests between threads. @param echo makes one that is ready for so many in flight */
export function roundTripWorkloads(echo: (inFlight: number) => Echo | Promise<Echo>) {
  return {
    'ping-pong': async () => roundTripBench(await echo(1)),
    'ping-pong-latency': async () => latencyBench(await echo(1)),
    'ping-pong-asleep': async () => asleepBench(await echo(1)),
    ...askWorkloads(echo),
  };
}

export function askWorkloads(echo: (inFlight: number) => Echo | Promise<Echo>) {
  return {
    'ask-1': async () => askBench(await echo(1), 1),
    'ask-16': async () => askBench(await echo(16), 16),
    'ask-256': async () => askBench(await echo(256), 256),
  };
}

/** A right answer is one that carries the number it was asked with. */
export function askBench(echo: Echo, inFlight: number): Bench {
  return closing(echo, async (count) => {
    let asked = 0;
    let right = 0;
    const one = async () => {
      while (asked < count) {
        const n = asked++;
        if ((await echo.ask(n)) === n) right++;
      }
    };
    return await timed(
      count,
      () => Promise.all(Array.from({ length: inFlight }, one)),
      () => right,
    );
  });
}

function roundTripBench(echo: Echo): Bench {
  return askBench(echo, 1);
}

function latencyBench(echo: Echo): Bench {
  return closing(echo, async (count) => {
    const latencies = new Float64Array(count);
    let right = 0;
    const work = async () => {
      for (let n = 0; n < count; n++) {
        const started = performance.now();
        if ((await echo.ask(n)) === n) right++;
        latencies[n] = performance.now() - started;
      }
    };
    const outcome = await timed(count, work, () => right);
    return { ...outcome, figures: latencyFigures('ping-pong', latencies) };
  });
}

/** Made warm by round trips without pause, as all workloads are: what is measured is waking up, not compiling. */
export function asleepBench(echo: Echo): Bench {
  const bench = closing(echo, async (count) => {
    const latencies = new Float64Array(count);
    let right = 0;
    for (let n = 0; n < count; n++) {
      await new Promise((resolve) => setTimeout(resolve, ASLEEP_PAUSE_MILLISECONDS));
      const started = performance.now();
      if ((await echo.ask(n)) === n) right++;
      latencies[n] = performance.now() - started;
    }
    return asleepOutcome(count, right, latencies);
  });
  return { ...bench, warm: (count) => roundTripBench(echo).run(count) };
}

/** p50 and p99 in microseconds, of latencies in milliseconds. */
export function latencyFigures(name: string, latencies: Float64Array): Readonly<Record<string, number>> {
  return { [`${name}-p50`]: quantile(latencies, 0.5) * 1_000, [`${name}-p99`]: quantile(latencies, 0.99) * 1_000 };
}

/** The pauses are no part of the time. */
export function asleepOutcome(sent: number, handled: number, latencies: Float64Array): Outcome {
  const milliseconds = latencies.reduce((sum, latency) => sum + latency, 0);
  return { sent, handled, milliseconds, figures: latencyFigures('ping-pong-asleep', latencies) };
}

function closing(echo: Echo, run: (count: number) => Promise<Outcome>): Bench {
  return { run, close: () => echo.close?.() };
}
