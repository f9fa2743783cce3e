/** The initiator's side of one snapshot: it gathers what all nodes record, as it is. */

import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { CHILD_DEFAULTS } from '../supervision/policy.ts';
import { isPiece, type Piece } from './record-writer.ts';
import { snapshotOf } from './recorded-snapshot.ts';
import { ABORTS, type AbortReason, isAbortReason, type SnapshotMessage } from './snapshot-control.ts';
import { type DefinitionSnapshot, SYSTEM_SNAPSHOT_VERSION, type SystemSnapshot } from './system-snapshot.ts';

type PartMessage = Extract<SnapshotMessage, { op: 'snapshot-part' }>;

/** What one node has sent so far. */
interface Part {
  readonly name: string;
  readonly definitions: DefinitionSnapshot[];
  readonly pieces: Piece[];
  lastId: number | undefined;
}

export interface TakingEnds {
  readonly resolve: (snapshot: SystemSnapshot) => void;
  readonly reject: (error: Error) => void;
}

export class Taking {
  readonly id: string;
  private readonly kernel: Kernel;
  private readonly maxBytes: number;
  private readonly ends: TakingEnds;
  private readonly takenAt: number;
  private readonly parts = new Map<number, Part>();
  private bytes = 0;
  private isOver = false;

  constructor(kernel: Kernel, id: string, nodes: readonly number[], maxBytes: number, ends: TakingEnds) {
    this.kernel = kernel;
    this.id = id;
    this.maxBytes = maxBytes;
    this.ends = ends;
    this.takenAt = kernel.host.clock.wall();
    for (const node of nodes)
      this.parts.set(node, { name: kernel.nodeName(node), definitions: [], pieces: [], lastId: undefined });
  }

  /** It is another thread's word: kept within bounds, and looked into when somebody reads it. */
  onPart(from: number, { definitions, piece }: PartMessage): void {
    const part = this.parts.get(from);
    if (part === undefined || part.lastId !== undefined || !isPiece(piece))
      return this.abort('what is malformed', 'a part', from);
    this.bytes += piece.bytes.length + piece.ends.byteLength;
    if (this.bytes > this.maxBytes) return this.abort('more bytes than allowed', `${this.maxBytes} in all`, from);
    part.definitions.push(...definitions);
    part.pieces.push(piece);
  }

  onDone(from: number, lastId: number): void {
    const part = this.parts.get(from);
    if (part === undefined || part.lastId !== undefined) return this.abort('what is malformed', 'an end', from);
    part.lastId = lastId;
    for (const { lastId } of this.parts.values()) if (lastId === undefined) return;
    this.over();
    this.ends.resolve(this.value());
  }

  /** @param node who says it, or whom it is about */
  abort(reason: AbortReason, of: string, node: number, cause?: unknown): void {
    if (this.isOver) return;
    this.over();
    const { kernel } = this;
    for (const other of this.parts.keys())
      if (other !== kernel.index && kernel.isUp(other))
        kernel.departures.control(other, { op: 'snapshot-over', id: this.id });
    const missing = [...this.parts.values()].filter(({ lastId }) => lastId === undefined).map(({ name }) => name);
    const what = reason === 'timed out' && of === '' ? `${missing.join(', ')} had not finished` : of;
    this.ends.reject(snapshotAborted(reason, what, { id: this.id, node: kernel.nodeName(node), missing }, cause));
  }

  private over(): void {
    this.isOver = true;
    this.kernel.snapshots.takings.delete(this.id);
    this.kernel.snapshots.end(this.id);
  }

  private value(): SystemSnapshot {
    const { kernel, id, takenAt } = this;
    return snapshotOf({
      kind: 'system-snapshot',
      version: SYSTEM_SNAPSHOT_VERSION,
      id,
      takenAt,
      names: kernel.nodes.all,
      root: kernel.root.cell?.ref.id ?? 0,
      policy: CHILD_DEFAULTS,
      nodes: [...this.parts.values()].map((part) => ({ ...part, lastId: part.lastId as number })),
    });
  }
}

export function snapshotAborted(
  reason: AbortReason,
  of: string,
  data: Readonly<Record<string, unknown>>,
  cause?: unknown,
): Error {
  const known = isAbortReason(reason) ? reason : 'what is malformed';
  const where = of === '' ? '' : ` (${of})`;
  const node = data['node'] === undefined ? '' : `, on ${String(data['node'])}`;
  return actorError(
    'TROUPE_SNAPSHOT_ABORTED',
    `Expected a snapshot of all nodes, got ${known}${where}${node}. ${ABORTS[known]}`,
    { reason: known, of, ...data },
    cause,
  );
}
