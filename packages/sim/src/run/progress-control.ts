/**
 * Tells a promise of progress that is broken from one that is not due. What clients do may be what progress comes from: to
 * leave it out can break the promise in a way of its own, and that would be another failure.
 *
 * So there is a control: the same clients in a world without faults. Where the promise is kept there, faults have broken
 * it, and whatever is left out must leave the control as it is. Where it is not kept there either, but is where no client
 * does anything, it binds only those who ask: then they may ask for less. Where it is never kept, clients stay as they are.
 */
import type { Chooser, Occasion } from '../choices/chooser.ts';
import { ReplayingChooser } from '../choices/replaying-chooser.ts';
import type { Span } from '../choices/schedule.ts';
import type { Violation } from '../outcome.ts';
import { SWARM } from '../swarm.ts';
import { BUGGIFY } from '../world/buggify.ts';
import { BYZANTINE_NODES } from '../world/core-run.ts';
import type { Runnable } from './runnable.ts';

/** A promise that is looked at when a run has come to rest. */
export function isOfProgress({ kind }: Violation): boolean {
  return kind === 'finally' || kind === 'eventually';
}

type Kept = 'without faults' | 'unasked' | 'never';

export class ProgressControl {
  readonly #runnable: Runnable;
  readonly #kept: Kept;

  private constructor(runnable: Runnable, kept: Kept) {
    this.#runnable = runnable;
    this.#kept = kept;
  }

  static async of(runnable: Runnable, spans: readonly Span[]): Promise<ProgressControl> {
    const harmless = withoutFaults(spans);
    if (await isKept(runnable, new ReplayingChooser(harmless))) return new ProgressControl(runnable, 'without faults');
    const unasked = await isKept(runnable, new WithoutClients(new ReplayingChooser(harmless)));
    return new ProgressControl(runnable, unasked ? 'unasked' : 'never');
  }

  get mayLeaveOutClients(): boolean {
    return this.#kept !== 'never';
  }

  /** Whether the promise that these break is due in them. */
  async isDue(spans: readonly Span[]): Promise<boolean> {
    return this.#kept !== 'without faults' || isKept(this.#runnable, new ReplayingChooser(withoutFaults(spans)));
  }
}

async function isKept(runnable: Runnable, chooser: Chooser): Promise<boolean> {
  return (await runnable.run(chooser)).violation === undefined;
}

/** What clients and cores choose stays; nothing is drawn that goes wrong, and nothing of a node is late. */
function withoutFaults(spans: readonly Span[]): Span[] {
  return spans.map(({ skipped, ...span }) => ({
    ...span,
    choices: span.choices.map((choice) => (isOfFaults(choice.label) ? { ...choice, value: 0 } : choice)),
    ...(skipped === true && span.origin !== 'node' ? { skipped } : {}),
  }));
}

function isOfFaults(label: string): boolean {
  return label.startsWith(SWARM) || label.startsWith(BUGGIFY) || label === BYZANTINE_NODES;
}

class WithoutClients implements Chooser {
  readonly #inner: Chooser;

  constructor(inner: Chooser) {
    this.#inner = inner;
  }

  choose(label: string, n: number): number {
    return this.#inner.choose(label, n);
  }

  begin(occasion: Occasion): boolean {
    return this.#inner.begin(occasion) && occasion.origin !== 'client';
  }
}
