/**
 * A node's counters, in memory that outlives its thread where the host shares it.
 *
 * Float64 words: exact to 2^53. Only the node writes; plain stores, so that a message costs about a nanosecond a counter.
 */

export const Stat = {
  /** Messages that entered a mailbox. */
  Enqueued: 0,
  /** Messages whose handler was called, or that left a mailbox otherwise. */
  Begun: 1,
  /** Messages whose handler has ended, or that left a mailbox otherwise. */
  Ended: 2,
  /** Turns of the dispatcher: the watchdog's heartbeat. */
  Turns: 3,
  Spawned: 4,
  Stopped: 5,
  Restarted: 6,
  Failed: 7,
  Asks: 8,
  AsksTimedOut: 9,
  DeadLetters: 10,
  /** Sends and replies of revoked incarnations, dropped. */
  Revoked: 11,
  /** Frames from other nodes that were refused. */
  FramesRefused: 12,
  /** Times that an actor was paused by backpressure. */
  Blocked: 13,
  /** Senders that were let go on because they blocked one another in a ring. */
  BlockCyclesBroken: 14,
  SlowMessages: 15,
  Streams: 16,
  Deadlocks: 17,
  /** Beaten by a timer of the node's event loop. */
  Heartbeat: 18,
  /** The highest id given out to other nodes. */
  Ids: 19,
} as const;
export type Stat = (typeof Stat)[keyof typeof Stat];

export const STAT_COUNT = 24;
const NAMES = Object.keys(Stat) as (keyof typeof Stat)[];

export type StatsBlock = Float64Array;
export type Counters = { readonly [K in Uncapitalize<keyof typeof Stat>]: number };

export const statsBlock = (memory?: ArrayBufferLike): StatsBlock =>
  memory === undefined ? new Float64Array(STAT_COUNT) : new Float64Array(memory, 0, STAT_COUNT);

/** The counters by name, for metrics libraries. */
export function readCounters(block: StatsBlock): Counters {
  return Object.fromEntries(
    NAMES.map((name) => [name[0]?.toLowerCase() + name.slice(1), block[Stat[name]] ?? 0]),
  ) as unknown as Counters;
}

/** Messages that a dead node held: in mailboxes, or begun and not ended. */
export const messagesHeld = (block: StatsBlock): number => (block[Stat.Enqueued] ?? 0) - (block[Stat.Ended] ?? 0);
