/**
 * The choice point: everything that could go one way or another in a run (how long a message takes, whether it is lost,
 * who crashes, what a core draws) is one call of `choose`. So a run is the list of its choices, and a strategy is whatever
 * makes that list: drawing it, replaying it, varying it, going through all of them.
 */

/** Whose event it is: of a node, of a client outside, or a fault. */
export type Origin = 'node' | 'client' | 'fault';

/** What happens next, as far as a strategy can know it. */
export interface Occasion {
  readonly origin: Origin;
  /** The span of the event that planned it, counted from that of the setup, 0. */
  readonly cause?: number;
  /** The system model lets it come no later: whoever replays can't leave it out. */
  readonly mustHappen?: boolean;
  /**
   * Names events of one sort: the same one in another run of the same simulation. It is asked for only by strategies that
   * keep or match what happened, so that a plain run makes no text.
   */
  label(): string;
}

export interface Chooser {
  /** A whole number from 0 up to but without `n`; 0 is the tame choice: nothing unusual happens. */
  choose(label: string, n: number): number;
  /**
   * An event is about to happen; what is chosen until the next belongs to its span. False: it is not to happen at all.
   */
  begin(occasion: Occasion): boolean;
  /** What was set up is ready: what comes now is what matters. For those who go through all of it. */
  ready?(): void;
  /** Something begins within the event: one of its messages is about to be handled. For those who watch. */
  within?(occasion: Occasion): void;
}

/** Everything tame, and everything happens. */
export const tameChooser: Chooser = { choose: () => 0, begin: () => true };
