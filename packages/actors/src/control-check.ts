/**
 * What a control message, and the answer to one, must look like before anything is done with it: it is another node's word,
 * and what it says would otherwise stand in this node's tables, or be thrown at whoever uses it later.
 */

import type { ControlMessage } from './control.ts';
import { isRef } from './ref.ts';
import { isAbortReason, isShortText } from './snapshot/snapshot-control.ts';
import { isAddress, isCount, isId, NOBODY } from './wire.ts';

/** `from` is the node that says it. */
type Check = (value: unknown, from: number) => boolean;
type Fields = readonly (readonly [field: string, check: Check])[];

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const object: Check = (value) => typeof value === 'object' && value !== null;
const measure: Check = (value) => typeof value === 'number' && value >= 0;
const pair: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(isCount);
const anything: Check = () => true;
/** Of the node that says it: no node speaks for actors of another. */
const ownRef: Check = (value, from) => isRef(value) && value.nodeIndex === from;
const oneOf = (...values: readonly unknown[]): Check => {
  const known = new Set(values);
  return (value) => known.has(value);
};
const optional =
  (check: Check): Check =>
  (value, from) =>
    value === undefined || check(value, from);
const either =
  (a: Check, b: Check): Check =>
  (value, from) =>
    a(value, from) || b(value, from);
const listOf =
  (check: Check): Check =>
  (value, from) =>
    Array.isArray(value) && value.every((item) => check(item, from));
const record =
  (fields: Fields): Check =>
  (value, from) =>
    object(value, from) && firstWrong(value as Readonly<Record<string, unknown>>, fields, from) === undefined;

const reason = record([['kind', oneOf('normal', 'shutdown', 'error', 'killed')]]);
const backoff = record([
  ['min', measure],
  ['max', measure],
  ['factor', measure],
  ['jitter', measure],
]);
const policy = record([
  ['restart', oneOf('permanent', 'transient', 'temporary')],
  ['shutdown', either(measure, oneOf('infinity', 'kill'))],
  ['significant', flag],
  ['backoff', backoff],
]);
const work: Fields = [
  ['bytes', (value) => value instanceof Uint8Array],
  ['moved', listOf((value) => value instanceof ArrayBuffer)],
];

/** What a node tells home. The ends and starts of nodes are main's own to say. */
const EVENTS: ReadonlyMap<unknown, Fields> = new Map([
  ['failed', [['in', text]] as const],
  ['restarted', [['reason', reason]] as const],
  ['revoked', []],
  [
    'slow',
    [
      ['milliseconds', measure],
      ['messages', isCount],
    ] as const,
  ],
  ['deadlock', []],
]);
const event: Check = (value, from) => {
  if (!object(value, from)) return false;
  const { type } = value as { readonly type?: unknown };
  const fields = EVENTS.get(type);
  const subject: Fields = type === 'deadlock' ? [['path', listOf(text)]] : [['actor', isRef]];
  return fields !== undefined && record([...subject, ...fields])(value, from);
};

const target = [['id', isId]] as const;
const order = [...target, ['reason', reason]] as const;
const named = [['name', text]] as const;
const offer = [
  ['key', text],
  ['ref', ownRef],
] as const;
const offers = record([
  ['version', isCount],
  ['refs', listOf(isRef)],
]);
const child = [['parent', isId], ...order] as const;
const watcher = either(isId, (value) => value === NOBODY);
const watch = [['watcher', watcher], ...target] as const;
const stream = [['stream', isCount]] as const;
const snapshot = [['id', isShortText]] as const;
const definition = record([
  ['key', text],
  ['kinds', listOf(text)],
  ['streams', listOf(isCount)],
]);
const head = record([
  ['id', isId],
  ['key', text],
  ['name', optional(text)],
  ['parent', pair],
  ['policy', policy],
  ['behaviours', listOf(text)],
]);
const link = [['from', ownRef], ...target] as const;

