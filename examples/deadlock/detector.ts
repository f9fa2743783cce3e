/**
 * Who waits for whom, and is there a circle? Each waits for one at a time, so a circle is a deadlock; and it is stable, since
 * none of those in it does anything.
 */
import type { NodeId } from 'troupe/protocol';
import { type GlobalSnapshot, messagesInFlight } from 'troupe/snapshot';
import type { ForkMessage, PhilosopherState } from './philosophers.ts';

export type Snapshot = GlobalSnapshot<PhilosopherState, ForkMessage>;
/** Those in a circle of the wait-for graph, in its order; none where there is no circle. */
export type Detector = (snapshot: Snapshot) => readonly NodeId[];

/** Who waits for a fork waits for its holder, unless the fork is on its way from there. */
export const deadlocked: Detector = (snapshot) => {
  const isUnderWay = (from: NodeId, to: NodeId, kind: ForkMessage['kind']): boolean =>
    messagesInFlight(snapshot).some((each) => each.from === from && each.to === to && each.message.kind === kind);
  return circleIn(snapshot, (node, holder, awaited) => !isUnderWay(holder, node, awaited));
};

/** Wrong: who waits may be about to be given the fork. */
export const statesAlone: Detector = (snapshot) => circleIn(snapshot, () => true);

function circleIn(
  { parts }: Snapshot,
  isWaiting: (node: NodeId, holder: NodeId, awaited: 'lend' | 'return') => boolean,
): NodeId[] {
  const waitsFor = new Map<NodeId, NodeId>();
  for (const { node, core } of parts) {
    const { phase, left, right } = core.state;
    if (phase === 'waits for its fork' && isWaiting(node, left, 'return')) waitsFor.set(node, left);
    if (phase === 'waits for the right one' && isWaiting(node, right, 'lend')) waitsFor.set(node, right);
  }
  for (const start of waitsFor.keys()) {
    const way = [start];
    for (let next = waitsFor.get(start); next !== undefined; next = waitsFor.get(next)) {
      if (way.includes(next)) return way.slice(way.indexOf(next));
      way.push(next);
    }
  }
  return [];
}
