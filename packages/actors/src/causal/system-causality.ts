/**
 * The clock and the history of a whole system, on its home node: sets up each life of each node, keeps the memory in which it
 * records, also after its end, and reads from all of them one history.
 */

import { actorError } from '../errors.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';
import { causalOrder, type LifeEvents } from './causal-order.ts';
import { Causality, type CausalitySetup } from './causality.ts';
import { type AnyClock, type ClockKind, type ClockOption, systemClock } from './clock-option.ts';
import { LIVES, READING_BYTES, readingsAt, readingsOf } from './node-clock.ts';
import type { SystemTrace, TracedLife } from './system-trace.ts';
import { createTraceMemory, stampBytesOf, type TraceMemory } from './trace-memory.ts';
import { readTrace } from './trace-reader.ts';

export interface CausalityOptions {
  /**
   * Every message is stamped by a clock of its node, which takes in the stamps of others: `lamport`, `vector`, `matrix`,
   * `hybrid`, `physical` or `bounded`, or `{ kind, …its options }`. Default: none.
   */
  readonly clock?: ClockOption | undefined;
  /** Records what happens, for `system.trace()`: of each node the last `limit` events. Default: nothing; `true`: 4,096. */
  readonly trace?: boolean | TraceOptions | undefined;
}

export interface TraceOptions {
  /** Events of each life of a node. From 16 to 1,000,000, default 4,096. */
  readonly limit?: number;
}

const TRACE_LIMIT_DEFAULT = 4_096;
const LIMIT_MIN = 16;
const LIMIT_MAX = 1_000_000;
/** Lives of a node whose histories are kept, the present one among them. */
const LIVES_KEPT = 4;

interface Life {
  readonly node: number;
  readonly life: number;
  readonly memory: TraceMemory;
  ended: { readonly reason: string; readonly at: number; readonly isCrash: boolean } | undefined;
}

export class SystemCausality {
  /** The home node's. */
  readonly main: Causality;
  private readonly names: readonly string[];
  private readonly option: ClockOption | undefined;
  private readonly clock: AnyClock | undefined;
  private readonly limit: number | undefined;
  private readonly isShared: boolean;
  private readonly readings: ArrayBufferLike;
  readonly #lives: Life[][];

  private constructor(options: CausalityOptions, limit: number | undefined, names: readonly string[]) {
    this.names = names;
    this.option = options.clock;
    this.limit = limit;
    this.clock = options.clock === undefined ? undefined : systemClock(options.clock).clock;
    // A system of one node has one thread.
    this.isShared = names.length > 1;
    const size = names.length * READING_BYTES;
    this.readings = this.isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
    this.#lives = names.map(() => []);
    this.main = new Causality(this.setup(0, 1, undefined), this);
  }

  /** Undefined where neither a clock nor a trace is wanted. @throws TROUPE_OPTION_INVALID */
  static of(options: CausalityOptions, names: readonly string[]): SystemCausality | undefined {
    const limit = traceLimit(options.trace);
    if (options.clock === undefined && limit === undefined) return undefined;
    return new SystemCausality(options, limit, names);
  }

  /** A life of a node is about to begin, by order of the home node. */
  begins(node: number, life: number): CausalitySetup {
    const { main } = this;
    const mark = main.leave();
    const { lamport } = main.clock;
    main.recorder?.starts(node, mark);
    return this.setup(node, life, { mark, lamport });
  }

  /** The life of a node has ended. */
  ended(node: number, reason: string, at: number, isCrash: boolean): void {
    // 1. Main records that the node is down. 2. Nothing that the node did may stand after that.
    this.main.clock.hearOf(node);
    const last = this.#lives[node]?.at(-1);
    if (last !== undefined) last.ended ??= { reason, at, isCrash };
  }

  /** @throws TROUPE_TRACE_OFF */
  trace(): SystemTrace {
    if (this.limit === undefined) throw traceOff();
    const readings = this.#lives.flat().map((life) => this.read(life));
    const clock = kindOf(this.option);
    return {
      ...(clock === undefined ? {} : { clock }),
      lives: readings.map(({ life }) => life),
      events: causalOrder(readings),
    };
  }

  private read({ node, life, memory, ended }: Life): LifeEvents & { readonly life: TracedLife } {
    const { names, clock } = this;
    const { events: found, recorded, refused } = readTrace({ memory, node, life, names, clock });
    const name = names[node] as string;
    const dropped = recorded - found.length - refused;
    const known = { node: name, life, recorded, dropped, refused };
    // What was sent within a sending is recorded before it. Stable: what is alike in time stays as it was recorded.
    const events = [...found].sort((a, b) => a.lamport - b.lamport);
    if (ended?.isCrash === true) {
      const { lamport = 0 } = events.at(-1) ?? {};
      events.push({ kind: 'crash', node: name, life, at: ended.at, lamport, text: ended.reason });
    }
    const end = ended === undefined ? {} : { ended: ended.reason };
    return { node: name, events, isCut: dropped > 0, life: { ...known, ...end } };
  }

  private setup(index: number, life: number, cause: CausalitySetup['cause']): CausalitySetup {
    const { names, option, readings } = this;
    readingsOf(readings)[readingsAt(index) + LIVES] = life;
    return { index, names, life, clock: option, readings, memory: this.newMemory(index, life), cause };
  }

  private newMemory(node: number, life: number): TraceMemory | undefined {
    const { limit, names, option } = this;
    if (limit === undefined) return undefined;
    const memory = createTraceMemory(limit, stampBytesOf(kindOf(option), names.length), this.isShared);
    const lives = this.#lives[node] as Life[];
    lives.push({ node, life, memory, ended: undefined });
    if (lives.length > LIVES_KEPT) lives.shift();
    return memory;
  }
}

export function traceOff(): Error {
  return actorError(
    'TROUPE_TRACE_OFF',
    'Expected a system that records, got one that does not. Make it with createSystem({ trace: true }).',
  );
}

const kindOf = (option: ClockOption | undefined): ClockKind | undefined =>
  typeof option === 'object' ? option.kind : option;

/** @throws TROUPE_OPTION_INVALID */
function traceLimit(trace: CausalityOptions['trace']): number | undefined {
  if (trace === undefined || trace === false) return undefined;
  if (trace === true) return TRACE_LIMIT_DEFAULT;
  mustBeObject('trace', trace);
  mustHaveOnly('trace', trace, ['limit']);
  const { limit = TRACE_LIMIT_DEFAULT } = trace;
  if (!Number.isInteger(limit) || limit < LIMIT_MIN || limit > LIMIT_MAX)
    throw optionInvalid('trace.limit', `an integer from ${LIMIT_MIN} to ${LIMIT_MAX}`, limit);
  return limit;
}
