/** Whether a value is a snapshot, before anything is done with it: it may come from a file, or from another program. */

import { actorError } from '../errors.ts';
import { described } from '../overflow.ts';
import { isCount, isId } from '../wire.ts';
import { ActorAddress } from './actor-address.ts';
import { isPiece } from './record-writer.ts';
import type { RecordedSnapshot } from './recorded-snapshot.ts';
import { SYSTEM_SNAPSHOT_VERSION, type SystemSnapshot } from './system-snapshot.ts';

/** What is wrong, and where below the value that was looked at. */
interface Wrong {
  path: string;
  readonly expected: string;
  readonly got: string;
}
/** Nothing is made for what is sound: there may be very many. */
type Check = (value: unknown) => Wrong | undefined;

const is =
  (expected: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : { path: '', expected, got: described(value) };
const text = is('a string', (value) => typeof value === 'string');
const flag = is('true or false', (value) => typeof value === 'boolean');
const id = is('an id of an actor', isId);
const count = is('a whole number from 0 up', isCount);
const measure = is('a number from 0 up', (value) => typeof value === 'number' && value >= 0);
const address = is('an ActorAddress', (value) => value instanceof ActorAddress);
const oneOf = (...known: readonly unknown[]): Check => is(known.join(' or '), (value) => known.includes(value));
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);
const list =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return { path: '', expected: 'a list', got: described(value) };
    for (let at = 0; at < value.length; at++) {
      const wrong = check(value[at]);
      if (wrong !== undefined) return below(`[${at}]`, wrong);
    }
    return undefined;
  };
const fields = (checks: Readonly<Record<string, Check>>): Check => {
  const all = Object.entries(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null) return { path: '', expected: 'an object', got: described(value) };
    for (const [name, check] of all) {
      const wrong = check((value as Record<string, unknown>)[name]);
      if (wrong !== undefined) return below(`.${name}`, wrong);
    }
    return undefined;
  };
};
const below = (step: string, wrong: Wrong): Wrong => {
  wrong.path = step + wrong.path;
  return wrong;
};

const message = fields({
  kind: text,
  sender: optional(address),
  wants: oneOf('nothing', 'an answer', 'a stream'),
});
const signal = fields({ signal: oneOf('started', 'down', 'exit', 'resume') });
const definition = fields({ key: text, kinds: list(text), streams: list(count) });
const isSignal = (value: unknown): boolean => typeof value === 'object' && value !== null && 'signal' in value;
const policy = fields({
  restart: oneOf('permanent', 'transient', 'temporary'),
  significant: flag,
  backoff: fields({ min: measure, max: measure, factor: measure, jitter: measure }),
});
const why = oneOf('it awaits', 'it streams', 'it stops');
const actor = fields({
  node: text,
  id,
  name: optional(text),
  definition: text,
  parent: optional(address),
  hasFailed: flag,
  behaviours: list(text),
  signals: list(signal),
  mailbox: list(message),
  stash: list(message),
  timers: list(fields({ name: text, left: measure, period: optional(measure), kind: text })),
  links: list(address),
  monitors: list(address),
  offers: list(text),
  topics: list(fields({ topic: text, kind: text })),
  policy,
  overflow: optional(
    fields({ capacity: count, rules: list(oneOf('block', 'drop-newest', 'drop-oldest', 'fail', 'coalesce')) }),
  ),
  suspended: optional(why),
  serving: optional((value) => (isSignal(value) ? signal : message)(value)),
  asks: list(fields({ target: address, kind: text, left: optional(measure) })),
});
const told = fields({ to: address });
const control = fields({ op: text, message: fields({}) });
const answer = fields({ type: oneOf('answer', 'failure'), from: address, to: optional(address), kind: text });
const inFlight: Check = (value) => {
  const { type } = (value ?? {}) as { readonly type?: unknown };
  if (type === 'message') return told(value) ?? message(value);
  return type === 'control' ? control(value) : answer(value);
};
const head = { id: text, takenAt: measure };
const named = { name: text, lastId: count };
const piece = is('records', (value) => isPiece((value ?? {}) as { bytes: unknown; ends: unknown }));
const recorded = fields({
  ...head,
  names: list(text),
  root: count,
  policy,
  nodes: list(fields({ ...named, definitions: list(definition), pieces: list(piece) })),
});
const snapshot = fields({
  ...head,
  nodes: list(fields(named)),
  definitions: list(definition),
  actors: list(actor),
  channels: list(fields({ from: text, to: text, lane: oneOf('messages', 'answers'), messages: list(inFlight) })),
  suspended: list(fields({ actor: text, node: text, id, why })),
});

/** @throws TROUPE_SNAPSHOT_INVALID */
export function mustBeRecorded(value: unknown): RecordedSnapshot {
  mustBeOne(value);
  must('snapshot', recorded, value);
  return value as RecordedSnapshot;
}

/** @throws TROUPE_SNAPSHOT_INVALID */
export function mustBeSnapshot(value: unknown): SystemSnapshot {
  mustBeOne(value);
  must('snapshot', snapshot, value);
  const { nodes, definitions, actors } = value as SystemSnapshot;
  const names = new Set<string>();
  const kindsOf = new Map(definitions.map(({ key, kinds }) => [key, new Set(kinds)]));
  const ids = new Set<string>();
  const lastIds = new Map(nodes.map(({ name, lastId }) => [name, lastId]));
  for (const [at, { node, id: number, name, definition, ...actor }] of actors.entries()) {
    const path = `snapshot.actors[${at}]`;
    if (!lastIds.has(node)) throw invalid(`${path}.node`, `one of ${[...lastIds.keys()].join(', ')}`, described(node));
    const kinds = kindsOf.get(definition);
    if (kinds === undefined) throw invalid(`${path}.definition`, 'one of snapshot.definitions', described(definition));
    for (const { kind } of [...actor.mailbox, ...actor.stash, ...actor.timers, ...actor.topics])
      if (!kinds.has(kind)) throw invalid(`the kinds in ${path}`, `handlers of ${definition}`, described(kind));
    if (ids.has(`${node}/${number}`)) throw invalid(`${path}.id`, 'an id of its own', String(number));
    ids.add(`${node}/${number}`);
    if (name === undefined) continue;
    if (names.has(name)) throw invalid(`${path}.name`, 'a name of its own', described(name));
    names.add(name);
  }
  return value as SystemSnapshot;
}

/** Of what a node has recorded. @throws TROUPE_SNAPSHOT_INVALID */
export const checkActor = (value: unknown, path: string): void => must(path, actor, value);
export const checkInFlight = (value: unknown, path: string): void => must(path, inFlight, value);

function mustBeOne(value: unknown): void {
  const { kind, version } = (value ?? {}) as { readonly kind?: unknown; readonly version?: unknown };
  if (kind !== 'system-snapshot')
    throw invalid('the snapshot', 'what system.snapshot() or decodeSnapshot gave', described(value));
  if (version !== SYSTEM_SNAPSHOT_VERSION)
    throw invalid('its version', `${SYSTEM_SNAPSHOT_VERSION}, as this version of Troupe makes it`, described(version));
}

function must(path: string, check: Check, value: unknown): void {
  const wrong = check(value);
  if (wrong !== undefined) throw invalid(path + wrong.path, wrong.expected, wrong.got);
}

export function invalid(path: string, expected: string, got: string, cause?: unknown): Error {
  return actorError(
    'TROUPE_SNAPSHOT_INVALID',
    `Expected ${path} to be ${expected}, got ${got}. Nothing was restored.`,
    { path },
    cause,
  );
}
