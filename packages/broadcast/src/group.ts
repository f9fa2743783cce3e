/**
 * What every layer here shares: the group it works in, and the two sides of a broadcast, so that one layer can take
 * another's place.
 */
import { assertOption, type NodeId, sortedIds } from '@troupe/protocol';

/** The nodes of the group, this one among them; fixed for the life of the protocol. */
export interface GroupOptions {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
}

export interface BroadcastRequest<M> {
  readonly kind: 'broadcast';
  readonly message: M;
}

export interface BroadcastIndication<M> {
  readonly kind: 'deliver';
  /** The node that broadcast it, whoever relayed it. */
  readonly from: NodeId;
  readonly message: M;
}

/** A message with its identity: the how-manieth broadcast of which node, counted from 0. */
export interface Envelope<M> {
  readonly origin: NodeId;
  readonly sequence: number;
  readonly message: M;
}

/** The group in its one order; it must hold the node itself. */
export function sortedGroup({ self, nodes }: GroupOptions): NodeId[] {
  assertOption(nodes.includes(self), 'options.nodes to include options.self', { self, nodes });
  return sortedIds(nodes);
}

/** What a peer sends is not to be trusted: a whole number from 0 up, or not. */
export function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a peer's message is an envelope of this group. */
export function isEnvelope<M>(value: Envelope<M>, nodes: readonly NodeId[]): boolean {
  return typeof value === 'object' && value !== null && nodes.includes(value.origin) && isSequence(value.sequence);
}
