/** Graphs of channels, of the kinds that snapshots have been got wrong on. */
import type { NodeId } from '@troupe/protocol';
import type { ChannelEnds } from '@troupe/snapshot';

/** From 0 up, the first of them tame. */
export const TOPOLOGIES = [
  'all to all',
  'a ring, one way',
  'a line, one way: its first node has no inbound channel',
  'a star outwards: its middle has no inbound channel',
  'two groups, joined one way: not strongly connected',
  'drawn',
] as const;

export function channelsOf(
  topology: number,
  nodes: readonly NodeId[],
  draw: (label: string, n: number) => number,
): ChannelEnds[] {
  const at = (index: number) => nodes[index % nodes.length] as NodeId;
  const pairs = nodes.flatMap((from) => nodes.map((to) => ({ from, to })));
  const loops = nodes.map((node) => ({ from: node, to: node }));
  switch (topology) {
    case 0:
      return pairs;
    case 1:
      return [...loops, ...nodes.map((from, index) => ({ from, to: at(index + 1) }))];
    case 2:
      return nodes.slice(1).map((to, index) => ({ from: at(index), to }));
    case 3:
      return nodes.slice(1).map((to) => ({ from: at(0), to }));
    case 4: {
      const half = Math.ceil(nodes.length / 2);
      const isFirst = (node: NodeId) => nodes.indexOf(node) < half;
      return pairs.filter(({ from, to }) => isFirst(from) === isFirst(to) || (from === at(0) && to === at(half)));
    }
    default:
      return pairs.filter(({ from, to }) => draw(`channel ${from} ${to}`, 2) === 1);
  }
}
