/**
 * The entries that follow some base: index 0, or what a log snapshot has taken the place of. A leaf: it knows no messages,
 * and nothing of what is durable.
 *
 * @paper Raft §5.3, §7
 */
import { assert, type Ticks } from '@troupe/protocol';
import { type Entry, type LogIndex, type Term, weightOf } from './entry.ts';

export interface LogBase {
  readonly index: LogIndex;
  readonly term: Term;
  /** Log time of the entry there. */
  readonly time: Ticks;
}

export interface Log {
  /** What comes right before the first entry. */
  base: LogBase;
  entries: Entry[];
}

export const EMPTY_BASE: LogBase = { index: 0 as LogIndex, term: 0 as Term, time: 0 as Ticks };

export function createLog(base: LogBase, entries: readonly Entry[]): Log {
  return { base, entries: [...entries] };
}

export function lastIndexOf({ base, entries }: Log): LogIndex {
  return (base.index + entries.length) as LogIndex;
}

export function lastTermOf({ base, entries }: Log): Term {
  return entries.length === 0 ? base.term : (entries[entries.length - 1] as Entry).term;
}

export function lastTimeOf({ base, entries }: Log): Ticks {
  return entries.length === 0 ? base.time : (entries[entries.length - 1] as Entry).time;
}

export function entryAt({ base, entries }: Log, index: LogIndex): Entry | undefined {
  return entries[index - base.index - 1];
}

/** Undefined before the base and after the last entry. */
export function termAt(log: Log, index: LogIndex): Term | undefined {
  return index === log.base.index ? log.base.term : entryAt(log, index)?.term;
}

export function timeAt(log: Log, index: LogIndex): Ticks | undefined {
  return index === log.base.index ? log.base.time : entryAt(log, index)?.time;
}

export function appendTo(log: Log, entries: readonly Entry[]): void {
  for (const entry of entries) log.entries.push(entry);
}

/** Drops the entry at this index and all after it. */
export function truncateFrom(log: Log, index: LogIndex): void {
  assert(index > log.base.index, 'a log to be truncated after its base', { index, base: log.base.index });
  const kept = index - log.base.index - 1;
  if (kept < log.entries.length) log.entries.length = kept;
}

/** Drops the entries up to this index, which becomes the base. */
export function compactTo(log: Log, index: LogIndex): void {
  if (index <= log.base.index) return;
  const { term, time } = entryAt(log, index) ?? {};
  assert(term !== undefined && time !== undefined, 'a log to be compacted up to one of its entries', { index });
  log.entries.splice(0, index - log.base.index);
  log.base = { index, term, time };
}

/** The index after which the last entries up to the given one begin, as many as the bounds let through. */
export function retainedAfter(log: Log, index: LogIndex, entriesMax: number, bytesMax: number): LogIndex {
  let after = index;
  for (let bytes = 0; after > log.base.index && index - after < entriesMax; after = (after - 1) as LogIndex) {
    bytes += weightOf(entryAt(log, after) as Entry);
    if (bytes > bytesMax) break;
  }
  return after;
}

/** Forgets everything: the log goes on after this base. */
export function restartAt(log: Log, base: LogBase): void {
  log.base = base;
  log.entries = [];
}

/**
 * Entries from this index on, as many as the bounds let through. The first goes whatever its size: one entry larger than
 * the bound is sent alone.
 */
export function sliceFrom(log: Log, from: LogIndex, entriesMax: number, bytesMax: number): Entry[] {
  const start = from - log.base.index - 1;
  assert(start >= 0, 'a slice to begin after the base', { from, base: log.base.index });
  const { entries } = log;
  const limit = Math.min(entries.length, start + entriesMax);
  let end = start;
  for (let bytes = 0; end < limit; end++) {
    bytes += (entries[end] as Entry).bytes;
    if (bytes > bytesMax && end > start) break;
  }
  return entries.slice(start, end);
}

/**
 * The last index, at most the given one, whose term is at most the given one; the base's where there is none. Terms never
 * fall along a log, so where two logs differ, none of what lies after it can be equal in both.
 *
 * @paper Raft §5.3, the optimization of the conflict's term: a round for a term, not for an entry
 */
export function lastIndexUpToTerm(log: Log, index: LogIndex, term: Term): LogIndex {
  let low = 0;
  let high = Math.max(0, Math.min(index, lastIndexOf(log)) - log.base.index);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((log.entries[middle - 1] as Entry).term <= term) low = middle;
    else high = middle - 1;
  }
  return (log.base.index + low) as LogIndex;
}
