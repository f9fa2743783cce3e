/**
 * Names of actors, unique in a system. The first node (that of the program which made the system) keeps the table; the others ask it.
 */

import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef } from './ref.ts';

/** The node that keeps the tables of names and offers. */
export const HOME = 0;

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
    else this.claimHere(name, HOME);
  }

  claimHere(name: string, node: number): void {
    checkName(name);
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

  bind(name: string, ref: ActorRef): void {
    if (this.kernel.index === HOME) {
      const entry = this.table.get(name);
      // Claimed there, where its actor is; or by whoever took it since.
      if (entry?.node === ref.nodeIndex) entry.ref = ref;
    } else {
      if (ref.cell !== undefined) this.kernel.exportId(ref.cell);
      this.kernel.sendControl(HOME, { op: 'name-bind', name, ref });
    }
  }

  release(name: string): void {
    if (this.kernel.index === HOME) this.releaseFrom(name, HOME);
    else if (this.kernel.isUp(HOME)) this.kernel.sendControl(HOME, { op: 'name-release', name });
  }

  /** On the home node: frees a name of that node's. */
  releaseFrom(name: string, node: number): void {
    if (this.table.get(name)?.node === node) this.table.delete(name);
  }

  /** Frees a name whose actor's node has ended, and which nobody has taken since. */
  releaseStale(name: string): void {
    if (this.kernel.index !== HOME) this.kernel.sendControl(HOME, { op: 'name-release-stale', name });
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
