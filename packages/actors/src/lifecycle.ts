/** How actors start, fail, restart and stop. One incarnation after another in the same cell, so that refs and mailbox survive. */

import { cancelTimers } from './actor-timers.ts';
import { type ActorType, Signal } from './actor-type.ts';
import { StampedCell } from './causal/stamped-cell.ts';
import { Cell, Flag } from './cell.ts';
import { Context } from './context.ts';
import { Ending, endOf, isPlain } from './ending.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { MailboxPolicy } from './overflow.ts';
import { plainError } from './plain-error.ts';
import { NORMAL, type StopReason } from './reason.ts';
import { scope } from './scope.ts';
import { Stat } from './stats.ts';
import { ChildList, type Failure, type Parent } from './supervision/family.ts';
import type { ChildPolicy } from './supervision/policy.ts';
import { RemoteParent } from './supervision/remote-child.ts';
import { mustRestart } from './supervision/supervisor-core.ts';

export interface StartSpec {
  readonly type: ActorType;
  /** Checked and copied already. */
  readonly argument: unknown;
  readonly name: string | undefined;
  readonly mailbox: MailboxPolicy;
  readonly policy: ChildPolicy;
  /** The id that it had before its node was restarted; 0: none. */
  readonly id: number;
}

export class Lifecycle {
  private readonly kernel: Kernel;
  private readonly ending: Ending;
  private serial: number;

  constructor(kernel: Kernel, firstSerial: number) {
    this.kernel = kernel;
    this.serial = firstSerial - 1;
    this.ending = new Ending(kernel);
  }

  /** Makes and starts an actor on this node. @throws TROUPE_INIT_FAILED */
  start(parent: Parent, spec: StartSpec): Cell {
    const { kernel } = this;
    const serial = spec.id === 0 ? this.nextSerial() : spec.id;
    const Kind = kernel.causality === undefined ? Cell : StampedCell;
    const cell = new Kind(kernel, spec.type, spec.argument, spec.name, spec.mailbox, spec.policy, serial);
    this.init(cell);
    cell.parent = parent;
    if (parent instanceof Cell) (parent.extra.children ??= new ChildList()).add(cell);
    else kernel.guests.add(cell);
    (kernel.stats[Stat.Spawned] as number)++;
    if (!kernel.observers.isEmpty) kernel.observers.tell({ type: 'started', actor: cell.ref });
    this.announceStart(cell);
    return cell;
  }

  /** Numbers up to this one were given to actors of an earlier system. */
  skipTo(serial: number): void {
    this.serial = Math.max(this.serial, serial);
  }

  get lastSerial(): number {
    return this.serial;
  }

  nextSerial(): number {
    return ++this.serial;
  }

  /** A handler, a hook or a supervisor's intensity has failed this actor. */
  failed(cell: Cell, error: unknown, where: string): void {
    if ((cell.flags & (Flag.Failed | Flag.Stopped)) !== 0) return;
    const { kernel } = this;
    (kernel.stats[Stat.Failed] as number)++;
    kernel.host.log.error({ actor: cell.toString(), in: where, err: error }, 'an actor failed');
    kernel.observers.tell({ type: 'failed', actor: cell.ref, error, in: where });
    // Already on its way out: it ends as it was told to.
    if ((cell.flags & Flag.Stopping) !== 0) return;
    this.endItself(cell, { kind: 'error', error });
  }

  /**
   * What was thrown while the actor was served, and by none of its handlers: it fails for it, or where its end is what threw
   * ends by force. Never throws: its node goes on.
   */
  broken(cell: Cell, error: unknown): void {
    try {
      if ((cell.flags & (Flag.Failed | Flag.Stopped)) === 0) return this.failed(cell, error, 'runtime');
    } catch {
      // It could not even fail; the first error says more.
    }
    this.kernel.host.log.fatal(
      { actor: cell.toString(), err: error },
      'an actor could not end in order, and was ended',
    );
    try {
      this.ending.finish(cell, { kind: 'error', error });
    } catch {
      // It is marked as stopped first of all.
    }
  }

  /** Stops for good, by order: no supervisor is asked. */
  stop(cell: Cell, reason: StopReason): Promise<void> {
    if ((cell.flags & Flag.Stopped) !== 0) return Promise.resolve();
    if (reason === NORMAL) {
      this.stopItself(cell, NORMAL);
      return Promise.resolve();
    }
    if (isPlain(cell)) {
      this.ending.finishPlain(cell, reason);
      return Promise.resolve();
    }
    return new Promise((resolve) => this.discard(cell, reason, resolve));
  }

