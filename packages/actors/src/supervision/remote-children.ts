/** The supervisors' side of all children that live on other nodes: their starts, their ends, and their nodes' ends. */

import type { ActorType } from '../actor-type.ts';
import type { Cell } from '../cell.ts';
import type { Context } from '../context.ts';
import type { ControlMessage } from '../control.ts';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';

import { SHUTDOWN, type StopReason } from '../reason.ts';
import { offerKey } from '../receptionist.ts';
import type { ActorRef, OwnedRef } from '../ref.ts';
import type { SpawnOptions } from '../spawn-options.ts';
import { mustStillRun } from '../spawning.ts';
import { ChildList } from './family.ts';
import type { ChildPolicy } from './policy.ts';
import { RemoteChild } from './remote-child.ts';

/** Ends kept for spawns under way. */
const EARLY_MAX = 1_024;

/** All children of this node's actors that live on other nodes. */
export class RemoteChildren {
  private readonly kernel: Kernel;
  private readonly byNode = new Map<number, Map<number, RemoteChild>>();
  /** By node: those that ended with it, and were neither started again nor given up. */
  private readonly lost = new Map<number, Set<RemoteChild>>();
  private readonly onNoneLost: { readonly node: number; readonly resolve: () => void }[] = [];
  /** Ends that arrived before the spawn that they belong to had returned here. */
  private readonly early = new Map<string, { readonly isGone: boolean; readonly reason: StopReason }>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  async spawn(
    parent: Cell,
    node: number,
    type: ActorType,
    argument: unknown,
    options: SpawnOptions | undefined,
    policy: ChildPolicy,
  ): Promise<OwnedRef<unknown>> {
    const { kernel } = this;
    const order: ControlMessage & { op: 'spawn' } = {
      op: 'spawn',
      parent: kernel.refs.exportId(parent),
      key: type.key,
      url: type.url,
      argument: kernel.copy(argument, 'argument'),
      name: options?.name,
      mailbox: withoutFunctions(options?.mailbox),
      policy,
      offer: options?.offer === undefined ? undefined : offerKey(options.offer === true ? type : options.offer),
      id: 0,
    };
    const { ctx } = parent;
    const end = await this.turnOn(node, parent, ctx);
    try {
      mustStillRun(parent, ctx);
      const life = kernel.nodes.life(node);
      const id = (await kernel.control.call(node, order)) as number;
      try {
        mustStillRun(parent, ctx);
      } catch (error) {
        if (kernel.isUp(node)) kernel.departures.control(node, { op: 'child-discard', id, reason: SHUTDOWN });
        throw error;
      }
      return this.adopt(parent, node, id, life, type, order) as unknown as OwnedRef<unknown>;
    } finally {
      end();
    }
  }

  /** The supervisor's turn, while the node is up: one that is down holds up nothing else. @returns what gives the turn back */
  private async turnOn(node: number, parent: Cell, ctx: Context | undefined): Promise<() => void> {
    for (;;) {
      await this.kernel.nodes.whenUp(node);
      mustStillRun(parent, ctx);
      const end = await this.kernel.supervisorOf(parent).turn();
      if (this.kernel.isUp(node)) return end;
      end();
    }
  }

  /** The actor has started. */
  private adopt(
    parent: Cell,
    node: number,
    id: number,
    life: number,
    type: ActorType,
    order: ControlMessage & { readonly op: 'spawn' },
  ): ActorRef {
    const { kernel } = this;
    const ref = kernel.refs.remote(node, id, type.interface, order.name);
    const child = new RemoteChild(parent, ref, order);
    (parent.extra.children ??= new ChildList()).add(child);
    let children = this.byNode.get(node);
    if (children === undefined) this.byNode.set(node, (children = new Map()));
    children.set(id, child);
    kernel.names.started(parent, child);
    const early = this.early.get(`${node}/${id}`);
    this.early.delete(`${node}/${id}`);
    if (early?.isGone) this.onChildGone(node, id, early.reason);
    else if (early !== undefined) this.onChildEnded(node, id, early.reason);
    // The answer may have been its node's last word, and that node's end was told before this child was known.
    else if (life !== kernel.nodes.life(node)) {
      this.lose(child);
      child.hasEnded = true;
      kernel.supervisorOf(parent).onNodeEnd([child], { kind: 'killed', error: kernel.control.nodeDown(node) });
    }
    return ref;
  }

