/**
 * What clients did to a system and what they saw of it. Events are ordered by their index, and by nothing else: two events
 * at one instant of a clock still happened one after the other, and an order made from clocks would hide that.
 */

/** A client that runs one operation at a time. */
export type Process = number | string;

/**
 * How an operation ended. `ok`: it happened, with this output. `fail`: it did not happen, and never will. `info`: nobody
 * knows; it may happen at any time from its invocation on, or never. An operation without an end is `info` too.
 */
export type Outcome = 'ok' | 'fail' | 'info';

export interface Operation<Input = unknown, Output = unknown> {
  /** Its place among the operations, in the order of their invocations. */
  readonly index: number;
  readonly process: Process;
  readonly input: Input;
  readonly outcome: Outcome;
  /** Of an operation that is `ok`; undefined for all others. */
  readonly output: Output | undefined;
  /** The index of the event that invoked it. */
  readonly invoked: number;
  /** The index of the event that completed it; undefined where there was none. An `info` event promises nothing: the operation may still happen. */
  readonly completed: number | undefined;
}

export interface History<Input = unknown, Output = unknown> {
  readonly operations: readonly Operation<Input, Output>[];
  /** How many events there are: indices go from 0 up to it. */
  readonly eventCount: number;
}

export type HistoryEvent<Input = unknown, Output = unknown> =
  | { readonly type: 'invoke'; readonly process: Process; readonly input: Input }
  | { readonly type: 'ok'; readonly process: Process; readonly output: Output }
  | { readonly type: 'fail'; readonly process: Process }
  | { readonly type: 'info'; readonly process: Process };

/** How operations are named in files, and to the models that come with this package. */
export interface Call {
  /** The function that was called: `read`, `cas`, `enqueue`. */
  readonly f: string;
  /** Which of several independent objects. */
  readonly key?: string | number;
  /** Its argument or arguments. */
  readonly value?: unknown;
}
