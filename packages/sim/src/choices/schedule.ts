/**
 * A run as the list of its choices, by spans: one for what is chosen before anything happens, then one for each event. It
 * can be written to a file and replayed, and it is what a shrinker makes smaller.
 */
import { simError } from '../errors.ts';
import type { Origin } from './chooser.ts';

/** Of another version, a schedule means something else: it is refused. */
export const SCHEDULE_VERSION = 1;

export interface Choice {
  readonly label: string;
  readonly n: number;
  readonly value: number;
}

export interface Span {
  /** Of the event that it belongs to. */
  readonly label: string;
  /** Undefined for what is chosen before the first event. */
  readonly origin: Origin | undefined;
  /** The place of the span whose event planned this one; not kept in files. */
  readonly cause?: number;
  readonly choices: readonly Choice[];
  /** The system model lets it come no later: it can't be left out. Not kept in files. */
  readonly mustHappen?: boolean;
  /** The event is not to happen: its message stays under way, its timer does not fire, its client does not ask. */
  readonly skipped?: boolean;
}

export interface Schedule {
  /** Whose run it is. */
  readonly simulation: string;
  /** The defect that was in it, where there was one. */
  readonly bug?: string;
  readonly spans: readonly Span[];
}

/** As JSON text. */
export function writeSchedule(schedule: Schedule): string {
  const spans = schedule.spans.map(({ label, origin, choices, skipped }) => ({
    label,
    ...(origin === undefined ? {} : { origin }),
    ...(skipped === true ? { skipped } : {}),
    choices: choices.map(({ label: name, n, value }) => [name, n, value]),
  }));
  const { simulation, bug } = schedule;
  return `${JSON.stringify({ version: SCHEDULE_VERSION, simulation, ...(bug === undefined ? {} : { bug }), spans })}\n`;
}

/** @throws TROUPE_SIM_SCHEDULE where the text is no schedule, or one of another version */
export function readSchedule(text: string): Schedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed('JSON', (error as Error).message);
  }
  if (!isRecord(value)) throw malformed('an object', value);
  if (value['version'] !== SCHEDULE_VERSION) throw malformed(`version ${SCHEDULE_VERSION}`, value['version']);
  const { simulation, bug, spans } = value;
  if (typeof simulation !== 'string') throw malformed('the name of a simulation', simulation);
  if (bug !== undefined && typeof bug !== 'string') throw malformed('the id of a bug', bug);
  if (!Array.isArray(spans)) throw malformed('a list of spans', spans);
  return { simulation, ...(bug === undefined ? {} : { bug }), spans: spans.map(readSpan) };
}

const ORIGINS: readonly Origin[] = ['node', 'client', 'fault'];

function readSpan(value: unknown, index: number): Span {
  if (!isRecord(value) || typeof value['label'] !== 'string' || !Array.isArray(value['choices']))
    throw malformed(`span ${index} to have a label and choices`, value);
  const choices = value['choices'].map((choice: unknown): Choice => {
    if (!isChoice(choice)) throw malformed(`choices [label, n, value] with 0 ≤ value < n in span ${index}`, choice);
    return { label: choice[0], n: choice[1], value: choice[2] };
  });
  const origin = ORIGINS.find((known) => known === value['origin']);
  if (origin === undefined && value['origin'] !== undefined)
    throw malformed(`span ${index} to be of ${ORIGINS.join(', ')}`, value['origin']);
  return { label: value['label'], origin, choices, ...(value['skipped'] === true ? { skipped: true } : {}) };
}

function isChoice(value: unknown): value is [string, number, number] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [label, n, drawn] = value as unknown[];
  return typeof label === 'string' && isCount(n) && isCount(drawn) && drawn < n;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function malformed(expected: string, got: unknown): Error {
  const shown = typeof got === 'string' ? got : (JSON.stringify(got) ?? String(got));
  return simError(
    'TROUPE_SIM_SCHEDULE',
    `Expected a schedule with ${expected}, got ${shown.slice(0, 200)}. Record it again with this version.`,
  );
}
