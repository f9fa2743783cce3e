/**
 * Names of actors, unique in a system. The first node (that of the program which made the system) keeps the table; the others ask it.
 */

import { actorError } from './errors.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef } from './ref.ts';

/** The node that keeps the tables of names and offers. */
export const HOME = 0;

/** How long the node of an actor whose name is claimed may take to answer. */
const PATIENCE: Milliseconds = 1_000;

interface Entry {
  /** Undefined while its actor starts. */
  ref: ActorRef | undefined;
  /** The node of its actor. */
  readonly node: number;
  /** Its node ended: whoever starts under the name next has it, first of all its own restart. */
  isStale: boolean;
}

export class Names {
  private readonly kernel: Kernel;
  private readonly table = new Map<string, Entry>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** @throws (rejects) TROUPE_NAME_TAKEN */
  async claim(name: string): Promise<void> {
    if (this.kernel.index !== HOME) await this.kernel.control.call(HOME, { op: 'name-claim', name });
    else await this.claimHere(name, HOME);
  }

  /**
   * Whoever saw an actor's end may take its name, though the news of it may come here later than that claim:
   * 1. it ends on n1, which tells n2, where it was monitored, and home; 2. n2 claims the name; 3. the claim overtakes the
   * release. So a name that seems taken is looked at again when its node has answered: what it had said is here by then.
   */
  async claimHere(name: string, node: number): Promise<void> {
    checkName(name);
    const owner = this.table.get(name);
    if (owner !== undefined && !owner.isStale && owner.node !== HOME) await this.heardFrom(owner.node);
    this.take(name, node);
  }

  private take(name: string, node: number): void {
    const entry = this.table.get(name);
    if (entry !== undefined && !entry.isStale) {
      throw actorError(
        'TROUPE_NAME_TAKEN',
        `Expected a name that is free, got '${name}', which ${entry.ref ?? 'an actor that is starting'} has. Look it up with whereis('${name}'), or choose another.`,
        { name },
      );
    }
    this.table.set(name, { ref: undefined, node, isStale: false });
  }

  /** Resolves when all that a node had said has arrived, or the node has ended, or hangs. */
  private heardFrom(node: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.kernel.timers.after(PATIENCE, resolve);
      const done = (): void => {
        this.kernel.timers.cancel(timer);
        resolve();
      };
      this.kernel.control.call(node, { op: 'answer-me' }).then(done, done);
    });
  }

  bind(name: string, ref: ActorRef): void {
    if (this.kernel.index === HOME) {
      const entry = this.table.get(name);
      // Claimed there, where its actor is; or by whoever took it since.
      if (entry?.node === ref.nodeIndex) entry.ref = ref;
    } else {
      if (ref.cell !== undefined) this.kernel.refs.exportId(ref.cell);
      this.kernel.departures.control(HOME, { op: 'name-bind', name, ref });
    }
  }

  release(name: string): void {
    if (this.kernel.index === HOME) this.releaseFrom(name, HOME);
    else if (this.kernel.isUp(HOME)) this.kernel.departures.control(HOME, { op: 'name-release', name });
  }

  /** On the home node: frees a name of that node's. */
  releaseFrom(name: string, node: number): void {
    if (this.table.get(name)?.node === node) this.table.delete(name);
  }

  /** Frees a name whose actor's node has ended, and which nobody has taken since. */
  releaseStale(name: string): void {
    if (this.kernel.index !== HOME) this.kernel.departures.control(HOME, { op: 'name-release-stale', name });
    else if (this.table.get(name)?.isStale) this.table.delete(name);
  }

  async find(name: string): Promise<ActorRef | undefined> {
    if (this.kernel.index !== HOME)
      return (await this.kernel.control.call(HOME, { op: 'name-find', name })) as ActorRef | undefined;
    return this.findHere(name);
  }

  findHere(name: string): ActorRef | undefined {
    const entry = this.table.get(name);
    return entry?.isStale ? undefined : entry?.ref;
  }

  onNodeDown(node: number): void {
    for (const entry of this.table.values()) if (entry.node === node) entry.isStale = true;
  }
}

/** @throws TROUPE_OPTION_INVALID */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw actorError('TROUPE_OPTION_INVALID', `Expected a name to be a non-empty string, got ${String(name)}.`);
}
