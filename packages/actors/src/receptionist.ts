/**
 * Finding actors by what they offer: a definition, or a key of one's own. Kept on the home node; watchers are told of changes.
 */

import { type Cell, Flag } from './cell.ts';
import type { Kernel } from './kernel.ts';
import { HOME } from './names.ts';
import { optionInvalid } from './overflow.ts';
import type { ActorRef } from './ref.ts';

type Watcher = (refs: readonly ActorRef[]) => void;

export class Receptionist {
  private readonly kernel: Kernel;
  /** What each of this node's actors offers. */
  private readonly offered = new Map<Cell, Set<string>>();
  /** On the home node: key → refs, in the order of their offers. */
  private readonly offers = new Map<string, Set<ActorRef>>();
  /** On the home node: nodes that watch a key. */
  private readonly watchingNodes = new Map<string, Set<number>>();
  /** On every node: what this node watches, and knows. */
  private readonly watchers = new Map<
    string,
    { known: readonly ActorRef[] | undefined; readonly tell: Set<Watcher> }
  >();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The actor can be found under the key until it stops. */
  offer(cell: Cell, key: string): void {
    if ((cell.flags & Flag.Stopped) !== 0) return;
    this.kernel.exportId(cell);
    const keys = this.offered.get(cell);
    if (keys !== undefined) keys.add(key);
    else {
      this.offered.set(cell, new Set([key]));
      (cell.extra.ends ??= new Set()).add(() => this.withdrawAll(cell));
    }
    if (this.kernel.index === HOME) this.offerHere(key, cell.ref);
    else this.kernel.sendControl(HOME, { op: 'offer', key, ref: cell.ref });
  }

  private withdrawAll(cell: Cell): void {
    for (const key of this.offered.get(cell) ?? []) this.withdraw(cell.ref, key);
    this.offered.delete(cell);
  }

  withdraw(ref: ActorRef, key: string): void {
    if (this.kernel.index === HOME) this.withdrawHere(key, ref);
    else if (this.kernel.isUp(HOME)) this.kernel.sendControl(HOME, { op: 'withdraw', key, ref });
  }

  offerHere(key: string, ref: ActorRef): void {
    const refs = this.offers.get(key);
    if (refs === undefined) this.offers.set(key, new Set([ref]));
    else refs.add(ref);
    this.changed(key);
  }

  withdrawHere(key: string, ref: ActorRef): void {
    const refs = this.offers.get(key);
    if (refs?.delete(ref)) this.changed(key);
    if (refs?.size === 0) this.offers.delete(key);
  }

  async find(key: string): Promise<readonly ActorRef[]> {
    if (this.kernel.index === HOME) return this.list(key);
    return (await this.kernel.control.call(HOME, { op: 'watch-offers', key })) as readonly ActorRef[];
  }

  /** Called at once with what is known, and then at every change. @returns a function that ends the watch */
  watch(key: string, tell: Watcher): () => void {
    let entry = this.watchers.get(key);
    if (entry === undefined) {
      entry = { known: this.kernel.index === HOME ? this.list(key) : undefined, tell: new Set() };
      this.watchers.set(key, entry);
      if (this.kernel.index !== HOME) {
        void this.kernel.control.call(HOME, { op: 'watch-offers', key }).then(
          (refs) => {
            // 1. the answer, and 2. a change after it, arrive in one turn; 3. the change is learnt, and 4. the answer handled.
            if (this.watchers.get(key)?.known === undefined) this.learn(key, refs as readonly ActorRef[]);
          },
          (error) => this.kernel.host.log.warn({ key, err: error }, 'could not watch offers'),
        );
      }
    }
    entry.tell.add(tell);
    if (entry.known !== undefined) tell(entry.known);
    return () => entry.tell.delete(tell);
  }

  /** @internal On the home node. */
  watchFrom(node: number, key: string): readonly ActorRef[] {
    if (node !== HOME) {
      const nodes = this.watchingNodes.get(key);
      if (nodes === undefined) this.watchingNodes.set(key, new Set([node]));
      else nodes.add(node);
    }
    return this.list(key);
  }

  learn(key: string, refs: readonly ActorRef[]): void {
    const entry = this.watchers.get(key);
    if (entry === undefined) return;
    entry.known = refs;
    for (const tell of [...entry.tell]) tell(refs);
  }

  onNodeDown(node: number): void {
    for (const nodes of this.watchingNodes.values()) nodes.delete(node);
    for (const [key, refs] of this.offers) {
      for (const ref of refs) if (ref.nodeIndex === node) this.withdrawHere(key, ref);
    }
  }

  private list(key: string): readonly ActorRef[] {
    return [...(this.offers.get(key) ?? [])];
  }

  private changed(key: string): void {
    const refs = this.list(key);
    this.learn(key, refs);
    for (const node of this.watchingNodes.get(key) ?? [])
      if (this.kernel.isUp(node)) this.kernel.sendControl(node, { op: 'offers', key, refs });
  }
}

/** The key under which a definition's actors are found. @throws TROUPE_OPTION_INVALID */
export function offerKey(what: { readonly key: string } | string): string {
  const key = typeof what === 'object' && what !== null ? what.key : what;
  if (typeof key !== 'string' || key === '')
    throw optionInvalid('what is offered', 'a definition or a non-empty string', what);
  return key;
}
