/**
 * A space-time diagram before it is drawn: which lane, which row, which arrow goes from where to where, what was down
 * when. Time goes downwards by events, not by the clock: what the diagram is about is order. Pure; the writers for the
 * terminal and for the browser only draw it.
 */
import type { StateField, TracedEvent } from '../trace.ts';
import { type VectorClock, vectorClocks } from './causality.ts';
import { withoutRepeats } from './repeats.ts';
import { type StateChange, StateHistory, type StateStep } from './state-changes.ts';

/** One event in its place. */
export interface Moment {
  readonly event: TracedEvent;
  /** Undefined where it concerns all: a partition. */
  readonly lane: number | undefined;
  readonly row: number;
  readonly clock: VectorClock | undefined;
  readonly changes: readonly StateChange[];
  /** Of its node, afterwards, as far as it is known. */
  readonly state: readonly StateField[];
}

/** `missed`: it arrived where nobody was up. `under way`: it had not arrived when the trace ended. */
export type Fate = 'received' | 'missed' | 'lost' | 'under way';

export interface Arrow {
  /** Of the message. */
  readonly id: number;
  readonly text: string;
  readonly fate: Fate;
  /** Places in `moments`. Undefined where the end is not in the diagram. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Undefined where nothing says who sent it. */
  readonly fromLane: number | undefined;
  readonly toLane: number;
}

/** A node was down from one row to another; undefined: to the end. */
export interface Downtime {
  readonly lane: number;
  readonly from: number;
  readonly to: number | undefined;
}

export interface SpaceTime {
  /** Names of nodes, from the left. */
  readonly lanes: readonly string[];
  readonly rows: number;
  readonly moments: readonly Moment[];
  readonly arrows: readonly Arrow[];
  readonly downtimes: readonly Downtime[];
  /** Events of the system before the first that is shown. */
  readonly leftOut: number;
  /** Between those that are shown: each says again what others on its node have said. */
  readonly repeats: number;
  /** After the last that is shown, others than such repetitions. */
  readonly leftOutAfter: number;
  /** What the times of events count. */
  readonly unit: string;
}

export interface LayoutOptions {
  readonly eventsMax: number;
  /** What is shown of a longer trace: its end, by default; or its beginning, and only what does not repeat itself. */
  readonly shown?: 'beginning' | 'end';
  readonly unit?: string | undefined;
}

/** More lanes than these can't be told apart; messages of other nodes still stand in the text of their events. */
export const LANES_MAX = 64;

export function layOut(
  trace: readonly TracedEvent[],
  { eventsMax, unit = 'tick', shown = 'end' }: LayoutOptions,
): SpaceTime {
  const told = trace.filter(tellsSomething);
  const lanes = lanesOf(told);
  const laneOf = new Map(lanes.map((name, lane) => [name, lane]));
  const clocks = vectorClocks(told, laneOf);
  const history = new StateHistory();
  // Of what is left out, too: what the first events that are shown changed is known only from there.
  const steps = told.map((event) => history.take(event));
  const telling = shown === 'beginning' && told.length > eventsMax ? withoutRepeats(told) : [...told.keys()];
  const places = shown === 'end' ? telling.slice(-eventsMax) : telling.slice(0, eventsMax);
  let row = -1;
  const moments = places.map((place, index): Moment => {
    const event = told[place] as TracedEvent;
    if (!(index > 0 && isQuietStart(event) && isQuietStart(told[places[index - 1] as number]))) row++;
    const lane = event.node === undefined ? undefined : laneOf.get(event.node);
    return { event, lane, row, clock: clocks[place], ...(steps[place] as StateStep) };
  });
  const first = shown === 'end' ? told.length - moments.length : 0;
  return {
    lanes,
    rows: row + 1,
    moments,
    arrows: arrowsOf(moments, laneOf, arrivedOf(told)),
    downtimes: downtimesOf(told.slice(0, first), moments, laneOf),
    leftOut: first + (trace[0]?.index ?? 0),
    repeats: told.length - telling.length,
    leftOutAfter: telling.length - first - moments.length,
    unit,
  };
}

/** What clients and the simulation do for themselves shows only in what they bring about. */
function tellsSomething(event: TracedEvent): boolean {
  const isAside = event.node === undefined && event.kind !== 'fault';
  return !isAside || event.sent.length > 0 || event.told.length > 0;
}

/** Several such need only one row. */
function isQuietStart(event: TracedEvent | undefined): boolean {
  return event?.kind === 'start' && event.sent.length === 0 && event.told.length === 0;
}

/** By name, with numbers in their own order: n2 before n10. */
function lanesOf(events: readonly TracedEvent[]): string[] {
  const names = new Set<string>();
  for (const { node, sent } of events) {
    if (node !== undefined) names.add(node);
    for (const { to } of sent) names.add(to);
  }
  const order = new Intl.Collator('en', { numeric: true });
  return [...names].sort((a, b) => order.compare(a, b) || (a < b ? -1 : 1)).slice(0, LANES_MAX);
}

type OpenArrow = { -readonly [K in keyof Arrow]: Arrow[K] };

function arrowsOf(
  moments: readonly Moment[],
  laneOf: ReadonlyMap<string, number>,
  arrived: ReadonlySet<number>,
): Arrow[] {
  const arrows: OpenArrow[] = [];
  const open = new Map<number, OpenArrow>();
  for (const [place, { event, lane }] of moments.entries()) {
    if (event.received !== undefined && lane !== undefined) {
      const fate = event.missed === true ? 'missed' : 'received';
      const arrow = open.get(event.received);
      if (arrow === undefined) arrows.push({ ...arriving(event, laneOf), fate, to: place, toLane: lane });
      else Object.assign(arrow, { to: place, fate });
    }
    for (const { id, to, text, fate } of event.sent) {
      const toLane = laneOf.get(to);
      if (toLane === undefined || lane === undefined) continue;
      const sent = { id, text, from: place, to: undefined, fromLane: lane, toLane };
      const arrow: OpenArrow = { ...sent, fate: fate === 'lost' ? 'lost' : arrived.has(id) ? 'received' : 'under way' };
      arrows.push(arrow);
      if (fate !== 'lost') open.set(id, arrow);
    }
  }
  return arrows;
}

/** Messages that came, whether their receipt is shown or not. */
function arrivedOf(events: readonly TracedEvent[]): Set<number> {
  return new Set(events.flatMap(({ received }) => received ?? []));
}

/** A message whose sending is not shown. */
function arriving({ received = -1, from, text }: TracedEvent, laneOf: ReadonlyMap<string, number>) {
  return { id: received, text, from: undefined, fromLane: from === undefined ? undefined : laneOf.get(from) };
}

function downtimesOf(
  before: readonly TracedEvent[],
  moments: readonly Moment[],
  laneOf: ReadonlyMap<string, number>,
): Downtime[] {
  const downtimes: Downtime[] = [];
  const since = new Map<number, number>();
  const take = ({ node, life }: TracedEvent, row: number): void => {
    const lane = node === undefined ? undefined : laneOf.get(node);
    if (lane === undefined || life === undefined) return;
    const from = since.get(lane);
    if (life === 'crash') since.set(lane, from ?? row);
    else if (from !== undefined) {
      since.delete(lane);
      if (row >= 0) downtimes.push({ lane, from: Math.max(0, from), to: row });
    }
  };
  for (const event of before) take(event, -1);
  for (const { event, row } of moments) take(event, row);
  for (const [lane, from] of since) downtimes.push({ lane, from: Math.max(0, from), to: undefined });
  return downtimes;
}
