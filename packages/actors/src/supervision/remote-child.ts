/**
 * Supervision across nodes: the supervisor's side of a child that lives elsewhere, and the child's side of such a supervisor.
 *
 * After its node has ended, a child is started again on the restarted node under its old id, so that refs to it work again.
 */

import type { ActorType } from '../actor-type.ts';
import type { Cell } from '../cell.ts';
import type { ControlMessage } from '../control.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import type { StopReason } from '../reason.ts';
import type { ActorRef, OwnedRef } from '../ref.ts';
import type { SpawnOptions } from '../spawn-options.ts';
import { type Child, ChildList } from './family.ts';
import type { ChildPolicy } from './policy.ts';

export class RemoteChild implements Child {
  private readonly kernel: Kernel;
  readonly parent: Cell;
  readonly ref: ActorRef;
  readonly policy: ChildPolicy;
  private readonly order: ControlMessage & { readonly op: 'spawn' };
  attempts = 0;
  startedAt: Milliseconds = 0;
  previous: Child | undefined = undefined;
  next: Child | undefined = undefined;
  hasEnded = false;
  /** Its node ended: a restart is a new start there. */
  isLost = false;

  constructor(parent: Cell, ref: ActorRef, order: ControlMessage & { readonly op: 'spawn' }) {
    this.kernel = parent.kernel;
    this.parent = parent;
    this.ref = ref;
    this.policy = order.policy;
    this.order = order;
  }

  halt(reason: StopReason, done: () => void): void {
    if (this.hasEnded) return done();
    this.hasEnded = true;
    this.request({ op: 'child-halt', id: this.ref.id, reason }, done);
  }

  discard(reason: StopReason, done: () => void): void {
    this.kernel.remoteChildren.forget(this);
    if (this.isLost) {
      this.kernel.watching.refIsDead(this.ref, reason);
      if (this.order.name !== undefined) this.kernel.names.releaseStale(this.order.name);
      return done();
    }
    this.request({ op: 'child-discard', id: this.ref.id, reason }, done);
  }

  revive(reason: StopReason, done: (error?: unknown) => void): void {
    if (!this.hasEnded) return done();
    const node = this.ref.nodeIndex;
    this.kernel.remoteChildren.reviving(this);
    const settled = done;
    done = (error) => {
      this.kernel.remoteChildren.revived(this);
      settled(error);
    };
    this.kernel
      .whenUp(node)
      .then(() => {
        const message: ControlMessage = this.isLost
          ? { ...this.order, id: this.ref.id }
          : { op: 'child-revive', id: this.ref.id, reason };
        return this.kernel.control.call(node, message).then(() => {
          this.hasEnded = false;
          this.isLost = false;
          done();
        });
      })
      .catch((error) => {
        // The node ended once more before it answered: its next restart brings the next try.
        if (!this.kernel.isUp(node) && this.kernel.mayComeUp(node)) {
          this.isLost = true;
          this.revive(reason, done);
        } else done(error);
      });
  }

  private request(message: ControlMessage, done: () => void): void {
    this.kernel.control.call(this.ref.nodeIndex, message).then(done, (error) => {
      this.kernel.host.log.warn(
        { actor: this.ref.toString(), err: error, op: message.op },
        'a child on another node did not answer',
      );
      done();
    });
  }
}

/** A supervisor on another node, as its child's node sees it. */
export class RemoteParent {
  private readonly kernel: Kernel;
  readonly node: number;
  readonly id: number;

  constructor(kernel: Kernel, node: number, id: number) {
    this.kernel = kernel;
    this.node = node;
    this.id = id;
  }

  childEnded(child: Cell, reason: StopReason): void {
    this.kernel.sendControl(this.node, { op: 'child-ended', parent: this.id, id: child.ref.id, reason });
  }

  childGone(child: Cell, reason: StopReason): void {
    if (this.kernel.isUp(this.node))
      this.kernel.sendControl(this.node, { op: 'child-gone', parent: this.id, id: child.ref.id, reason });
  }
}

/** Ends kept for spawns under way. */
const EARLY_MAX = 1_024;

/** All children of this node's actors that live on other nodes. */
export class RemoteChildren {
  private readonly kernel: Kernel;
  private readonly byNode = new Map<number, Map<number, RemoteChild>>();
  /** Ends that arrived before the spawn that they belong to had returned here. */
  private readonly underRevival = new Set<RemoteChild>();
  private readonly onRevived: (() => void)[] = [];
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
      parent: kernel.exportId(parent),
      key: type.key,
      url: type.url,
      argument: kernel.copy(argument, 'argument'),
      name: options?.name,
      mailbox: withoutFunctions(options?.mailbox),
      policy,
      id: 0,
    };
    await kernel.whenUp(node);
    const id = (await kernel.control.call(node, order)) as number;
    const ref = kernel.remoteRef(node, id, type.interface, options?.name);
    const child = new RemoteChild(parent, ref, order);
    (parent.extra.children ??= new ChildList()).add(child);
    let children = this.byNode.get(node);
    if (children === undefined) this.byNode.set(node, (children = new Map()));
    children.set(id, child);
    const early = this.early.get(`${node}/${id}`);
    this.early.delete(`${node}/${id}`);
    if (early?.isGone) this.onChildGone(node, id, early.reason);
    else if (early !== undefined) this.onChildEnded(node, id, early.reason);
    return ref as unknown as OwnedRef<unknown>;
  }

  reviving(child: RemoteChild): void {
    this.underRevival.add(child);
  }

  revived(child: RemoteChild): void {
    this.underRevival.delete(child);
    for (const resolve of this.onRevived.splice(0)) resolve();
  }

  /** Resolves when all children that were to be started again on a restarted node have been, or could not be. */
  async startedAgain(node: number): Promise<void> {
    // Those that wait for the node go on in the next microtasks; their starts are then under way.
    while ([...this.underRevival].some((child) => child.ref.nodeIndex === node))
      await new Promise<void>((resolve) => this.onRevived.push(resolve));
  }

  find(node: number, id: number): RemoteChild | undefined {
    return this.byNode.get(node)?.get(id);
  }

  forget(child: RemoteChild): void {
    child.parent.more?.children?.remove(child);
    this.byNode.get(child.ref.nodeIndex)?.delete(child.ref.id);
  }

  onChildEnded(node: number, id: number, reason: StopReason): void {
    const child = this.find(node, id);
    if (child === undefined) this.arrivedEarly(node, id, { isGone: false, reason });
    if (child === undefined || child.hasEnded) return;
    child.hasEnded = true;
    this.kernel.supervisorOf(child.parent).onEnd(child, reason);
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
      child.isLost = true;
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
