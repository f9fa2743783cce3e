/** What nodes say to one another beside, and around, what their cores say. */
import type { NodeId } from '@troupe/protocol';
import type { LocalSnapshot } from './global-snapshot.ts';

export type SnapshotMessage<Message> =
  /** The core's own. Over channels that are not FIFO it names the snapshots that its sender had recorded (its colour). */
  | { readonly kind: 'payload'; readonly message: Message; readonly recorded: readonly string[] }
  /** All that was sent on this channel before it belongs to the cut: so many messages, ever. */
  | { readonly kind: 'marker'; readonly id: string; readonly initiator: NodeId; readonly sent: number }
  /** To a node that no marker of the initiator reaches: begin, too. */
  | { readonly kind: 'begin'; readonly id: string; readonly initiator: NodeId }
  /** To the initiator: what one node has recorded. */
  | { readonly kind: 'part'; readonly id: string; readonly part: LocalSnapshot<unknown, Message> }
  /** To the initiator: this snapshot can't be. */
  | { readonly kind: 'objection'; readonly id: string; readonly reason: AbortReason }
  /** Of the initiator: it is complete, or given up. */
  | { readonly kind: 'ended'; readonly id: string }
  /** Of a node that came back: what it had recorded, and counted, is lost. */
  | { readonly kind: 'restarted' };

export type AbortReason =
  /** A node crashed and came back, joined or left while it was taken. */
  | 'a node restarted'
  /** Not all nodes answered in time: one is down, or cut off. */
  | 'timed out'
  /** More came along the channels than a node keeps. */
  | 'too many messages under way'
  /** More snapshots at once than a node keeps. */
  | 'too many snapshots at once'
  /** Over channels that are not FIFO messages are counted, and a node that restarted has lost its counts. */
  | 'messages can’t be counted after a restart';

/** Characters of a snapshot's id. */
const ID_LENGTH_MAX = 300;
const RECORDED_MAX = 64;

/** Whether a peer's message is one of these; its payload is the core's to judge. */
export function isSnapshotMessage(value: unknown): value is SnapshotMessage<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, initiator, sent, recorded, part, reason } = value as Record<string, unknown>;
  switch (kind) {
    case 'payload':
      return Array.isArray(recorded) && recorded.length <= RECORDED_MAX && recorded.every(isId);
    case 'marker':
      return isId(id) && typeof initiator === 'string' && Number.isSafeInteger(sent);
    case 'begin':
      return isId(id) && typeof initiator === 'string';
    case 'part':
      return isId(id) && isPart(part);
    case 'objection':
      return isId(id) && typeof reason === 'string';
    case 'ended':
      return isId(id);
    case 'restarted':
      return true;
    default:
      return false;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= ID_LENGTH_MAX;
}

function isPart(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { node, core, channels } = value as Record<string, unknown>;
  return typeof node === 'string' && typeof core === 'object' && core !== null && Array.isArray(channels);
}
