/** What the nodes say to one another while a snapshot is taken. The home node is the initiator of each: the program asks there. */

import type { Piece } from './record-writer.ts';
import type { Head } from './restore-plan.ts';
import type { DefinitionSnapshot } from './system-snapshot.ts';

/** The lanes from one node to another: of messages, and of answers and what kernels say. */
export const DATA = 0;
export const ANSWERS = 1;
export const channelOf = (from: number, lane: number): number => 2 * from + lane;

export type SnapshotMessage =
  /** Along both lanes to each other node: what was sent before it on that lane belongs to the cut. */
  | {
      readonly op: 'snapshot-marker';
      readonly id: string;
      /** Who takes part: all nodes that are up. */
      readonly nodes: readonly number[];
      /** How much a node may record. */
      readonly bytesMax: number;
      /** Not where an actor is suspended. */
      readonly onlyIdle: boolean;
    }
  /** To the initiator: records, in one stream of the codec. */
  | {
      readonly op: 'snapshot-part';
      readonly id: string;
      /** Those that records name by number, in the order of their numbers; told once. */
      readonly definitions: readonly DefinitionSnapshot[];
      readonly piece: Piece;
    }
  | { readonly op: 'snapshot-done'; readonly id: string; readonly lastId: number }
  /** To the initiator: this snapshot can't be. `of` is an actor, a node, or what else it is about. */
  | { readonly op: 'snapshot-refused'; readonly id: string; readonly why: AbortReason; readonly of: string }
  /** Of the initiator: it is given up. */
  | { readonly op: 'snapshot-over'; readonly id: string };

export type Marker = Extract<SnapshotMessage, { readonly op: 'snapshot-marker' }>;

export const ABORTS = {
  'a node ended': 'Take another when it is up again: await system.whenUp(node).',
  'a node came up': 'Take another now.',
  'timed out':
    'Allow more by { timeout }, or look at what keeps its nodes: a full mailbox holds up the marker behind it.',
  'an actor is suspended': 'Allow more by { timeout }, or do without whenIdle.',
  'more bytes than allowed': 'Allow more by { maxBytes }.',
  'more snapshots at once than a node takes': 'Await some before the next.',
  'a value that can’t be copied': 'Keep to data in states, arguments and messages.',
  'what is malformed':
    'The nodes have loaded different versions of something, or one of them is broken: its log has more.',
  cancelled: 'The signal that was given has aborted.',
  'the end of the system': 'Take it before.',
} as const;
export type AbortReason = keyof typeof ABORTS;

/** Characters of an id, and of what a refusal is about. */
const TEXT_MAX = 1_000;
export const isShortText = (value: unknown): value is string => typeof value === 'string' && value.length <= TEXT_MAX;
export const isAbortReason = (value: unknown): value is AbortReason =>
  typeof value === 'string' && Object.hasOwn(ABORTS, value);

/** From the home node, to let a fresh system go on from a snapshot: see `restore-system.ts`. */
export type RestoreMessage =
  | {
      readonly op: 'restore-part';
      /** Those of all actors, by the numbers that records use; told once, first. */
      readonly definitions: readonly DefinitionSnapshot[];
      /** Those of this node's own actors and their children: they are loaded, and must be what they were. */
      readonly own: readonly string[];
      readonly heads: readonly Head[];
      readonly piece: Piece | undefined;
    }
  | { readonly op: 'restore-create'; readonly lastId: number }
  | { readonly op: 'restore-begin' };
