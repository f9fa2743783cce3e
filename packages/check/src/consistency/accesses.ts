/**
 * A history of reads and writes of named values, with the write that each read saw. Every write of a key writes another
 * value, so that there is no doubt (Bouajjani et al., POPL 2017: differentiated histories).
 *
 * Reads are `read` or `get` and have their value for output; writes are `write` or `put` and have theirs for `value`.
 * Without a write before it, a read gives the initial value.
 */

import { fingerprint, TroupeError } from '@troupe/protocol';
import type { Call, History, Operation } from '../history/history.ts';

/** Stands for a write where there is none. */
export const INITIAL = -1;
export const THIN_AIR = -2;

export interface Access {
  readonly operation: Operation<Call>;
  readonly key: number;
  readonly isWrite: boolean;
  readonly value: unknown;
  /** Of a read: the number of the write that it saw, INITIAL, or THIN_AIR where nobody can have written this. */
  readonly from: number;
  /** The number of the access before it in its process, or -1. Nothing follows a write that is indeterminate. */
  readonly previous: number;
  /** Accesses of one chain follow one another: those of a process, or an indeterminate write alone. */
  readonly chain: number;
  /** Its place in its chain. */
  readonly place: number;
}

export interface Accesses {
  readonly accesses: readonly Access[];
  readonly chains: number;
  readonly keys: readonly (string | number | undefined)[];
}

const READS: ReadonlySet<string> = new Set(['read', 'get']);
const WRITES: ReadonlySet<string> = new Set(['write', 'put']);

/**
 * Left out: what failed, reads that nobody knows the value of, and indeterminate writes that nobody read (they need not
 * have happened).
 *
 * @throws TROUPE_ACCESS_UNKNOWN, TROUPE_WRITES_NOT_DISTINCT
 */
export function accessesOf(history: History<Call>, initial: unknown = null): Accesses {
  const writers = distinctWrites(history, initial);
  const seen = new Set<Operation>();
  for (const { input, outcome, output } of history.operations) {
    if (outcome !== 'ok' || !READS.has(input.f)) continue;
    const writer = writers.get(nameOf(input.key, output));
    if (writer !== undefined) seen.add(writer);
  }
  const taken = history.operations.filter((operation) => {
    const { input, outcome, output } = operation;
    if (outcome === 'ok') return WRITES.has(input.f) || output !== undefined;
    return outcome === 'info' && seen.has(operation);
  });
  const numbers = new Map(taken.map((operation, number) => [operation, number]));
  const initialName = fingerprint(initial);
  const keys = new Map<string | number | undefined, number>();
  const ends = new Map<string | number, { chain: number; last: number; length: number }>();
  let chains = 0;
  const accesses = taken.map((operation, number): Access => {
    const { process, input, output, outcome } = operation;
    const isWrite = WRITES.has(input.f);
    const value = isWrite ? (input.value ?? null) : output;
    const writer = writers.get(nameOf(input.key, value));
    const source = writer === undefined ? undefined : numbers.get(writer);
    const from = isWrite || fingerprint(value) === initialName ? INITIAL : (source ?? THIN_AIR);
    if (!keys.has(input.key)) keys.set(input.key, keys.size);
    const key = keys.get(input.key)!;
    let end = ends.get(process);
    if (outcome === 'info') {
      return { operation, key, isWrite, value, from, previous: end?.last ?? -1, chain: chains++, place: 0 };
    }
    if (end === undefined) ends.set(process, (end = { chain: chains++, last: -1, length: 0 }));
    const access = { operation, key, isWrite, value, from, previous: end.last, chain: end.chain, place: end.length++ };
    end.last = number;
    return access;
  });
  return { accesses, chains, keys: [...keys.keys()] };
}

/** By key and value. Those that failed count too: a read of theirs must not be taken for a read of another. */
function distinctWrites({ operations }: History<Call>, initial: unknown): Map<string, Operation<Call>> {
  const writers = new Map<string, Operation<Call>>();
  for (const operation of operations) {
    const { f, key, value } = knownCall(operation);
    if (READS.has(f)) continue;
    const name = nameOf(key, value);
    const earlier = writers.get(name);
    if (earlier !== undefined || name === nameOf(key, initial)) {
      const other = earlier === undefined ? 'the initial value' : `operation ${earlier.index}`;
      throw new TroupeError(
        'TROUPE_WRITES_NOT_DISTINCT',
        `Expected operation ${operation.index} to write a value of its own, got that of ${other}: ${JSON.stringify(value)}. Let the workload count its values up`,
        {
          data: {
            operation: operation.index,
            ...(earlier === undefined ? {} : { earlier: earlier.index }),
            key,
            value,
          },
        },
      );
    }
    writers.set(name, operation);
  }
  return writers;
}

/** What comes from a file may be anything. */
function knownCall({ index, input }: Operation<Call>): Call {
  const { f, key } = (input ?? {}) as Partial<Record<keyof Call, unknown>>;
  const isKnown = typeof f === 'string' && (READS.has(f) || WRITES.has(f));
  if (isKnown && (key === undefined || typeof key === 'string' || typeof key === 'number')) return input;
  throw new TroupeError(
    'TROUPE_ACCESS_UNKNOWN',
    `Expected a read, get, write or put of a key, got ${JSON.stringify(input)} as operation ${index}: check such a history against a model`,
    { data: { operation: index } },
  );
}

function nameOf(key: string | number | undefined, value: unknown): string {
  return fingerprint([key ?? null, value ?? null]);
}

/** `c1 wrote 3 to x (operation 5)` */
export function describeAccess({ operation, isWrite, value }: Access): string {
  const { process, input, index } = operation;
  const key = input.key === undefined ? 'the register' : String(input.key);
  const what = isWrite ? `wrote ${JSON.stringify(value)} to ${key}` : `read ${JSON.stringify(value)} from ${key}`;
  return `${process} ${what} (operation ${index})`;
}
