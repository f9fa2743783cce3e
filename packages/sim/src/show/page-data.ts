/** What the page's script knows of a diagram: events, who caused whom, and what changed; bounded, whatever the trace. */
import type { Moment, SpaceTime } from './layout.ts';
import { cut, harmless } from './plain-text.ts';

/** A text of a message or a field is cut. */
const TEXT_MAX = 400;
/** Characters of states in all; what comes after them is left out, and the page says so. */
export const STATES_TEXT_MAX = 6_000_000;

/** Short names: there are as many as events. */
export interface PageMoment {
  readonly at: number;
  readonly node: string | null;
  readonly lane: number | null;
  readonly kind: string;
  readonly text: string;
  /** The vector clock. */
  readonly clock: readonly number[] | null;
  /** Whom what was received came from, and the moment of its sending. */
  readonly from: string | null;
  readonly cause: number | null;
  readonly missed: boolean;
  /** To whom, what, its fate, the moment of its receipt. */
  readonly sent: readonly (readonly [to: string, text: string, fate: string, receipt: number | null])[];
  readonly told: readonly string[];
  readonly changes: readonly PageChange[];
}

/** Null: the field was not there, or no longer is. */
export type PageChange = readonly [name: string, before: string | null, after: string | null];

export interface PageData {
  /** Of the moments' times. */
  readonly unit: string;
  readonly lanes: readonly string[];
  readonly moments: readonly PageMoment[];
  /** For each arrow, the moments that it joins. */
  readonly arrows: readonly (readonly [from: number | null, to: number | null])[];
  /** The state of each lane before the first moment. */
  readonly states: readonly (readonly (readonly [name: string, text: string])[])[];
  /** From which moment on no states are told, for want of room. */
  readonly statesEndAt: number | null;
}

export function pageData(diagram: SpaceTime): PageData {
  const { lanes, moments, arrows, unit } = diagram;
  const bySender = new Map<number, number[]>();
  const byReceiver = new Map<number, number>();
  for (const [index, { from, to }] of arrows.entries()) {
    if (from !== undefined) bySender.set(from, [...(bySender.get(from) ?? []), index]);
    if (to !== undefined) byReceiver.set(to, index);
  }
  let room = STATES_TEXT_MAX;
  let statesEndAt: number | null = null;
  const data = moments.map((moment, place): PageMoment => {
    const changes = moment.changes.map(({ name, before, after }): PageChange => [name, short(before), short(after)]);
    room -= changes.reduce((sum, [name, ...texts]) => sum + name.length + texts.join('').length, 0);
    if (room < 0) statesEndAt ??= place;
    const cause = byReceiver.get(place);
    return {
      ...plain(moment),
      cause: cause === undefined ? null : (arrows[cause]?.from ?? null),
      sent: (bySender.get(place) ?? []).flatMap((index) => {
        const arrow = arrows[index];
        if (arrow === undefined) return [];
        return [[lanes[arrow.toLane] ?? '', short(arrow.text) ?? '', arrow.fate, arrow.to ?? null] as const];
      }),
      changes: statesEndAt === null ? changes : [],
    };
  });
  return {
    unit,
    lanes,
    moments: data,
    arrows: arrows.map(({ from, to }) => [from ?? null, to ?? null]),
    states: lanes.map((_, lane) => stateBefore(moments.find((moment) => moment.lane === lane))),
    statesEndAt,
  };
}

function plain({ event, lane, clock }: Moment): Omit<PageMoment, 'cause' | 'sent' | 'changes'> {
  return {
    at: event.at,
    node: event.node ?? null,
    lane: lane ?? null,
    kind: event.kind,
    text: short(event.text) ?? '',
    clock: clock ?? null,
    from: event.from ?? null,
    missed: event.missed === true,
    told: event.told.map((text) => short(text) ?? ''),
  };
}

/** What a lane's first moment found: its state without what it changed. */
function stateBefore(moment: Moment | undefined): (readonly [string, string])[] {
  if (moment === undefined) return [];
  const fields = new Map(moment.state.map(({ name, text }) => [name, text]));
  for (const { name, before } of moment.changes) {
    if (before === undefined) fields.delete(name);
    else fields.set(name, before);
  }
  return [...fields].map(([name, text]) => [name, short(text) ?? ''] as const);
}

function short(text: string | undefined): string | null {
  return text === undefined ? null : cut(harmless(text), TEXT_MAX);
}
