/** What a snapshot is, as a value: plain data, which can be encoded, looked into, checked and restored. */
import type { NodeId, Ticks } from '@troupe/protocol';

/** Raised whenever the form of a snapshot changes. */
export const SNAPSHOT_VERSION = 1;

export interface GlobalSnapshot<State = unknown, Message = unknown> {
  readonly version: typeof SNAPSHOT_VERSION;
  readonly id: string;
  /** The name of the core: another's state means nothing to it. */
  readonly core: string;
  readonly initiator: NodeId;
  /** In order of node; one for each. */
  readonly parts: readonly LocalSnapshot<State, Message>[];
}

/** What one node recorded at one instant, and what then still came along its inbound channels. */
export interface LocalSnapshot<State = unknown, Message = unknown> {
  readonly node: NodeId;
  readonly core: CoreSnapshot<State, Message>;
  /** In order of sender: messages sent before its instant, and received after this node's, in the order of their coming. */
  readonly channels: readonly ChannelSnapshot<Message>[];
}

export interface CoreSnapshot<State, Message> {
  readonly state: State;
  /** Those that were set, and how long they still had. */
  readonly timers: readonly { readonly timer: unknown; readonly left: Ticks }[];
  /** The fold of what was durable; undefined where nothing was. */
  readonly durable: unknown;
  /** Written and not yet durable, oldest first. */
  readonly persists: readonly { readonly token: unknown; readonly record: unknown }[];
  /** Sends that waited for one of those: as good as in the state, since nobody can have received them. */
  readonly held: readonly { readonly to: NodeId; readonly message: Message; readonly after: unknown }[];
}

export interface ChannelSnapshot<Message> {
  readonly from: NodeId;
  readonly messages: readonly Message[];
}

/** Every message that was under way, with its ends. */
export function messagesInFlight<Message>(
  snapshot: GlobalSnapshot<unknown, Message>,
): { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] {
  return snapshot.parts.flatMap(({ node, channels }) =>
    channels.flatMap(({ from, messages }) => messages.map((message) => ({ from, to: node, message }))),
  );
}

/**
 * Whether a cut is consistent: nobody has seen more of a node than that node itself had done. By the vector that each node had
 * when it was recorded: `withSnapshots(withClock(core, vectorClock))` puts it into `state.stamp`.
 *
 * @paper Mattern: Virtual time and global states of distributed systems (1989), theorem 6
 */
export function isConsistentCut(vectors: ReadonlyMap<NodeId, ReadonlyMap<NodeId, number>>): boolean {
  for (const [node, own] of vectors)
    for (const other of vectors.values()) if ((other.get(node) ?? 0) > (own.get(node) ?? 0)) return false;
  return true;
}
