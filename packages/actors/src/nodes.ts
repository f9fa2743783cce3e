/** The nodes of a system as one of them sees them, and where a new actor goes. */

import type { ControlMessage } from './control.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { HOME } from './names.ts';
import type { StopReason } from './reason.ts';

type State = 'starting' | 'up' | 'restarting' | 'gone';

export class Nodes {
  private readonly kernel: Kernel;
  private readonly names: readonly string[];
  private readonly states: State[];
  /** How often each went up or down: whoever waited can see whether it is still the life that it dealt with. */
  private readonly changes: number[];
  private readonly waiting: { node: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  private turn = 0;
  /** The system has ended. */
  isClosed = false;
  /** Why each was down last. */
  private readonly reasons: (string | undefined)[] = [];

  constructor(kernel: Kernel, names: readonly string[]) {
    this.kernel = kernel;
    this.names = names;
    this.states = names.map((_, index) => (index === kernel.index ? 'up' : 'starting'));
    this.changes = names.map(() => 0);
  }

  /** Names, by index. */
  get all(): readonly string[] {
    return this.names;
  }

  get count(): number {
    return this.names.length;
  }

  nameOf(index: number): string {
    return this.names[index] ?? `node-${index}`;
  }

  /** -1 where there is none. */
  indexOf(name: string): number {
    return this.names.indexOf(name);
  }

  isUp(index: number): boolean {
    return this.states[index] === 'up';
  }

  /** It will not be restarted. */
  isGone(index: number): boolean {
    return this.states[index] === 'gone';
  }

  /** Why it was down last, if it was. */
  reason(index: number): string | undefined {
    return this.reasons[index];
  }

  /** What its end means for its actors. */
  endOf(index: number): StopReason {
    return { kind: 'killed', error: this.kernel.control.nodeDown(index) };
  }

  /** Changes when the node goes up or down. */
  life(index: number): number {
    return this.changes[index] ?? 0;
  }

  mayComeUp(index: number): boolean {
    return this.states[index] === 'starting' || this.states[index] === 'restarting';
  }

  othersUp(): number[] {
    const up: number[] = [];
    for (let index = 0; index < this.states.length; index++)
      if (index !== this.kernel.index && this.isUp(index)) up.push(index);
    return up;
  }

  whenUp(index: number): Promise<void> {
    if (this.isUp(index)) return Promise.resolve();
    if (!this.mayComeUp(index)) return Promise.reject(this.kernel.control.nodeDown(index));
    return new Promise((resolve, reject) => this.waiting.push({ node: index, resolve, reject }));
  }

  /**
   * Asks a node in whichever of its lives answers: what is asked of one that is being restarted is asked of its next life.
   * Nothing where it stays down: what was to be ended there has ended.
   */
  async insist(index: number, message: ControlMessage): Promise<void> {
    for (;;) {
      if (!this.isUp(index) && !this.mayComeUp(index)) return;
      const life = this.life(index);
      try {
        await this.whenUp(index);
        await this.kernel.control.call(index, message);
        return;
      } catch (error) {
        if (this.isClosed || life === this.life(index)) throw error;
      }
    }
  }

  /** The system has ended: nobody waits any more, and no other node is there. */
  close(): void {
    this.isClosed = true;
    for (let index = 0; index < this.states.length; index++)
      if (index !== this.kernel.index) this.states[index] = 'gone';
    for (const { reject } of this.waiting.splice(0)) reject(systemStopped());
  }

  up(index: number): void {
    this.states[index] = 'up';
    (this.changes[index] as number)++;
    this.settle(index, (waiter) => waiter.resolve());
  }

  down(index: number, reason: string, isFinal: boolean): void {
    this.states[index] = isFinal ? 'gone' : 'restarting';
    this.reasons[index] = reason;
    (this.changes[index] as number)++;
    if (isFinal) this.settle(index, (waiter) => waiter.reject(this.kernel.control.nodeDown(index)));
  }

  /** The node named, or the next worker node in turn. @throws TROUPE_NODE_UNKNOWN */
  place(name: string | undefined): number {
    if (name !== undefined) {
      const index = this.names.indexOf(name);
      if (index < 0)
        throw actorError(
          'TROUPE_NODE_UNKNOWN',
          `Expected one of the nodes [${this.names.join(', ')}], got '${name}'.`,
          { node: name, nodes: [...this.names] },
        );
      return index;
    }
    // A child without a place of its own lives with its parent; what the program spawns is spread over the workers.
    if (this.kernel.index !== HOME) return this.kernel.index;
    for (let tries = 1; tries < this.names.length; tries++) {
      this.turn = (this.turn % (this.names.length - 1)) + 1;
      if (this.states[this.turn] !== 'gone') return this.turn;
    }
    return HOME;
  }

  private settle(index: number, settle: (waiter: (typeof this.waiting)[number]) => void): void {
    for (let at = this.waiting.length - 1; at >= 0; at--) {
      const waiter = this.waiting[at];
      if (waiter?.node !== index) continue;
      this.waiting.splice(at, 1);
      settle(waiter);
    }
  }
}

export function systemStopped(): Error {
  return actorError('TROUPE_STOPPED', 'Expected a running system, got one that has been stopped.');
}
