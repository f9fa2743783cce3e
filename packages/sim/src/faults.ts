/**
 * Which faults a simulation may meet, and how hard at most. Each seed draws its own subset of them and its own strengths
 * (swarm testing): uniform faults hide what only calm, or only one kind of trouble, brings out.
 *
 * @paper Groce et al.: Swarm testing (ISSTA 2012)
 */
import type { Ticks } from '@troupe/protocol';

export interface LinkFaults {
  /** A message takes 1 tick, or up to so many more: this alone reorders. */
  readonly delayMax: Ticks;
  /** Per thousand messages. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  /** Messages of a pair of nodes arrive in the order of their sending. */
  readonly fifo: boolean;
  /** Groups of nodes that can't reach one another for a while; some one way only, some flapping. What is sent then is lost. */
  readonly partitions: boolean;
}

export interface ProcessFaults {
  /** How many of so many nodes may be down, omit, have a full disk, or be Byzantine at once. */
  readonly crashes: (nodes: number) => number;
  /** How many of them may stay down when faults end; the last may go down just then. Default: as many as `crashes` says. */
  readonly staysDown?: ((nodes: number) => number) | undefined;
  /** Whether a crashed node comes back, with what was durable; without, failures are crash-stop. */
  readonly recovery: boolean;
  /** How long it is away, at most. Default: as long as any other fault lasts. */
  readonly downTicksMax?: Ticks | undefined;
  /** A node goes down right after it has begun to write: what it has said by then, it may have forgotten. Default: by chance alone. */
  readonly crashesInWrites?: boolean | undefined;
  /** A node that handles nothing for a while, and then everything: any number at once, as on one machine that sleeps. */
  readonly pauses: boolean;
  /** A node whose steps take time. */
  readonly slow: boolean;
  /** A node whose sends, or receives, are lost for a while (send and receive omission). */
  readonly omission: boolean;
}

export interface DiskFaults {
  /** A record takes 1 tick to be durable, or up to so many more. */
  readonly delayMax: Ticks;
  /**
   * Records that were not acknowledged are lost at a crash, from a point that is drawn. A record is atomic: one that is
   * torn shows by its checksum, and counts as lost with all after it.
   */
  readonly loseUnsynced: boolean;
  /** Per thousand records: their write fails (`persist-failed`); whether they survive a crash is drawn. */
  readonly failurePerMille: number;
  /** Every write fails for a while. */
  readonly full: boolean;
}

export interface ClockFaults {
  /** A node's clock shows αt + β: α is at most so many parts in a million off 1. */
  readonly driftPerMillion: number;
  /** The most that β is. */
  readonly offsetMax: Ticks;
  /**
   * A clock jumps by at most so much, forwards or back; 0: it doesn't. Within an incarnation a core's time never goes back:
   * its driver sees to it. The next may begin earlier than the last one ended.
   */
  readonly jumpMax: Ticks;
}

export interface FaultBounds {
  readonly links: LinkFaults;
  readonly processes: ProcessFaults;
  readonly disks: DiskFaults;
  readonly clocks: ClockFaults;
}

const minority = (nodes: number): number => Math.ceil(nodes / 2) - 1;

/** The strongest that are drawn where a simulation says nothing else: a minority is down, everything else goes wrong. */
export const FAULTS: FaultBounds = {
  links: { delayMax: 20 as Ticks, lossPerMille: 200, duplicatePerMille: 100, fifo: false, partitions: true },
  processes: { crashes: minority, recovery: true, pauses: true, slow: true, omission: true },
  disks: { delayMax: 5 as Ticks, loseUnsynced: true, failurePerMille: 0, full: false },
  clocks: { driftPerMillion: 500, offsetMax: 1_000 as Ticks, jumpMax: 0 as Ticks },
};

/** Nothing goes wrong: every message takes one tick. */
export const NO_FAULTS: FaultBounds = {
  links: { delayMax: 0 as Ticks, lossPerMille: 0, duplicatePerMille: 0, fifo: false, partitions: false },
  processes: { crashes: () => 0, recovery: false, pauses: false, slow: false, omission: false },
  disks: { delayMax: 0 as Ticks, loseUnsynced: false, failurePerMille: 0, full: false },
  clocks: { driftPerMillion: 0, offsetMax: 0 as Ticks, jumpMax: 0 as Ticks },
};
