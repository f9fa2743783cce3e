/**
 * A key-value store as a replicated state machine: get, put, delete, compare-and-set, ranges of ordered keys, changes by
 * revision, and leases. Keys are strings; values are plain data.
 *
 * It is told nothing but commands and log time. So a lease ends with the first command whose log time is past its end: where
 * nothing is committed, `pass-time` must be. Everything is bounded; what goes beyond a bound is refused and changes nothing.
 */
import { assertOption, compareIds, fingerprint, type Ticks } from '@troupe/protocol';
import type { Applying, StateMachine } from '../machine.ts';
import { restored, snapshotOf } from './key-value-snapshot.ts';
import {
  changesAfter,
  emptyStore,
  endLease,
  entryOf,
  KEY_VALUE_DEFAULTS,
  type KeyValueLimits,
  type KeyValueState,
  put,
  remove,
  sizeOf,
} from './key-value-state.ts';
import type {
  Expectation,
  KeyValueAnswer,
  KeyValueChange,
  KeyValueCommand,
  KeyValueEntry,
  KeyValueQuery,
  KeyValueRefusal,
  KeyValueResult,
} from './key-value-types.ts';
import { plainSize } from './plain-bytes.ts';

/** @throws TROUPE_CORE_OPTIONS */
export function keyValue(
  limits: Partial<KeyValueLimits> = {},
): StateMachine<KeyValueState, KeyValueCommand, KeyValueQuery, KeyValueResult, KeyValueAnswer> {
  const all: KeyValueLimits = { ...KEY_VALUE_DEFAULTS, ...limits };
  for (const [name, bound] of Object.entries(all))
    assertOption(Number.isSafeInteger(bound) && bound > 0, `${name} that is a whole number above 0`, bound);
  return {
    create: () => emptyStore(all, 0, 0),
    apply(state, command, at) {
      for (const lease of state.leases.endedBefore(at.time)) endLease(state, lease);
      return applyCommand(state, command, at, all);
    },
    query: (state, query) => answerQuery(state, query, all),
    snapshot: snapshotOf,
    restore: (data) => restored(data, all),
  };
}

function applyCommand(
  state: KeyValueState,
  command: KeyValueCommand,
  at: Applying,
  limits: KeyValueLimits,
): KeyValueResult {
  switch (command?.kind) {
    case 'put': {
      const bytes = checkPut(state, command, limits);
      return typeof bytes === 'object' ? bytes : { kind: 'put', revision: put(state, command, bytes) };
    }
    case 'delete':
      return checkKey(command.key, limits) ?? { kind: 'deleted', revision: remove(state, command.key) };
    case 'compare-and-set': {
      const bytes = checkExpectation(command.expected) ?? checkPut(state, command, limits);
      if (typeof bytes === 'object') return bytes;
      const found = entryOf(state, command.key);
      const revision = isAsExpected(found, command.expected) ? put(state, command, bytes) : null;
      return { kind: 'compared', revision, found };
    }
    case 'compare-and-delete': {
      const refusal = checkKey(command.key, limits) ?? checkExpectation(command.expected);
      if (refusal !== undefined) return refusal;
      const found = entryOf(state, command.key);
      return {
        kind: 'compared',
        revision: isAsExpected(found, command.expected) ? remove(state, command.key) : null,
        found,
      };
    }
    case 'grant-lease':
    case 'renew-lease':
    case 'revoke-lease':
      return applyToLease(state, command, at, limits);
    case 'pass-time':
      return { kind: 'time-passed' };
    default:
      return refused('malformed-command', 'a command of the key-value machine', command);
  }
}

function applyToLease(
  state: KeyValueState,
  command: Extract<KeyValueCommand, { kind: `${string}-lease` }>,
  { time }: Applying,
  limits: KeyValueLimits,
): KeyValueResult {
  if (command.kind === 'grant-lease') {
    if (!Number.isSafeInteger(command.ticks) || command.ticks <= 0)
      return refused('malformed-command', 'ticks that are a whole number above 0', command.ticks);
    if (state.leases.size >= limits.leasesMax)
      return refused('too-many-leases', `at most ${limits.leasesMax} leases`, 'one more');
    const expiresAt = (time + command.ticks) as Ticks;
    return { kind: 'lease-granted', lease: state.leases.grant(command.ticks, expiresAt), expiresAt };
  }
  const lease = state.leases.get(command.lease);
  if (command.kind === 'revoke-lease') {
    if (lease !== undefined) endLease(state, lease);
    return { kind: 'lease-revoked' };
  }
  if (lease === undefined) return refused('unknown-lease', 'a lease that has not ended', command.lease);
  lease.expiresAt = (time + lease.ticks) as Ticks;
  return { kind: 'lease-renewed', expiresAt: lease.expiresAt };
}

