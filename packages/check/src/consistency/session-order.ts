/**
 * What session guarantees demand of a history, as a graph: nodes are the accesses, and for each access what its process
 * had read, and had written, up to it.
 *
 * A path from a write to another write says that the first must be in every replica that has the second, and be ordered
 * before it; a path from a write to a read says that the replica which answered must have had it.
 */

import { componentsOf } from '../graph/components.ts';
import { type Digraph, DigraphBuilder } from '../graph/digraph.ts';
import type { Accesses } from './accesses.ts';

export const SESSION_GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
] as const;

export type SessionGuarantee = (typeof SESSION_GUARANTEES)[number];

/** A demand of a guarantee, or what is so anyway. */
export const DEMAND = 1;

/** One write is older than another, since a read (the label) must have known both and gave the other. */
export const OLDER = 2;

export interface SessionOrder {
  readonly graph: Digraph;
  /** The read that gave the initial value, and a write of its key that it must have known. */
  readonly ignored: { readonly read: number; readonly write: number } | undefined;
}

/** What the guarantees demand, without what reads tell of the order of writes. */
export function demandsOf({ accesses }: Accesses, guarantees: ReadonlySet<SessionGuarantee>): DigraphBuilder {
  const count = accesses.length;
  const out = new DigraphBuilder(3 * count);
  const hadRead = (number: number) => count + number;
  const hadWritten = (number: number) => 2 * count + number;
  accesses.forEach(({ isWrite, from, previous }, number) => {
    if (previous >= 0) {
      out.add(hadRead(previous), hadRead(number), DEMAND);
      out.add(hadWritten(previous), hadWritten(number), DEMAND);
      const reads: SessionGuarantee = isWrite ? 'writes-follow-reads' : 'monotonic-reads';
      const writes: SessionGuarantee = isWrite ? 'monotonic-writes' : 'read-your-writes';
      if (guarantees.has(reads)) out.add(hadRead(previous), number, DEMAND);
      if (guarantees.has(writes)) out.add(hadWritten(previous), number, DEMAND);
    }
    if (isWrite) out.add(number, hadWritten(number), DEMAND);
    else if (from >= 0) {
      out.add(from, number, DEMAND);
      out.add(from, hadRead(number), DEMAND);
    }
  });
  return out;
}

/** Writes whose knowledge is followed in one sweep over the graph. */
const BATCH = 32;

/** Adds to demands without a cycle what each read tells of the order of writes. */
export function orderWrites(
  accesses: Accesses,
  demands: DigraphBuilder,
  guarantees: ReadonlySet<SessionGuarantee>,
): SessionOrder {
  const graph = demands.build();
  const nodes = componentsOf(graph, DEMAND).nodes.toReversed();
  const writes = sortedWrites(accesses);
  const inOrder = guarantees.has('monotonic-writes');
  const known = new Int32Array(graph.nodes);
  let ignored: SessionOrder['ignored'];
  for (let start = 0; start < writes.length && ignored === undefined; start += BATCH) {
    const batch = writes.slice(start, start + BATCH);
    spread(graph, nodes, batch, known);
    ignored = addKnown(accesses, batch, known, inOrder, demands);
  }
  return { graph: demands.build(), ignored };
}

/** By key, then by process, in the order of each. */
function sortedWrites({ accesses }: Accesses): number[] {
  const writes = accesses.flatMap(({ isWrite }, number) => (isWrite ? [number] : []));
  return writes.sort((a, b) => {
    const [left, right] = [accesses[a]!, accesses[b]!];
    return left.key - right.key || left.chain - right.chain || left.place - right.place;
  });
}

/** Marks each node with those of the batch that lead to it, one bit each. */
function spread({ offsets, targets }: Digraph, nodes: Int32Array, batch: readonly number[], known: Int32Array): void {
  known.fill(0);
  batch.forEach((write, bit) => {
    known[write]! |= 1 << bit;
  });
  for (const node of nodes) {
    const mark = known[node]!;
    if (mark === 0) continue;
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) known[targets[edge]!]! |= mark;
  }
}

function addKnown(
  { accesses }: Accesses,
  batch: readonly number[],
  known: Int32Array,
  inOrder: boolean,
  out: DigraphBuilder,
): SessionOrder['ignored'] {
  /** By write: which of the batch were found to be older already. */
  const older = new Map<number, number>();
  for (let read = 0; read < accesses.length; read++) {
    const { isWrite, key, from } = accesses[read]!;
    const mark = known[read]!;
    if (isWrite || mark === 0 || from < -1) continue;
    for (let bit = 0; bit < batch.length; bit++) {
      const write = batch[bit]!;
      if ((mark & (1 << bit)) === 0 || accesses[write]!.key !== key || write === from) continue;
      if (from < 0) return { read, write };
      const isKnown = ((older.get(from) ?? 0) & (1 << bit)) !== 0;
      // Where a process's writes are in order anyway, its last one says it for those before.
      if (isKnown || (inOrder && laterOfSame(accesses, batch, bit, mark))) continue;
      older.set(from, (older.get(from) ?? 0) | (1 << bit));
      out.add(write, from, OLDER, read);
    }
  }
  return undefined;
}

function laterOfSame(accesses: Accesses['accesses'], batch: readonly number[], bit: number, mark: number): boolean {
  const next = batch[bit + 1];
  if (next === undefined || (mark & (1 << (bit + 1))) === 0) return false;
  const [one, other] = [accesses[batch[bit]!]!, accesses[next]!];
  return one.key === other.key && one.chain === other.chain;
}
