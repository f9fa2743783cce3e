/**
 * What one run of a workload gives back. The harness refuses a run whose `handled` differs from its `sent`,
 * so a subject can't look fast by losing messages.
 */
export interface Outcome {
  /** Operations asked of the subject. */
  readonly sent: number;
  /** Operations counted by whoever handled them, never derived from `sent`. */
  readonly handled: number;
  /** From the first send until everything was handled. */
  readonly milliseconds: number;
  /** Figures that are no rate (a latency, a size), by the name of the result. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A prepared workload: `run` is called again and again in one process, `close` once. */
export interface Bench {
  run(count: number): Promise<Outcome>;
  /** The same operations without the pauses that a run consists of: these alone would make no code warm. */
  warm?(count: number): Promise<Outcome>;
  close?(): Promise<void> | void;
}

/**
 * Times `work`, then lets one turn of the event loop pass before it asks what was handled,
 * so that a message delivered twice is counted too.
 */
export async function timed(sent: number, work: () => unknown, handled: () => number): Promise<Outcome> {
  const started = performance.now();
  await work();
  const milliseconds = performance.now() - started;
  await new Promise(setImmediate);
  return { sent, handled: handled(), milliseconds };
}
