/** The tree: who is whose child, in start order. Children may live on other nodes. */

import type { Cell } from '../cell.ts';
import type { StopReason } from '../reason.ts';
import type { ActorRef } from '../ref.ts';
import type { RemoteParent } from './remote-child.ts';
import type { SupervisedChild } from './supervisor-core.ts';

export type Parent = Cell | RemoteParent;

/** Of a start: anything can be thrown, also nothing. */
export interface Failure {
  readonly error: unknown;
}

/** A child as its supervisor handles it, wherever it lives. */
export interface Child extends SupervisedChild {
  readonly ref: ActorRef;
  previous: Child | undefined;
  next: Child | undefined;
  /** Ends the incarnation, to be revived or discarded; at once where it has ended by itself. */
  halt(reason: StopReason, done: () => void): void;
  /** Starts the next incarnation of one that has ended. */
  revive(reason: StopReason, done: (failure?: Failure) => void): void;
  /** Stops it for good. */
  discard(reason: StopReason, done: () => void): void;
  /** It has ended and was not revived yet. */
  readonly hasEnded: boolean;
}

/** A doubly linked list through the children themselves: no memory but theirs. */
export class ChildList {
  first: Child | undefined = undefined;
  last: Child | undefined = undefined;
  size = 0;

  add(child: Child): void {
    child.previous = this.last;
    child.next = undefined;
    if (this.last === undefined) this.first = child;
    else this.last.next = child;
    this.last = child;
    this.size++;
  }

  remove(child: Child): void {
    if (!this.has(child)) return;
    if (child.previous === undefined) this.first = child.next;
    else child.previous.next = child.next;
    if (child.next === undefined) this.last = child.previous;
    else child.next.previous = child.previous;
    child.previous = undefined;
    child.next = undefined;
    this.size--;
  }

  has(child: Child): boolean {
    return child.previous !== undefined || this.first === child;
  }

  /** In start order. */
  toArray(): Child[] {
    const children: Child[] = [];
    for (let child = this.first; child !== undefined; child = child.next) children.push(child);
    return children;
  }
}
