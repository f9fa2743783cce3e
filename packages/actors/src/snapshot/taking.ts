/** The initiator's side of one snapshot: it gathers the parts of all nodes, and makes one value of them. */

import { Decoder } from '@troupe/codec';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { HOME } from '../names.ts';
import { ActorAddress, actorText } from './actor-address.ts';
import type { ActorRecord, FlightRecord } from './actor-record.ts';
import { checkActor, checkInFlight } from './check-snapshot.ts';
import { NumberedAddresses } from './recorded-refs.ts';
import { ANSWERS, DATA } from './recording.ts';
import { ABORTS, type AbortReason, isAbortReason, type SnapshotMessage } from './snapshot-control.ts';
import {
  type ActorSnapshot,
  type ChannelOfNodes,
  type DefinitionSnapshot,
  type MessageInFlight,
  type NodeSnapshot,
  type SuspendedActor,
  SYSTEM_SNAPSHOT_VERSION,
  type SystemSnapshot,
} from './system-snapshot.ts';

type PartMessage = Extract<SnapshotMessage, { op: 'snapshot-part' }>;

/** What one node has sent so far. */
interface Part {
  readonly node: string;
  readonly decoder: Decoder;
  readonly addresses: NumberedAddresses;
  lastId: number | undefined;
}

export interface TakingEnds {
  readonly resolve: (snapshot: SystemSnapshot) => void;
  readonly reject: (error: Error) => void;
}

export class Taking {
  readonly id: string;
  private readonly kernel: Kernel;
  private readonly names: readonly string[];
  private readonly maxBytes: number;
  private readonly ends: TakingEnds;
  private readonly takenAt: number;
  private readonly parts = new Map<number, Part>();
  private readonly definitions = new Map<string, DefinitionSnapshot>();
  private readonly actors: ActorSnapshot[] = [];
  private readonly channels = new Map<string, ChannelOfNodes & { readonly messages: MessageInFlight[] }>();
  private readonly suspended: SuspendedActor[] = [];
  private bytes = 0;
  private isOver = false;

  constructor(kernel: Kernel, id: string, nodes: readonly number[], maxBytes: number, ends: TakingEnds) {
    this.kernel = kernel;
    this.id = id;
    this.maxBytes = maxBytes;
    this.ends = ends;
    this.takenAt = kernel.host.clock.wall();
    this.names = kernel.nodes.all;
    for (const node of nodes) {
      const addresses = new NumberedAddresses(this.names);
      const decoder = new Decoder({ references: addresses });
      this.parts.set(node, { node: kernel.nodeName(node), decoder, addresses, lastId: undefined });
    }
  }

  /** It is another thread's word: whatever it is, this ends in a record, or in the end of this snapshot alone. */
  onPart(from: number, { definitions, bytes, ends }: PartMessage): void {
    const part = this.parts.get(from);
    if (part === undefined || part.lastId !== undefined) return this.abort('what is malformed', 'a part', from);
    this.bytes += bytes.length;
    if (this.bytes > this.maxBytes) return this.abort('more bytes than allowed', `${this.maxBytes} in all`, from);
    let at = 0;
    try {
      for (const definition of definitions) this.define(part, definition);
      for (const end of ends) {
        if (end <= at || end > bytes.length) throw new RangeError('a record of no bytes');
        const record = part.decoder.decode(bytes, at, end) as ActorRecord | FlightRecord;
        if (Array.isArray(record)) this.takeMessage(part, record as unknown as FlightRecord);
        else this.takeActor(part, record as ActorRecord);
        at = end;
      }
    } catch (error) {
      this.kernel.refusals.add('a part of a snapshot', { from: part.node, err: error });
      this.abort('what is malformed', 'a record', from);
    }
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
    const missing = [...this.parts.values()].filter(({ lastId }) => lastId === undefined).map((part) => part.node);
    const what = reason === 'timed out' && of === '' ? `${missing.join(', ')} had not finished` : of;
    this.ends.reject(snapshotAborted(reason, what, { id: this.id, node: kernel.nodeName(node), missing }, cause));
  }

  private over(): void {
    this.isOver = true;
    this.kernel.snapshots.takings.delete(this.id);
    this.kernel.snapshots.end(this.id);
  }

  private define({ addresses }: Part, definition: DefinitionSnapshot): void {
    addresses.definitions.push(definition);
    const { key, kinds } = definition;
    const known = this.definitions.get(key);
    if (known === undefined) this.definitions.set(key, definition);
    else if (known.kinds.join() !== kinds.join()) throw new TypeError(`two versions of ${key}`);
  }

  /** The record becomes the actor: no other object is made for each of many. */
  private takeActor({ node, addresses }: Part, record: ActorRecord): void {
    const actor = record as { -readonly [K in keyof ActorRecord]: unknown };
    actor.node = node;
    actor.definition = addresses.definitions[actor.definition as number]?.key;
    if (this.isRoot(actor.parent)) actor.parent = undefined;
    actor.behaviours ??= [];
    actor.signals ??= [];
    actor.mailbox ??= [];
    actor.stash ??= [];
    actor.timers ??= [];
    actor.links ??= [];
    actor.monitors ??= [];
    actor.offers ??= [];
    actor.topics ??= [];
    actor.asks ??= [];
    checkActor(actor, 'an actor');
    const snapshot = actor as ActorSnapshot;
    this.actors.push(snapshot);
    const { id, suspended: why } = snapshot;
    if (why !== undefined) this.suspended.push({ actor: actorText(snapshot), node, id, why });
  }

  private takeMessage(part: Part, [from, lane, message]: FlightRecord): void {
    const sender = this.parts.get(from)?.node;
    if (sender === undefined || (lane !== DATA && lane !== ANSWERS)) throw new TypeError('a channel from no node');
    checkInFlight(message, 'a message');
    const key = `${from}/${part.node}/${lane}`;
    let channel = this.channels.get(key);
    if (channel === undefined) {
      channel = { from: sender, to: part.node, lane: lane === 0 ? 'messages' : 'answers', messages: [] };
      this.channels.set(key, channel);
    }
    channel.messages.push(message as unknown as MessageInFlight);
  }

  private isRoot(parent: unknown): boolean {
    const { cell } = this.kernel.root;
    return parent instanceof ActorAddress && parent.node === this.names[HOME] && parent.id === cell?.ref.id;
  }

  private value(): SystemSnapshot {
    const nodes: NodeSnapshot[] = [...this.parts].map(([, { node, lastId }]) => ({
      name: node,
      lastId: lastId as number,
    }));
    const order = new Map(nodes.map(({ name }, at) => [name, at]));
    const place = (node: string): number => order.get(node) as number;
    return {
      kind: 'system-snapshot',
      version: SYSTEM_SNAPSHOT_VERSION,
      id: this.id,
      takenAt: this.takenAt,
      nodes,
      definitions: [...this.definitions.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      actors: this.actors.sort((a, b) => place(a.node) - place(b.node) || a.id - b.id),
      channels: [...this.channels.values()].sort(
        (a, b) => place(a.from) - place(b.from) || place(a.to) - place(b.to) || (a.lane < b.lane ? 1 : -1),
      ),
      suspended: this.suspended.sort((a, b) => place(a.node) - place(b.node) || a.id - b.id),
    };
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
