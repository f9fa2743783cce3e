/** The channels between nodes: a directed graph, of which each node has its edges. A leaf. */
import { assertOption, type NodeId, sortedIds } from '@troupe/protocol';

/** One way, from a node to another, or to itself. */
export interface ChannelEnds {
  readonly from: NodeId;
  readonly to: NodeId;
}

export interface Topology {
  /** In the one order of ids. */
  readonly nodes: readonly NodeId[];
  /** From where this node gets messages, itself included. */
  readonly inbound: readonly NodeId[];
  readonly outbound: readonly NodeId[];
  /** Nodes that no way along channels leads to from this one: a marker never comes there by itself. */
  readonly unreachable: readonly NodeId[];
}

/**
 * @param channels all there are; undefined: one for each ordered pair of nodes, and from each to itself
 * @throws TROUPE_CORE_OPTIONS
 */
export function topologyOf(
  self: NodeId,
  nodes: readonly NodeId[],
  channels: readonly ChannelEnds[] | undefined,
): Topology {
  const all = sortedIds(nodes);
  assertOption(all.includes(self), 'options.nodes to include options.self', { self, nodes });
  if (channels === undefined) return { nodes: all, inbound: all, outbound: all, unreachable: [] };
  for (const { from, to } of channels)
    assertOption(all.includes(from) && all.includes(to), 'options.channels between options.nodes', { from, to });
  const inbound = sortedIds(channels.filter(({ to }) => to === self).map(({ from }) => from));
  const outbound = sortedIds(channels.filter(({ from }) => from === self).map(({ to }) => to));
  const reached = reachableFrom(self, channels);
  return { nodes: all, inbound, outbound, unreachable: all.filter((node) => !reached.has(node)) };
}

function reachableFrom(start: NodeId, channels: readonly ChannelEnds[]): ReadonlySet<NodeId> {
  const reached = new Set([start]);
  // A set is walked in the order of insertion, those added meanwhile included.
  for (const node of reached) for (const { from, to } of channels) if (from === node) reached.add(to);
  return reached;
}
