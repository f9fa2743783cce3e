/**
 * What a control message must look like before anything is done with it: it is another thread's word, and what it says would
 * otherwise stand in this node's tables.
 */

import type { ControlMessage } from './control.ts';
import { isRef } from './ref.ts';
import { childPolicy } from './supervision/policy.ts';

type Check = (value: unknown) => boolean;

const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const text: Check = (value) => typeof value === 'string';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const object: Check = (value) => typeof value === 'object' && value !== null;
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const REASONS: ReadonlySet<unknown> = new Set(['normal', 'shutdown', 'error', 'killed']);
const reason: Check = (value) => object(value) && REASONS.has((value as { kind?: unknown }).kind);

const policy: Check = (value) => {
  try {
    childPolicy(value as never);
    return object(value);
  } catch {
    return false;
  }
};

const event: Check = (value) => {
  if (!object(value)) return false;
  const { type, actor, reason: why, path } = value as Readonly<Record<string, unknown>>;
  return text(type) && optional(isRef)(actor) && optional(object)(why) && optional(listOf(text))(path);
};

const target = [['id', count]] as const;
const order = [...target, ['reason', reason]] as const;
const named = [['name', text]] as const;
const offer = [
  ['key', text],
  ['ref', isRef],
] as const;
const child = [['parent', count], ...order] as const;
const watch = [['watcher', count], ...target] as const;
const stream = [['stream', count]] as const;
const link = [['from', isRef], ...target] as const;

/** The fields that are looked at, by message; others may be anything. */
const FIELDS: { readonly [Op in ControlMessage['op']]: readonly (readonly [field: string, check: Check])[] } = {
  spawn: [
    ['parent', count],
    ['key', text],
    ['url', text],
    ['name', optional(text)],
    ['mailbox', optional(object)],
    ['policy', policy],
    ...target,
  ],
  'child-ended': child,
  'child-gone': child,
  'child-halt': order,
  'child-revive': order,
  'child-discard': order,
  stop: target,
  link,
  unlink: link,
  exit: [['from', isRef], ...order],
  monitor: watch,
  demonitor: watch,
  down: [
    ['watcher', count],
    ['ref', isRef],
    ['reason', reason],
  ],
  'ask-cancel': [['correlation', count]],
  'describe-wait': target,
  'name-claim': named,
  'name-release': named,
  'name-release-stale': named,
  'name-find': named,
  'name-bind': [...named, ['ref', isRef]],
  offer,
  withdraw: offer,
  'watch-offers': [['key', text]],
  offers: [
    ['key', text],
    ['refs', listOf(isRef)],
  ],
  publish: [['topic', text]],
  compute: [
    ['id', count],
    ['url', text],
    ['name', text],
    ['bytes', (value) => value instanceof Uint8Array],
    ['moved', listOf((value) => value instanceof ArrayBuffer)],
  ],
  'compute-cancel': target,
  recovered: [],
  event: [
    ['event', event],
    ['node', text],
  ],
  room: target,
  probe: [
    ['initiator', count],
    ['node', count],
    ['id', count],
    ['path', listOf(text)],
    ['hops', count],
  ],
  'stream-item': stream,
  'stream-end': stream,
  'stream-credit': [...stream, ['credit', count]],
  'stream-cancel': stream,
};

/** The first field that is not as it must be, or undefined; `op` where there is no such message. */
export function wrongField(message: Readonly<Record<string, unknown>>): string | undefined {
  const { op, request } = message;
  if (typeof op !== 'string' || !Object.hasOwn(FIELDS, op)) return 'op';
  if (request !== undefined && !count(request)) return 'request';
  for (const [field, check] of FIELDS[op as ControlMessage['op']]) if (!check(message[field])) return field;
  return undefined;
}
