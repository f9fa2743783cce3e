/** The actor at the top of a node's tree, whose end is the system's. */

import type { ActorType } from '../actor-type.ts';
import { Cell } from '../cell.ts';
import type { Kernel } from '../kernel.ts';
import type { StopReason } from '../reason.ts';
import type { ChildPolicy } from './policy.ts';

/** Nobody restarts it, and it waits for its children. */
const POLICY: ChildPolicy = {
  restart: 'temporary',
  shutdown: 'infinity',
  significant: false,
  backoff: { min: 0, max: 0, factor: 1, jitter: 0 },
};

export class Root {
  private readonly kernel: Kernel;
  /** Undefined on nodes that no program runs on. */
  cell: Cell | undefined = undefined;
  private onEnded: ((reason: StopReason) => void) | undefined = undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  start(type: ActorType, onEnded: (reason: StopReason) => void): Cell {
    this.onEnded = onEnded;
    const serial = this.kernel.lifecycle.nextSerial();
    this.cell = new Cell(this.kernel, type, undefined, undefined, type.mailbox, POLICY, serial);
    return this.cell;
  }

  /** Tells of it once. */
  ended(reason: StopReason): void {
    const { onEnded } = this;
    this.onEnded = undefined;
    onEnded?.(reason);
  }
}
