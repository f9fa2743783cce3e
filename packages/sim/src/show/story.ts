/**
 * What a diagram is drawn of: a trace, from a simulated run or from a live system, and what was found wrong with it. It
 * knows nodes, events and messages, and nothing of what runs on the nodes.
 */
import type { TracedEvent } from '../trace.ts';

export interface Story {
  /** A line: whose run it is. */
  readonly title: string;
  /** In the order in which they happened. A first index above 0 says that as many events before it were not kept. */
  readonly events: readonly TracedEvent[];
  /** What the times of events count. Default `tick`. */
  readonly unit?: 'tick' | 'ms' | undefined;
  readonly verdict?: Verdict | undefined;
  /** The command that shows it again. */
  readonly command?: string | undefined;
}

/** Of a promise of progress, the beginning tells: what follows is a wait for what never came. */
export function shownOf({ verdict }: Story): 'beginning' | 'end' {
  return verdict?.kind === 'eventually' || verdict?.kind === 'finally' ? 'beginning' : 'end';
}

/** What was broken; a run's `Violation` is one. */
export interface Verdict {
  /** Which sort of promise. */
  readonly kind: string;
  readonly property: string;
  readonly message: string;
  readonly at: number;
}