function answerQuery(state: KeyValueState, query: KeyValueQuery, limits: KeyValueLimits): KeyValueAnswer {
  switch (query?.kind) {
    case 'get':
      return { kind: 'entry', entry: entryOf(state, query.key), revision: state.revision };
    case 'range':
      return isRange(query) ? range(state, query, limits) : malformedQuery(query);
    case 'changes':
      return isRange(query) && isNatural(query.after) ? changes(state, query, limits) : malformedQuery(query);
    case 'lease': {
      const lease = state.leases.get(query.lease);
      if (lease === undefined) return { kind: 'lease', lease: null };
      const { id, ticks, expiresAt, keys } = lease;
      return { kind: 'lease', lease: { lease: id, ticks, expiresAt, keys: [...keys].sort(compareIds) } };
    }
    case 'leases':
      return { kind: 'leases', count: state.leases.size };
    default:
      return malformedQuery(query);
  }
}

function range(
  state: KeyValueState,
  { from = '', to, limit }: Extract<KeyValueQuery, { kind: 'range' }>,
  { answerMax }: KeyValueLimits,
): KeyValueAnswer {
  const entries: KeyValueEntry[] = [];
  const most = Math.min(limit ?? answerMax, answerMax);
  for (const key of state.keys.from(from)) {
    if (to !== undefined && key >= to) break;
    if (entries.length === most) return { kind: 'range', entries, next: key, revision: state.revision };
    entries.push(entryOf(state, key) as KeyValueEntry);
  }
  return { kind: 'range', entries, next: null, revision: state.revision };
}

function changes(
  state: KeyValueState,
  { after, from = '', to, limit }: Extract<KeyValueQuery, { kind: 'changes' }>,
  { answerMax }: KeyValueLimits,
): KeyValueAnswer {
  if (after < state.changes.forgotten) return { kind: 'compacted', oldest: state.changes.forgotten };
  const found: KeyValueChange[] = [];
  const most = Math.min(limit ?? answerMax, answerMax);
  for (const change of changesAfter(state, after)) {
    if (change.key < from || (to !== undefined && change.key >= to)) continue;
    if (found.length === most)
      return { kind: 'changes', changes: found, after: (found.at(-1) as KeyValueChange).revision };
    found.push(change);
  }
  return { kind: 'changes', changes: found, after: Math.max(after, state.revision) };
}

function isAsExpected(found: KeyValueEntry | null, expected: Expectation): boolean {
  if ('revision' in expected) return (found?.revision ?? 0) === expected.revision;
  return found !== null && (found.value === expected.value || fingerprint(found.value) === fingerprint(expected.value));
}

type Refused = Extract<KeyValueResult, { kind: 'refused' }>;

function checkKey(key: unknown, { keyLengthMax }: KeyValueLimits): Refused | undefined {
  if (typeof key !== 'string') return refused('malformed-command', 'a key that is a string', key);
  if (key.length <= keyLengthMax) return undefined;
  return refused('key-too-long', `a key of at most ${keyLengthMax} characters`, key.length);
}

/** What the entry would take, or why it can't be put. */
function checkPut(
  state: KeyValueState,
  { key, value, lease }: { readonly key: string; readonly value: unknown; readonly lease?: number | undefined },
  limits: KeyValueLimits,
): number | Refused {
  const refusal = checkKey(key, limits);
  if (refusal !== undefined) return refusal;
  const size = plainSize(value);
  if (size === null) return refused('malformed-command', 'a value that is plain data', 'something else');
  if (size > limits.valueBytesMax)
    return refused('value-too-large', `a value of at most ${limits.valueBytesMax} bytes`, size);
  if (lease !== undefined && state.leases.get(lease) === undefined)
    return refused('unknown-lease', 'a lease that has not ended', lease);
  const bytes = sizeOf(key, size);
  if (state.bytes + bytes <= limits.storeBytesMax) return bytes;
  const after = state.bytes + bytes - (state.entries.get(key)?.bytes ?? 0);
  if (after <= limits.storeBytesMax) return bytes;
  return refused('store-full', `at most ${limits.storeBytesMax} bytes of keys and values`, after);
}

function checkExpectation(expected: Expectation): Refused | undefined {
  const isWell =
    typeof expected === 'object' &&
    expected !== null &&
    ('revision' in expected ? isNatural(expected.revision) : 'value' in expected && plainSize(expected.value) !== null);
  return isWell ? undefined : refused('malformed-command', 'an expected revision or value', expected);
}

const isNatural = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isRange({ from, to, limit }: { from?: unknown; to?: unknown; limit?: unknown }): boolean {
  const isText = (key: unknown): boolean => key === undefined || typeof key === 'string';
  return isText(from) && isText(to) && (limit === undefined || (isNatural(limit) && limit !== 0));
}

function refused(reason: KeyValueRefusal, expected: string, got: unknown): Refused {
  return { kind: 'refused', reason, detail: `Expected ${expected}, got ${shown(got)}.` };
}

function malformedQuery(query: unknown): KeyValueAnswer {
  return {
    kind: 'refused',
    reason: 'malformed-query',
    detail: `Expected a query of the key-value machine, got ${shown(query)}.`,
  };
}

/** Says what it is, not all of it: an answer is bounded. */
function shown(value: unknown): string {
  if (typeof value === 'number' || value === null || value === undefined) return String(value);
  if (typeof value === 'string') return value.length > 64 ? `a string of ${value.length} characters` : value;
  const kind = typeof value === 'object' ? (value as { kind?: unknown }).kind : undefined;
  return typeof kind === 'string' ? `one of kind '${kind.slice(0, 64)}'` : `a value of type ${typeof value}`;
}