  /** The actor ends by its own wish: its supervisor says whether it is restarted. */
  stopItself(cell: Cell, reason: StopReason): void {
    if ((cell.flags & (Flag.Stopping | Flag.Failed | Flag.Stopped)) !== 0) return;
    if (scope.cell === cell && reason === NORMAL) {
      cell.flags |= Flag.Leaving;
      return;
    }
    cell.record();
    cell.flags |= Flag.Stopping;
    this.ending.whenIdle(cell, () => {
      // It may have been ended by order meanwhile: then that goes on, and says how.
      if ((cell.flags & (Flag.Failed | Flag.Stopped)) !== 0) return;
      cell.flags &= ~Flag.Stopping;
      this.endItself(cell, reason);
    });
  }

  /** The handler in which the actor stopped itself has ended. */
  leave(cell: Cell): void {
    cell.flags &= ~Flag.Leaving;
    if ((cell.flags & (Flag.Stopping | Flag.Failed | Flag.Stopped)) !== 0) return;
    const isForgotten = cell.parent instanceof Cell && !cell.policy.significant && !mustRestart(cell.policy, NORMAL);
    if (isForgotten && isPlain(cell)) this.ending.finishPlain(cell, NORMAL);
    else this.endItself(cell, NORMAL);
  }

  /** @see Child.halt */
  halt(cell: Cell, reason: StopReason, done: () => void): void {
    if ((cell.flags & Flag.Stopped) !== 0) return done();
    if ((cell.flags & Flag.Failed) !== 0) {
      // Ended by itself, or still ending: in either case nothing of it runs any more once its children are gone.
      if (cell.more?.ending === undefined) return done();
      cell.more.ending.push(done);
      return;
    }
    this.ending.end(cell, reason, done);
  }

  /** @see Child.discard */
  discard(cell: Cell, reason: StopReason, done: () => void): void {
    if ((cell.flags & Flag.Stopped) !== 0) return done();
    if (isPlain(cell)) {
      this.ending.finishPlain(cell, reason);
      return done();
    }
    (cell.extra.ends ??= new Set()).add(done);
    this.halt(cell, reason, () => this.ending.finish(cell, endOf(cell, reason)));
  }

  /** @see Child.revive */
  revive(cell: Cell, reason: StopReason, done: (failure?: Failure) => void): void {
    if ((cell.flags & Flag.Failed) === 0) return done();
    cell.record();
    const { kernel } = this;
    cell.handlers = cell.type.handlers;
    if (cell.more !== undefined) {
      cell.more.behaviour = undefined;
      // A supervisor that starts again counts restarts from none, as a new one does.
      cell.more.supervisor = undefined;
    }
    cell.ctx = new Context(cell);
    try {
      this.init(cell);
      if (cell.type.spec.hooks?.restarted !== undefined)
        kernel.current.as(cell, () => cell.type.spec.hooks?.restarted?.(cell.state, reason, cell.ctx as Context));
    } catch (error) {
      // What `restarted` has set goes with it.
      cancelTimers(cell);
      cell.ctx.over();
      return done({ error });
    }
    cell.flags &= ~Flag.Failed;
    (kernel.stats[Stat.Restarted] as number)++;
    kernel.observers.tell({ type: 'restarted', actor: cell.ref, reason });
    this.announceStart(cell);
    if (cell.more?.stash !== undefined) cell.ctx.unstashAll();
    cell.wake();
    done();
  }

  private init(cell: Cell): void {
    const { kernel } = this;
    try {
      cell.state = (cell.type.spec.init as (argument: unknown) => unknown)(kernel.copy(cell.argument, 'argument'));
      if (typeof (cell.state as PromiseLike<unknown> | undefined)?.then === 'function') {
        throw actorError(
          'TROUPE_DEFINITION_INVALID',
          `Expected init of ${cell.type.key} to return the state, got a promise. Do what must be awaited in hooks.started.`,
        );
      }
    } catch (error) {
      throw actorError(
        'TROUPE_INIT_FAILED',
        `Expected init of ${cell.type.name} to return a state, got an error: ${plainError(error).message}`,
        { definition: cell.type.key },
        error,
      );
    }
  }

  private announceStart(cell: Cell): void {
    if (cell.type.spec.hooks?.started !== undefined) cell.signal(Signal.Started, undefined);
  }

  /** An incarnation ends with nobody's order: what follows is for its supervisor to say. */
  private endItself(cell: Cell, reason: StopReason): void {
    cell.flags &= ~Flag.Failed;
    this.ending.end(cell, reason, () => {
      const { parent } = cell;
      if (parent === undefined) return this.kernel.root.ended(reason);
      if (parent instanceof RemoteParent) return parent.childEnded(cell, reason);
      if ((parent.flags & Flag.Stopped) !== 0) return this.ending.finish(cell, reason);
      this.kernel.supervisorOf(parent).onEnd(cell, reason);
    });
  }
}
