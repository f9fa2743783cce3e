/**
 * Dotted version vectors, as sets: the versions of one key that a store keeps, with the causal history of all of them in one
 * clock. A write says what its writer had read (its context); it takes the place of those versions, and stands beside the
 * others as a sibling. A write that has read what there is leaves one version, however many clients write through however
 * few servers: a plain version vector would let siblings pile up, or lose one.
 *
 * @paper Almeida, Baquero, Gonçalves, Preguiça, Fonte: Scalable and accurate causality tracking for eventually consistent
 *   stores (DAIS 2014)
 */
import type { NodeId } from '@troupe/protocol';
import { compareVectors, type Vector } from './vector-clock.ts';

/** By server: how many versions it has made, and those of its newest that still stand, newest first. */
export type VersionSet<V> = ReadonlyMap<NodeId, { readonly count: number; readonly values: readonly V[] }>;

export const emptyVersions = <V>(): VersionSet<V> => new Map();

/** What a reader has seen by reading these: the context for its next write. */
export function contextOf<V>(versions: VersionSet<V>): Vector {
  return new Map([...versions].map(([server, { count }]) => [server, count]));
}

/** Those that no other supersedes. */
export function siblingsOf<V>(versions: VersionSet<V>): V[] {
  return [...versions.values()].flatMap(({ values }) => values);
}

/** A write through `server` by one who had read `context`. */
export function writeVersion<V>(versions: VersionSet<V>, context: Vector, server: NodeId, value: V): VersionSet<V> {
  const written = new Map(supersede(versions, context));
  // A context may know of versions that this server has not: they count as made, and superseded.
  for (const [node, count] of context)
    if (count > (written.get(node)?.count ?? 0)) written.set(node, { count, values: [] });
  const { count, values } = written.get(server) ?? { count: 0, values: [] };
  return written.set(server, { count: count + 1, values: [value, ...values] });
}

/** What two servers know together: everything that neither knows to be superseded. */
export function syncVersions<V>(a: VersionSet<V>, b: VersionSet<V>): VersionSet<V> {
  const merged = new Map(a);
  for (const [server, theirs] of b) {
    const ours = merged.get(server);
    merged.set(server, ours === undefined ? theirs : mergeColumn(ours, theirs));
  }
  return merged;
}

/** Whether `b` knows all that `a` does, and more. */
export function isSuperseded<V>(a: VersionSet<V>, b: VersionSet<V>): boolean {
  return compareVectors(contextOf(a), contextOf(b)) === 'before';
}

type Column<V> = { readonly count: number; readonly values: readonly V[] };

/** Of each column its newest values have numbers `count`, `count − 1`, …; what is missing below was superseded. */
function mergeColumn<V>(a: Column<V>, b: Column<V>): Column<V> {
  const [newer, older] = a.count >= b.count ? [a, b] : [b, a];
  const kept = newer.count - older.count + older.values.length;
  return { count: newer.count, values: newer.values.slice(0, kept) };
}

function supersede<V>(versions: VersionSet<V>, context: Vector): VersionSet<V> {
  return new Map(
    [...versions].map(([server, { count, values }]) => [
      server,
      { count, values: values.slice(0, Math.max(0, count - (context.get(server) ?? 0))) },
    ]),
  );
}
