/**
 * What a kernel takes from the world, and all it takes: clock, turns, randomness, async scope, values, transport, logs.
 *
 * A host (threads, inline, virtual time, a simulator) implements this; nothing in `actors` reads a clock, draws a number,
 * sets a timer or touches a thread by any other way.
 */

import type { ValueInspector } from '@troupe/codec';
import type { Cell } from './cell.ts';
import type { ComputePool } from './compute/compute.ts';
import type { FrameType } from './wire.ts';

/** Milliseconds; fractions allowed. */
export type Milliseconds = number;

export interface Clock {
  /** Monotonic milliseconds, equal on all nodes of one host as far as the host can make it. */
  now(): Milliseconds;
  /** Wall-clock milliseconds since 1970: for logs and dead letters only. */
  wall(): Milliseconds;
}

/** One alarm for a kernel, which keeps its own heap of timers and sets the earliest. */
export interface Alarm {
  set(at: Milliseconds): void;
  clear(): void;
}

export interface Turns {
  /** Runs soon, before the event loop goes on (a microtask). */
  soon(run: () => void): void;
  /** Runs after the event loop has served timers and I/O (an immediate). */
  later(run: () => void): void;
}

/** Carries who is being served across the awaits of an async handler. Only those that await pay for it. */
export interface AsyncScope {
  run<R>(value: object, body: () => R): R;
  get(): object | undefined;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The shape of pino's loggers: `log.warn({ actor }, 'text')`. */
export type Logger = { readonly [L in LogLevel]: (fields: Readonly<Record<string, unknown>>, text?: string) => void };

/** A draw of an integer in [0, n). Choice 0 is the tame one. */
export type Choose = (label: string, n: number) => number;

/**
 * Carries frames to other nodes, in order for each pair of nodes and lane.
 *
 * A payload is checked and encoded (or copied) before `send` returns; a refused one throws `TROUPE_VALUE_REFUSED`.
 * A node that is down never throws here: its frames come back through `Kernel.departures.undelivered`.
 */
export interface Transport {
  /** @returns false when the frame was taken but the lane is backed up: the sending actor should pause until `onRoom`. */
  send(
    node: number,
    type: FrameType,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): boolean;
  /** A turn of the node has ended: what it sent may be published. */
  flush(): void;
  hasRoom(node: number): boolean;
  /** Calls back once, when the lane to the node has room again or the node is gone. */
  onRoom(node: number, resume: () => void): void;
}

export interface Host {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly choose: Choose;
  /** A simulator's alone: see `Context.buggify`. */
  buggify?(label: string): boolean;
  readonly scope: AsyncScope;
  readonly inspector: ValueInspector;
  readonly log: Logger;
  readonly transport: Transport;
  alarm(ring: () => void): Alarm;
  /** Runs tasks outside of the nodes; on the home node only. Without it they run in the node's own thread. */
  readonly compute?: ComputePool;
  /** Told of every message just before its handler is called. A host without one pays nothing for it. */
  readonly witness?: (actor: Cell, kind: number) => void;
  /** Evaluates a user's module, so that its definitions register themselves. */
  load(url: string): Promise<unknown>;
}
