/**
 * Where everything of a timeline stands: a lane a process, a column an event, in the order of events. Events of other
 * objects take no room. An operation goes from its invocation to its return; a pending one to the right edge.
 */
import type { Operation, Process } from '../history/history.ts';
import type { Linearization, PartitionResult } from '../linearizability/linearizability.ts';
import { ILLEGAL, type Model } from '../models/model.ts';
import { described, describedState } from './described.ts';

/** Of a longer history the part around its culprit is shown. */
export const TIMELINE_OPERATIONS_MAX = 400;
/** Of these, so many after the culprit. */
const AFTER_MAX = 100;

export interface Bar {
  /** The operation's index in the history. */
  readonly index: number;
  readonly lane: number;
  /** Columns. */
  readonly from: number;
  readonly to: number;
  readonly isPending: boolean;
  readonly isCulprit: boolean;
  /** Begins within the longest linearizable prefix. */
  readonly isInPrefix: boolean;
  readonly label: string;
  /** Its events. */
  readonly span: string;
}

/** Where an operation took effect, in one order. */
export interface Point {
  readonly index: number;
  readonly lane: number;
  /** In columns: between those of its invocation and its return. */
  readonly at: number;
  /** Its place in the order, from 1. */
  readonly place: number;
  /** After it. */
  readonly state: string;
}

/** One order that was found. */
export interface Way {
  readonly points: readonly Point[];
  /** At its end. */
  readonly state: string;
  /** Operations that come before those shown. */
  readonly earlier: number;
}

export interface Timeline {
  readonly lanes: readonly Process[];
  readonly columns: number;
  readonly bars: readonly Bar[];
  readonly ways: readonly Way[];
  /** The column at which the longest linearizable prefix ends; undefined where all of it is linearizable. */
  readonly prefixEnd: number | undefined;
  /** Operations before and after those shown. */
  readonly leftOut: readonly [before: number, after: number];
}

export function layOutTimeline<State, Input, Output>(
  part: PartitionResult<State, Input, Output>,
  model: Model<State, Input, Output>,
): Timeline {
  const end = part.verdict === 'ok' ? undefined : part.prefixEnd;
  const { shown, leftOut } = excerpt(part.operations, end);
  const lanes = [...new Set(shown.map(({ process }) => process))].toSorted(compareProcesses);
  const indices = shown.flatMap((operation) => [operation.invoked, ...returnOf(operation)]).toSorted((a, b) => a - b);
  const columnOf = new Map(indices.map((index, column) => [index, column]));
  const culprit = part.verdict === 'illegal' ? part.culprit.index : undefined;
  const bars = shown.map((operation): Bar => {
    const [returned] = returnOf(operation);
    return {
      index: operation.index,
      lane: lanes.indexOf(operation.process),
      from: columnOf.get(operation.invoked) as number,
      to: returned === undefined ? indices.length : (columnOf.get(returned) as number),
      isPending: returned === undefined,
      isCulprit: operation.index === culprit,
      isInPrefix: end === undefined || operation.invoked < end,
      label: described(operation, model),
      span:
        returned === undefined ? `from event ${operation.invoked} on` : `events ${operation.invoked} to ${returned}`,
    };
  });
  const ways = part.verdict === 'ok' ? [part.linearization] : part.partial;
  return {
    lanes,
    columns: indices.length,
    bars,
    ways: ways.map((way) => layOutWay(way, model, new Map(bars.map((bar) => [bar.index, bar])))),
    prefixEnd: end === undefined ? undefined : (columnOf.get(end) ?? indices.filter((index) => index < end).length),
    leftOut,
  };
}

/** Points that fall between the same two events share the room between them. */
function layOutWay<State, Input, Output>(
  { operations, state }: Linearization<State, Input, Output>,
  model: Model<State, Input, Output>,
  bars: ReadonlyMap<number, Bar>,
): Way {
  const states = statesAlong(operations, model);
  const slots = new Map<number, { readonly bar: Bar; readonly place: number; readonly state: string }[]>();
  let slot = 0;
  for (const [i, { index }] of operations.entries()) {
    const bar = bars.get(index);
    if (bar === undefined) continue;
    slot = Math.max(slot, bar.from);
    const group = slots.get(slot) ?? [];
    group.push({ bar, place: i + 1, state: describedState(states[i] as State, model) });
    slots.set(slot, group);
  }
  const points = [...slots].flatMap(([column, group]) =>
    group.map(
      ({ bar: { index, lane }, place, state: after }, i): Point => ({
        index,
        lane,
        at: column + (i + 1) / (group.length + 1),
        place,
        state: after,
      }),
    ),
  );
  return { points, state: describedState(state, model), earlier: operations.length - points.length };
}

/** As the search went: the model has agreed to each of these steps. */
function statesAlong<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): State[] {
  let state = model.init();
  return operations.map(({ input, output }) => {
    const next = model.step(state, input, output);
    if (next !== ILLEGAL) state = next;
    return state;
  });
}

function excerpt<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  end: number | undefined,
): { readonly shown: readonly Operation<Input, Output>[]; readonly leftOut: readonly [number, number] } {
  const inPrefix = end === undefined ? operations.length : operations.filter(({ invoked }) => invoked < end).length;
  const last = Math.min(operations.length, inPrefix + AFTER_MAX);
  const first = Math.max(0, last - TIMELINE_OPERATIONS_MAX);
  // Whatever still ran when the excerpt begins stays in: it may be what explains the rest, or the culprit itself.
  const from = operations[first]?.invoked ?? 0;
  const isRunning = (operation: Operation) => operation.outcome === 'ok' && (operation.completed ?? 0) > from;
  const running = operations.slice(0, first).filter(isRunning);
  return {
    shown: [...running, ...operations.slice(first, last)],
    leftOut: [first - running.length, operations.length - last],
  };
}

/** Only of what is known to have happened: an `info` promises nothing. */
function returnOf({ outcome, completed }: Operation): readonly number[] {
  return outcome === 'ok' && completed !== undefined ? [completed] : [];
}

function compareProcesses(a: Process, b: Process): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}