/** The fields that are looked at, by message; others may be anything. */
const FIELDS: { readonly [Op in ControlMessage['op']]: Fields } = {
  spawn: [
    ['parent', isId],
    ['key', text],
    ['url', text],
    ['name', optional(text)],
    ['mailbox', optional(object)],
    ['policy', policy],
    ['offer', optional(text)],
    // 0: a new one.
    ['id', either(isId, (value) => value === 0)],
  ],
  'child-ended': child,
  'child-gone': child,
  'child-halt': order,
  'child-revive': order,
  'child-discard': order,
  'child-forgo': target,
  stop: target,
  link,
  unlink: link,
  exit: [['from', ownRef], ...order],
  monitor: watch,
  demonitor: watch,
  down: [
    ['watcher', watcher],
    ['ref', ownRef],
    ['reason', reason],
  ],
  'ask-cancel': [['correlation', isCount]],
  'describe-wait': target,
  'name-claim': [...named, ['supervisor', isCount]],
  'name-release': [...named, ['claim', isCount]],
  'name-release-stale': named,
  'name-find': named,
  'name-forgo': [...named, ['ref', isRef]],
  'name-bind': [...named, ['ref', ownRef], ['claim', isCount]],
  offer,
  withdraw: offer,
  'find-offers': [['key', text]],
  'watch-offers': [['key', text]],
  'unwatch-offers': [['key', text]],
  offers: [
    ['key', text],
    ['offers', offers],
  ],
  publish: [['topic', text]],
  compute: [['id', isCount], ['url', text], ['name', text], ...work],
  'compute-cancel': [['id', isCount]],
  recovered: [],
  'answer-me': [],
  // The list looks at each: one that is wrong takes no other with it.
  'dead-letters': [['letters', Array.isArray]],
  event: [
    ['event', event],
    ['node', text],
  ],
  room: target,
  probe: [
    ['initiator', isCount],
    ['node', isCount],
    ['id', isCount],
    ['correlation', isCount],
    ['path', listOf(text)],
    ['hops', isCount],
    ['blocked', optional(isAddress)],
    ['way', optional(pair)],
  ],
  'let-go': target,
  'let-through': [['from', isCount]],
  'stream-item': stream,
  'stream-end': stream,
  'stream-credit': [...stream, ['credit', isCount]],
  'stream-cancel': stream,
  'snapshot-marker': [...snapshot, ['nodes', listOf(isCount)], ['bytesMax', isCount], ['onlyIdle', flag]],
  'snapshot-part': [...snapshot, ['definitions', listOf(definition)], ['piece', object]],
  'snapshot-done': [...snapshot, ['lastId', isCount]],
  'snapshot-refused': [...snapshot, ['why', isAbortReason], ['of', isShortText]],
  'snapshot-over': snapshot,
  'restore-part': [
    ['definitions', listOf(definition)],
    ['own', listOf(text)],
    ['heads', listOf(head)],
    ['piece', optional(object)],
  ],
  'restore-create': [['lastId', isCount]],
  'restore-begin': [],
};

/** What callers use of an answer. */
const ANSWERS: { readonly [Op in ControlMessage['op']]?: Check } = {
  spawn: isId,
  'name-claim': isCount,
  'name-find': optional(isRef),
  'find-offers': listOf(isRef),
  'watch-offers': offers,
  'describe-wait': optional(
    record([
      ['text', text],
      ['data', object],
    ]),
  ),
  compute: record(work),
};

/** The first field that is not as it must be, or undefined; `op` where there is no such message. */
export function wrongField(message: Readonly<Record<string, unknown>>, from: number): string | undefined {
  const { op, request } = message;
  if (typeof op !== 'string' || !Object.hasOwn(FIELDS, op)) return 'op';
  if (request !== undefined && !isCount(request)) return 'request';
  return firstWrong(message, FIELDS[op as ControlMessage['op']], from);
}

export function isAnswerTo(op: ControlMessage['op'], value: unknown, from: number): boolean {
  return (ANSWERS[op] ?? anything)(value, from);
}

function firstWrong(value: Readonly<Record<string, unknown>>, fields: Fields, from: number): string | undefined {
  for (const [field, check] of fields) if (!check(value[field], from)) return field;
  return undefined;
}

/** Askers that a question brings along; of longer chains the farthest are left out. */
const CHAIN_MAX = 1_024;

/** Who waits for an ask, as its node says; nobody, where that is no chain. */
export function chainFrom(extra: unknown): readonly (readonly [node: number, id: number])[] {
  if (!Array.isArray(extra)) return [];
  const chain = extra.length > CHAIN_MAX ? extra.slice(0, CHAIN_MAX) : extra;
  return chain.every(isAddress) ? chain : [];
}
