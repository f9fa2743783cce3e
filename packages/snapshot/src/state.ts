/** What a node knows of snapshots beside its core's own state; and the shape of a core with snapshots. */
import type { CoreShape, Effects, Name, NodeId, RequestId, ScopedName, Ticks } from '@troupe/protocol';
import type { CoreSnapshot, GlobalSnapshot, LocalSnapshot } from './global-snapshot.ts';
import type { AbortReason, SnapshotMessage } from './messages.ts';
import type { SnapshotRules } from './rules.ts';
import type { ChannelEnds, Topology } from './topology.ts';

export interface SnapshotOptions {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** All channels that cores send along. Default: between all nodes, and from each to itself. */
  readonly channels?: readonly ChannelEnds[];
  /**
   * `fifo`: messages of a channel arrive in their order, as over Troupe's threads (Chandy and Lamport). `any`: they may
   * overtake one another (Lai and Yang). Either way none is lost and none comes twice.
   */
  readonly order?: 'fifo' | 'any';
  /** How long an initiator waits for all parts. @units ticks */
  readonly snapshotTicks?: Ticks;
  /** Begin where a snapshot was taken: this node's part of it. Looked at only where nothing is durable here. */
  readonly restore?: LocalSnapshot;
}

export const SNAPSHOT_DEFAULTS = {
  order: 'fifo',
  snapshotTicks: 1_000 as Ticks,
} as const satisfies Partial<SnapshotOptions>;

/** Snapshots that a node takes part in at once. */
export const SNAPSHOTS_MAX = 16;
/** Messages that a node keeps for one snapshot. */
export const IN_FLIGHT_MAX = 65_536;
/** Ids of snapshots that are over, so that what comes late begins none anew. */
export const ENDED_MAX = 1_024;

/** One snapshot, as this node records it. */
export interface Recording {
  readonly id: string;
  readonly initiator: NodeId;
  readonly core: CoreSnapshot<unknown, unknown>;
  /** By inbound channel. */
  readonly channels: Map<NodeId, RecordedChannel>;
  inFlight: number;
  isSent: boolean;
}

export interface RecordedChannel {
  readonly messages: unknown[];
  /** How many messages of the cut have come, ever. */
  received: number;
  /** How many there are, as the marker says; null until it has come. */
  expected: number | null;
}

/** One snapshot that this node began. */
export interface Taking {
  readonly id: string;
  readonly request: RequestId | null;
  readonly parts: Map<NodeId, LocalSnapshot>;
}

export interface HeldSend {
  readonly to: NodeId;
  readonly message: unknown;
  readonly after: Name;
}

export interface SnapshotState<State = unknown> {
  readonly topology: Topology;
  readonly order: 'fifo' | 'any';
  readonly snapshotTicks: Ticks;
  readonly self: NodeId;
  readonly core: State;
  /** What the core has set, by label, and when it comes due. */
  readonly timers: Map<string | number, { readonly timer: Name; readonly at: Ticks }>;
  durable: unknown;
  readonly persists: { readonly token: Name; readonly record: unknown }[];
  /** Sends of the core that wait for a persist: here, since a marker must not overtake them unseen. */
  held: HeldSend[];
  /** Labels of persists that failed and were not tried again. */
  readonly failed: Set<string | number>;
  /** By channel: messages of cores, ever. */
  readonly sent: Map<NodeId, number>;
  readonly received: Map<NodeId, number>;
  readonly recordings: Map<string, Recording>;
  readonly takings: Map<string, Taking>;
  /** Oldest first. */
  readonly ended: Set<string>;
  /** Tells this incarnation's ids from those of an earlier one. */
  incarnation: number;
  nextNumber: number;
  isRestarted: boolean;
  /** Where this node is to go on from, until it has started. */
  restoring: CoreSnapshot<unknown, unknown> | null;
  /** Messages under way that were restored, to be received in the order of their channel. */
  readonly replays: Map<NodeId, unknown[]>;
}

export interface TakeSnapshot {
  readonly kind: 'take-global-snapshot';
}

export type SnapshotReply<State, Message> =
  | { readonly kind: 'global-snapshot'; readonly snapshot: GlobalSnapshot<State, Message> }
  | {
      readonly kind: 'global-snapshot-aborted';
      readonly id: string;
      readonly reason: AbortReason;
      /** Those whose parts had not come: who is down, and who waits for its marker. */
      readonly missing: readonly NodeId[];
    };

type Scoped<N extends Name> = ScopedName<N | OwnName>;
/** Timers of the snapshots themselves. */
export type OwnName = string;

/** The shape of a core whose system can be photographed. */
export interface WithSnapshots<S extends CoreShape> {
  Options: S['Options'] & SnapshotOptions;
  Durable: { readonly core: S['Durable'] };
  State: SnapshotState<S['State']>;
  Message: SnapshotMessage<S['Message']>;
  Timer: Scoped<S['Timer']>;
  Token: Scoped<S['Token']>;
  Record:
    | { readonly kind: 'record'; readonly record: S['Record'] }
    | { readonly kind: 'restored'; readonly durable: S['Durable'] };
  Request: S['Request'] | TakeSnapshot;
  Reply: S['Reply'] | SnapshotReply<S['State'], S['Message']>;
  Indication: S['Indication'];
  Command: never;
  Result: never;
  LowerRequest: never;
  LowerReply: never;
  LowerIndication: never;
}

export const CORE = 0;
export const OWN = 1;

/** What the functions of one step work on. */
export interface Step {
  readonly state: SnapshotState;
  // biome-ignore lint/suspicious/noExplicitAny: of a core that is known at run time alone.
  readonly out: Effects<any>;
  readonly now: Ticks;
  readonly rules: SnapshotRules;
}
