/**
 * Looks for the same failure among fewer nodes, before what happened is made small: a group can't be cut down event by
 * event, since with another size everything else is another.
 */
import type { Chooser, Occasion } from '../choices/chooser.ts';
import { RecordingChooser } from '../choices/recording-chooser.ts';
import type { Span } from '../choices/schedule.ts';
import type { Violation } from '../outcome.ts';
import type { Runnable } from './runnable.ts';
import { chooserOf, type Strategy } from './strategy.ts';

/** What the number of nodes is chosen under. */
export const NODES = 'nodes';
/** Seeds that each smaller size is tried with. */
const SEEDS = 100;

/** The schedule of a run among as few nodes as it was found with; undefined where none was. */
export async function inSmallerWorld(
  runnable: Runnable,
  spans: readonly Span[],
  { kind, property }: Violation,
  strategy: Strategy,
): Promise<readonly Span[] | undefined> {
  const nodes = spans[0]?.choices.find(({ label }) => label === NODES)?.value ?? 0;
  for (let fewer = 0; fewer < nodes; fewer++) {
    for (let seed = 0; seed < SEEDS; seed++) {
      const recorder = new RecordingChooser(new SizedChooser(chooserOf(seed, strategy), fewer));
      const { violation } = await runnable.run(recorder);
      if (violation?.kind === kind && violation.property === property) return recorder.spans;
    }
  }
  return undefined;
}

/** As another strategy chooses, but for the number of nodes. */
class SizedChooser implements Chooser {
  readonly #inner: Chooser;
  readonly #nodes: number;

  constructor(inner: Chooser, nodes: number) {
    this.#inner = inner;
    this.#nodes = nodes;
  }

  choose(label: string, n: number): number {
    return label === NODES ? this.#nodes : this.#inner.choose(label, n);
  }

  begin(occasion: Occasion): boolean {
    return this.#inner.begin(occasion);
  }
}
