/** Those who watch what happens on a node, and what is logged of its actors. */

import type { Cell } from './cell.ts';
import type { KernelEvent } from './events.ts';
import type { Logger, Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { loggerOf } from './logger.ts';
import { HOME } from './names.ts';
import { Stat } from './stats.ts';

export class Observers {
  private readonly kernel: Kernel;
  private readonly observers = new Set<(event: KernelEvent) => void>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get isEmpty(): boolean {
    return this.observers.size === 0;
  }

  /** @returns a function that ends the subscription */
  add(observer: (event: KernelEvent) => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  tell(event: KernelEvent): void {
    for (const observer of this.observers) {
      try {
        observer(event);
      } catch (error) {
        this.kernel.host.log.error({ err: error }, 'an observer of events threw');
      }
    }
  }

  /** Tells the home node of an event here. */
  report(event: KernelEvent): void {
    const { departures, name } = this.kernel;
    if (this.kernel.isUp(HOME)) departures.control(HOME, { op: 'event', event, node: name });
  }

  /** @param handler the kind of the message; of several only the last is known */
  slow(cell: Cell, milliseconds: Milliseconds, messages: number, measured: 'busy' | 'elapsed', handler: string): void {
    const { stats, host } = this.kernel;
    (stats[Stat.SlowMessages] as number)++;
    const fields = { milliseconds, messages, measured, handler };
    const text = measured === 'busy' ? 'a slow message: it kept its node busy' : 'a slow handler: it kept its actor';
    host.log.warn({ actor: cell.toString(), ...fields, milliseconds: Math.round(milliseconds) }, text);
    this.tell({ type: 'slow', actor: cell.ref, ...fields });
  }

  /** A logger that names the actor. */
  logOf(cell: Cell): Logger {
    const { log } = this.kernel.host;
    const actor = cell.toString();
    return loggerOf((level) => (fields, text) => log[level]({ actor, ...fields }, text));
  }
}
