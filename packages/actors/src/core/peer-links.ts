/**
 * The way of a core's messages to its peers. A core must go on taking messages whatever room there is on the way to others,
 * or two that send to one another would both wait: so a full lane does not pause the member, as it does other actors.
 * Instead the member takes no new requests until there is room, which is where its messages come from in the end.
 *
 * Nothing is lost on the way to a live peer but beyond `LINK_WAITING_MAX`: such sends are dropped and counted.
 */

import type { NodeId } from '@troupe/protocol';
import type { Context } from '../context.ts';
import type { ActorRef, Ref } from '../ref.ts';
import { FrameType } from '../wire.ts';
import { PeerTable } from './peer-table.ts';

/** Messages of one member that may wait for room on the way to one node. */
export const LINK_WAITING_MAX = 65_536;

/** What members say to one another; the core knows its own messages. */
interface PeerProtocol {
  message(envelope: { readonly from: NodeId; readonly message: unknown }): void;
}

export class PeerLinks {
  /** Messages of the core, to itself too. */
  sent = 0;
  /** Of those, the ones that found no way: to a peer that has not been found, or beyond the bound. */
  lost = 0;
  private readonly ctx: Context;
  private readonly self: NodeId;
  private readonly table: PeerTable<PeerProtocol>;
  private readonly hasRoomAgain: () => void;
  /** By node: how many were sent since its lane was found full. */
  private readonly waiting = new Map<number, number>();

  constructor(ctx: Context, group: string, self: NodeId, hasRoomAgain: () => void, watchesPeers = false) {
    this.ctx = ctx;
    this.self = self;
    this.table = new PeerTable(ctx, group, self, watchesPeers);
    this.hasRoomAgain = hasRoomAgain;
  }

  /** The way to some peer is full. */
  get isFull(): boolean {
    return this.waiting.size > 0;
  }

  findAll(ids: readonly NodeId[], found: () => void): void {
    this.table.findAll(ids, found);
  }

  /** One that was watched has stopped for good: another may come under its name. @returns which peer that was */
  forget(ref: Ref<unknown>): NodeId | undefined {
    return this.table.forget(ref as Ref<PeerProtocol>);
  }

  send(to: NodeId, message: unknown): void {
    this.sent++;
    const ref = this.table.find(to);
    // One that is not known yet is looked for meanwhile; what is sent until then is lost, as a link may.
    if (ref === undefined) this.lost++;
    else if ((ref as unknown as ActorRef).cell !== undefined) ref.tell.message({ from: this.self, message });
    else this.sendAway(ref, { from: this.self, message });
  }

  close(): void {
    this.table.close();
    this.waiting.clear();
  }

  private sendAway(ref: Ref<PeerProtocol>, envelope: unknown): void {
    const { id, nodeIndex, interface: its } = ref as unknown as ActorRef;
    const { kernel } = this.ctx.cell;
    const { transport } = kernel.host;
    const waiting = this.waiting.get(nodeIndex);
    if (waiting !== undefined && waiting >= LINK_WAITING_MAX) {
      this.lost++;
      return;
    }
    const sender = (this.ctx.self as unknown as ActorRef).id;
    const kind = its.kinds.indexOf('message');
    const hasRoom = transport.send(nodeIndex, FrameType.Tell, kind, id, sender, 0, 0, envelope, undefined);
    if (waiting !== undefined) this.waiting.set(nodeIndex, waiting + 1);
    else if (!hasRoom) {
      this.waiting.set(nodeIndex, 1);
      transport.onRoom(nodeIndex, () => {
        this.waiting.delete(nodeIndex);
        if (this.waiting.size === 0) this.hasRoomAgain();
      });
    }
  }
}
