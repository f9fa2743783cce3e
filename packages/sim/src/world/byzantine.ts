/**
 * Byzantine nodes: a node whose core is right, but between whose core and the network stands an adversary. It sees what
 * the node sends, and decides what really leaves: nothing, something else, other things to other nodes, things of old.
 *
 * @paper Lamport, Shostak, Pease: The Byzantine Generals Problem; Castro & Liskov §2
 */
import type { CoreShape, NodeId } from '@troupe/protocol';

export interface Sent<S extends CoreShape> {
  readonly to: NodeId;
  readonly message: S['Message'];
}

export interface AdversaryContext<S extends CoreShape> {
  /** The Byzantine node. */
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** What this node has sent or received so far, oldest first: what can be replayed. Bounded by `SEEN_MAX`. */
  readonly seen: readonly Sent<S>[];
  choose(label: string, n: number): number;
}

/** What leaves instead of what the node's core sent. Choice 0 is the honest one: so a tame run has no Byzantine acts. */
export type Adversary<S extends CoreShape> = (sent: Sent<S>, context: AdversaryContext<S>) => readonly Sent<S>[];

/** Messages that an adversary remembers. */
export const SEEN_MAX = 256;

/** Sends nothing, now and then. */
export function withhold<S extends CoreShape>(): Adversary<S> {
  return (sent, { choose }) => (choose('byzantine withhold', 4) === 0 ? [sent] : []);
}

/** Sends something of old besides, now and then: also what others sent to it. */
export function replay<S extends CoreShape>(): Adversary<S> {
  return (sent, { choose, seen, nodes }) => {
    if (seen.length === 0 || choose('byzantine replay', 4) === 0) return [sent];
    const old = seen[choose('byzantine replayed', seen.length)] as Sent<S>;
    return [sent, { to: nodes[choose('byzantine target', nodes.length)] as NodeId, message: old.message }];
  };
}

/** Sends what `change` makes of a message, to some: so that others hear otherwise, or all hear something wrong. */
export function equivocate<S extends CoreShape>(
  change: (message: S['Message'], choose: AdversaryContext<S>['choose']) => S['Message'],
): Adversary<S> {
  return (sent, { choose }) =>
    choose('byzantine equivocate', 2) === 0 ? [sent] : [{ to: sent.to, message: change(sent.message, choose) }];
}

/** One after another: each is given what the one before lets out. */
export function allOf<S extends CoreShape>(...adversaries: readonly Adversary<S>[]): Adversary<S> {
  return (sent, context) =>
    adversaries.reduce<readonly Sent<S>[]>(
      (out, adversary) => out.flatMap((message) => adversary(message, context)),
      [sent],
    );
}