  /** A child as it was in a snapshot. */
  restored(
    parent: Cell,
    node: number,
    id: number,
    type: ActorType,
    order: ControlMessage & { readonly op: 'spawn' },
  ): void {
    this.adopt(parent, node, id, this.kernel.nodes.life(node), type, order);
  }

  /** A child that was lost is started again. */
  found(child: RemoteChild): void {
    if (!child.isLost) return;
    child.isLost = false;
    this.settle(child);
  }

  /** Resolves when all children that ended with an earlier life of the node have been started again, or given up. */
  async startedAgain(node: number): Promise<void> {
    if ((this.lost.get(node)?.size ?? 0) === 0) return;
    await new Promise<void>((resolve) => this.onNoneLost.push({ node, resolve }));
  }

  find(node: number, id: number): RemoteChild | undefined {
    return this.byNode.get(node)?.get(id);
  }

  forget(child: RemoteChild): void {
    child.parent.more?.children?.remove(child);
    this.byNode.get(child.ref.nodeIndex)?.delete(child.ref.id);
    this.settle(child);
  }

  private lose(child: RemoteChild): void {
    child.isLost = true;
    const node = child.ref.nodeIndex;
    const lost = this.lost.get(node);
    if (lost === undefined) this.lost.set(node, new Set([child]));
    else lost.add(child);
  }

  private settle(child: RemoteChild): void {
    const node = child.ref.nodeIndex;
    const lost = this.lost.get(node);
    if (!lost?.delete(child) || lost.size > 0) return;
    for (let at = this.onNoneLost.length - 1; at >= 0; at--)
      if (this.onNoneLost[at]?.node === node) this.onNoneLost.splice(at, 1)[0]?.resolve();
  }

  onChildEnded(node: number, id: number, reason: StopReason): void {
    const child = this.find(node, id);
    if (child === undefined) this.arrivedEarly(node, id, { isGone: false, reason });
    if (child?.ended(reason)) this.kernel.supervisorOf(child.parent).onEnd(child, reason);
  }

  /** It was stopped for good, by someone's order there. */
  onChildGone(node: number, id: number, reason: StopReason): void {
    const child = this.find(node, id);
    if (child === undefined) this.arrivedEarly(node, id, { isGone: true, reason });
    else this.forget(child);
  }

  private arrivedEarly(node: number, id: number, end: { readonly isGone: boolean; readonly reason: StopReason }): void {
    // Only a spawn under way can want it; what nobody collects is let go of, oldest first.
    if (this.early.size >= EARLY_MAX) this.early.delete(this.early.keys().next().value as string);
    this.early.set(`${node}/${id}`, end);
  }

  onNodeDown(node: number, reason: StopReason): void {
    const byParent = new Map<Cell, RemoteChild[]>();
    for (const child of this.byNode.get(node)?.values() ?? []) {
      this.lose(child);
      if (child.hasEnded) continue;
      child.hasEnded = true;
      const siblings = byParent.get(child.parent);
      if (siblings === undefined) byParent.set(child.parent, [child]);
      else siblings.push(child);
    }
    for (const [parent, children] of byParent) this.kernel.supervisorOf(parent).onNodeEnd(children, reason);
  }
}

/** A mailbox's coalescing keys are functions: they can't cross threads, and belong in the definition. */
function withoutFunctions(mailbox: SpawnOptions['mailbox']): SpawnOptions['mailbox'] {
  for (const [kind, options] of Object.entries(mailbox?.kinds ?? {})) {
    if (options?.key !== undefined) {
      throw actorError(
        'TROUPE_OPTION_INVALID',
        `Expected mailbox.kinds.${kind}.key in the definition, got it in the options of a spawn on another node: functions can't cross threads.`,
      );
    }
  }
  return mailbox;
}
