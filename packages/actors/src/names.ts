/**
 * Names of actors, unique in a system. The first node (that of the program which made the system) keeps the table; the others ask it.
 */

import { Cell } from './cell.ts';
import { actorError } from './errors.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { NodeQuota } from './node-quota.ts';
import { optionInvalid } from './overflow.ts';
import type { ActorRef } from './ref.ts';
import type { Child } from './supervision/family.ts';

/** The node that keeps the tables of names and offers. */
export const HOME = 0;

/** How long the node of an actor whose name is claimed may take to answer. */
const PATIENCE: Milliseconds = 1_000;

interface Entry {
  /** Undefined while its actor starts. */
  ref: ActorRef | undefined;
  /** The node of its actor. */
  readonly node: number;
  /** The node of its actor's supervisor: when that ends, the actor is stopped, though not at once. */
  readonly supervisor: number;
  /** Of two that have had the name one after the other, on one node, only the later may bind or free it. */
  readonly claim: number;
  /** Either node ended, or it was forgone: whoever starts under the name next has it, first of all its actor's own restart. */
  isStale: boolean;
}

export class Names {
  private readonly kernel: Kernel;
  private readonly table = new Map<string, Entry>();
  private readonly quota: NodeQuota;
  private claims = 0;
  /** The claims of this node's actors. */
  private readonly held = new Map<ActorRef, number>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.quota = new NodeQuota(kernel, 'names');
  }

  /**
   * For an actor that is to start here, under a supervisor of that node. @returns the claim, by which it is bound or released
   *
   * @throws (rejects) TROUPE_NAME_TAKEN
   */
  async claim(name: string, supervisor: number): Promise<number> {
    if (this.kernel.index === HOME) return await this.claimHere(name, HOME, supervisor);
    return (await this.kernel.control.call(HOME, { op: 'name-claim', name, supervisor })) as number;
  }

  /**
   * Whoever saw an actor's end may take its name, though the news of it may come here later than that claim:
   * 1. it ends on n1, which tells n2, where it was monitored, and home; 2. n2 claims the name; 3. the claim overtakes the
   * release. So a name that seems taken is looked at again when its node has answered, and its supervisor's, which may have
   * forgone it: what they had said is here by then.
   */
  async claimHere(name: string, node: number, supervisor: number): Promise<number> {
    checkName(name);
    const owner = this.table.get(name);
    if (owner !== undefined && !owner.isStale) {
      const nodes = new Set([owner.node, owner.supervisor]);
      nodes.delete(HOME);
      await Promise.all([...nodes].map((of) => this.heardFrom(of)));
    }
    return this.take(name, node, supervisor);
  }

  private take(name: string, node: number, supervisor: number): number {
    const entry = this.table.get(name);
    if (entry !== undefined && !entry.isStale) {
      throw actorError(
        'TROUPE_NAME_TAKEN',
        `Expected a name that is free, got '${name}', which ${entry.ref ?? 'an actor that is starting'} has. Look it up with whereis('${name}'), or choose another.`,
        { name },
      );
    }
    if (entry !== undefined) this.quota.give(entry.node);
    this.quota.take(node);
    const claim = ++this.claims;
    this.table.set(name, { ref: undefined, node, supervisor, claim, isStale: false });
    return claim;
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

  /** The actor of this node has started: it is found under the name from now on. */
  bind(name: string, cell: Cell, claim: number): void {
    const { ref } = cell;
    this.held.set(ref, claim);
    if (this.kernel.index === HOME) return this.bindHere(name, ref, claim);
    this.kernel.refs.exportId(cell);
    this.kernel.departures.control(HOME, { op: 'name-bind', name, ref, claim });
  }

  bindHere(name: string, ref: ActorRef, claim: number): void {
    const entry = this.table.get(name);
    // Claimed there, where its actor is; whoever took it since has another claim.
    if (entry?.node === ref.nodeIndex && entry.claim === claim) entry.ref = ref;
  }

  /** What was to start under the name did not. */
  release(name: string, claim: number): void {
    if (this.kernel.index === HOME) this.releaseFrom(name, HOME, claim);
    else if (this.kernel.isUp(HOME)) this.kernel.departures.control(HOME, { op: 'name-release', name, claim });
  }

  /** On the home node: frees a name of that node's, unless another has it since. */
  releaseFrom(name: string, node: number, claim: number): void {
    const entry = this.table.get(name);
    if (entry?.node === node && entry.claim === claim) this.drop(name, node);
  }

  /** Frees the name of an actor of this node, if it has one. */
  forget({ ref }: Cell): void {
    if (ref.name === undefined) return;
    const claim = this.held.get(ref);
    if (claim === undefined) return;
    this.held.delete(ref);
    this.release(ref.name, claim);
  }

  /**
   * Frees the names of an actor that is to end with all that it started: 1. its supervisor's node ends; 2. its handler
   * runs on; 3. the supervisor is started again, and starts it again, under its name: it must not meet itself.
   */
  forgetTree(top: Cell): void {
    const children: Child[] = [top];
    for (let child = children.pop(); child !== undefined; child = children.pop()) {
      if (!(child instanceof Cell)) {
        this.forgo(child.ref);
        continue;
      }
      this.forget(child);
      children.push(...(child.more?.children?.toArray() ?? []));
    }
  }

  /** The name of a child elsewhere, and those of all that it started: its node may have no time to hear of it just now. */
  private forgo(ref: ActorRef): void {
    const { departures, index } = this.kernel;
    const { id, name, nodeIndex: node } = ref;
    if (name !== undefined && index === HOME) this.forgoFrom(name, ref, HOME);
    else if (name !== undefined) departures.control(HOME, { op: 'name-forgo', name, ref });
    if (this.kernel.isUp(node)) departures.control(node, { op: 'child-forgo', id });
  }

  /** Its supervisor gives the name up: whoever starts under it next has it. */
  forgoFrom(name: string, ref: ActorRef, supervisor: number): void {
    const entry = this.table.get(name);
    if (entry?.supervisor !== supervisor || entry.node !== ref.nodeIndex) return;
    // It may not have been bound here yet.
    if (entry.ref === undefined || entry.ref === ref) entry.isStale = true;
  }

  /** Frees a name whose actor's node has ended, and which nobody has taken since. */
  releaseStale(name: string): void {
    if (this.kernel.index !== HOME) this.kernel.departures.control(HOME, { op: 'name-release-stale', name });
    else {
      const entry = this.table.get(name);
      if (entry?.isStale) this.drop(name, entry.node);
    }
  }

  private drop(name: string, node: number): void {
    this.table.delete(name);
    this.quota.give(node);
  }

  /** @throws (rejects) TROUPE_OPTION_INVALID */
  async find(name: string): Promise<ActorRef | undefined> {
    checkName(name);
    if (this.kernel.index !== HOME)
      return (await this.kernel.control.call(HOME, { op: 'name-find', name })) as ActorRef | undefined;
    return this.findHere(name);
  }

  findHere(name: string): ActorRef | undefined {
    const entry = this.table.get(name);
    return entry?.isStale ? undefined : entry?.ref;
  }

  onNodeDown(node: number): void {
    for (const entry of this.table.values()) if (entry.node === node || entry.supervisor === node) entry.isStale = true;
  }
}

/** @throws TROUPE_OPTION_INVALID */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '') throw optionInvalid('a name', 'a non-empty string', name);
}
