/**
 * Lets a fresh system go on from a snapshot. In three steps, each of which all nodes have taken before the next: 1. they load
 * and check what they will need; 2. they make their actors, which do not run yet; 3. what was on its way is sent again, and
 * then all of them go on. What fails in the first step has made nothing; whoever made the system ends it.
 */

import { isTroupeError } from '@troupe/protocol';
import { actorError } from '../errors.ts';
import { Interface } from '../interface.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef } from '../ref.ts';
import type { ActorAddress } from './actor-address.ts';
import { mustBeSnapshot } from './check-snapshot.ts';
import { type Piece, RecordWriter } from './record-writer.ts';
import { RecordedAddresses } from './recorded-refs.ts';
import { type NodePlan, type RestorePlan, restorePlan } from './restore-plan.ts';
import type { RestoreMessage } from './snapshot-control.ts';
import type { ActorSnapshot, SystemSnapshot } from './system-snapshot.ts';

type RestorePart = Extract<RestoreMessage, { op: 'restore-part' }>;

/** Actors of one message. */
const HEADS = 1_024;

/** @throws TROUPE_SNAPSHOT_INVALID, TROUPE_SNAPSHOT_MISMATCH */
function mustFit(snapshot: unknown, nodes: readonly string[]): SystemSnapshot {
  const checked = mustBeSnapshot(snapshot);
  const missing = checked.nodes.map(({ name }) => name).filter((name) => !nodes.includes(name));
  if (missing.length > 0)
    throw actorError(
      'TROUPE_SNAPSHOT_MISMATCH',
      `Expected nodes of the names in the snapshot (${checked.nodes.map(({ name }) => name).join(', ')}), got ${nodes.join(', ')}: without ${missing.join(', ')}. Nothing was restored.`,
      { missing },
    );
  return checked;
}

/**
 * @param ready called when all actors are there, and none of them has gone on
 * @throws (rejects) TROUPE_SNAPSHOT_INVALID, TROUPE_SNAPSHOT_MISMATCH, TROUPE_SNAPSHOT_SUSPENDED
 */
export async function restoreSystem(kernel: Kernel, given: SystemSnapshot, ready?: () => void): Promise<void> {
  const snapshot = mustFit(given, kernel.nodes.all);
  const root = kernel.root.cell;
  // The program's refs know what can be said to whom, also where it has loaded no module.
  for (const { key, kinds, streams } of snapshot.definitions) Interface.of(key, kinds, streams);
  const plan: RestorePlan = restorePlan(kernel, root === undefined ? 0 : kernel.refs.exportId(root), snapshot);
  if (plan.orphans.length > 0)
    kernel.host.log.warn(
      { actors: plan.orphans },
      'actors whose supervisor had ended when the snapshot was taken end, too',
    );
  await onAll(plan, (node) => prepare(kernel, snapshot, node));
  await onAll(plan, ({ node, lastId }) => kernel.control.call(node, { op: 'restore-create', lastId }));
  ready?.();
  await onAll(plan, ({ node }) => kernel.control.call(node, { op: 'restore-begin' }));
}

async function prepare(
  { control, nodes, host }: Kernel,
  { definitions }: SystemSnapshot,
  { node, own, heads, records }: NodePlan,
): Promise<void> {
  const say = async (part: Partial<RestorePart>): Promise<void> => {
    const nothing = { definitions: [], own: [], heads: [], piece: undefined };
    await control.call(node, { op: 'restore-part', ...nothing, ...part });
  };
  await say({ definitions, own });
  for (let at = 0; at < heads.length; at += HEADS) await say({ heads: heads.slice(at, at + HEADS) });
  const pieces: Piece[] = [];
  const writer = new RecordWriter(host.inspector, new RecordedAddresses(nodes.all, definitions));
  writer.begin(Number.POSITIVE_INFINITY, (piece) => pieces.push(piece));
  // So that no more of it is in memory than is on its way.
  for (const [at, record] of records.entries()) {
    writer.write(record);
    if (at === records.length - 1) writer.flush();
    for (const piece of pieces.splice(0)) await say({ piece });
  }
}

/** Of all that refuse, those that name suspended actors are told together. */
async function onAll(plan: RestorePlan, act: (node: NodePlan) => Promise<unknown>): Promise<void> {
  const ends = await Promise.allSettled(plan.nodes.map(act));
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (errors.length === 0) return;
  const other = errors.find((error) => !isTroupeError(error, 'TROUPE_SNAPSHOT_SUSPENDED'));
  if (other !== undefined) throw other;
  throw suspendedError(errors.flatMap((error) => (error as { data: { actors: string[] } }).data.actors));
}

export function suspendedError(actors: readonly string[]): Error {
  return actorError(
    'TROUPE_SNAPSHOT_SUSPENDED',
    `Expected a snapshot without suspended actors, got ${actors.join(', ')}. Take it with { whenIdle: true }, or give their definitions a resume. Nothing was restored.`,
    { actors: [...actors] },
  );
}

/** @throws TROUPE_NODE_UNKNOWN */
export function refAt(
  { nodes, refs, index }: Kernel,
  { node, id, definition, name }: ActorAddress | ActorSnapshot,
): ActorRef {
  const place = nodes.place(node);
  const of = Interface.find(definition);
  return place === index || of === undefined ? refs.stranger(place, id) : refs.remote(place, id, of, name);
}
