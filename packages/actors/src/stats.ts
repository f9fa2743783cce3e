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
  /** Now: of what was enqueued and has not ended, signals and steps of streams, which are no messages of users. */
  Signals: 20,
  /** Now: messages put aside by `ctx.stash()`. */
  Stashed: 21,
  /** Now: messages for other nodes that found the way there full, or for actors that a restarted node has not started again. */
  Waiting: 22,
  /** Now: messages in mailboxes that the restarted node would get again. */
  Held: 23,
  /** Dead letters by reason. */
  DeadStopped: 24,
  DeadOverflow: 25,
  DeadCoalesced: 26,
  DeadNodeDown: 27,
  DeadLostWithNode: 28,
  DeadQuarantined: 29,
  DeadMalformed: 30,
  DeadRevoked: 31,
  /** Answers and signals for nodes that did not read them, dropped. */
  RepliesDropped: 32,
} as const;
export type Stat = (typeof Stat)[keyof typeof Stat];

export const STAT_COUNT = 40;
const NAMES = Object.keys(Stat) as (keyof typeof Stat)[];

export type StatsBlock = Float64Array;
export type Counters = { readonly [K in Uncapitalize<keyof typeof Stat>]: number };

export const statsBlock = (memory?: ArrayBufferLike): StatsBlock =>
  memory === undefined ? new Float64Array(STAT_COUNT) : new Float64Array(memory, 0, STAT_COUNT);

/** Another thread's counters are memory that it can write: what is no count is none. */
const sound = (count: number | undefined): number => (Number.isSafeInteger(count) ? (count as number) : 0);

/** The counters by name, for metrics libraries. */
export function readCounters(block: StatsBlock): Counters {
  return Object.fromEntries(
    NAMES.map((name) => [name[0]?.toLowerCase() + name.slice(1), sound(block[Stat[name]])]),
  ) as unknown as Counters;
}

/** Those that say how things are, and not what has happened: they end with their node. */
const GAUGES: ReadonlySet<string> = new Set(['signals', 'stashed', 'waiting', 'held']);

/** A node's counters over all its lives. */
export function addCounters(past: Counters | undefined, present: Counters): Counters {
  if (past === undefined) return present;
  return Object.fromEntries(
    Object.entries(present).map(([name, count]) => [
      name,
      GAUGES.has(name) ? count : count + past[name as keyof Counters],
    ]),
  ) as unknown as Counters;
}

/**
 * Messages that were in a dead node's heap, and that nobody gets again: in mailboxes, put aside, begun and not ended, or
 * on their way out. Exact where the node ended in a handler; a thread that was ended from outside while it took a frame off
 * a ring may have that one counted twice, here and as unread.
 */
export function messagesLost(block: StatsBlock): number {
  const at = (stat: Stat): number => block[stat] ?? 0;
  const here = at(Stat.Enqueued) - at(Stat.Ended) - at(Stat.Signals) + at(Stat.Stashed) - at(Stat.Held);
  return sound(Math.max(0, here + at(Stat.Waiting)));
}
