/**
 * Finding actors by what they offer: a definition, or a key of one's own. Kept on the home node; watchers are told of changes.
 */

import { type Cell, Flag } from './cell.ts';
import type { Kernel } from './kernel.ts';
import { HOME } from './names.ts';
import { NodeQuota } from './node-quota.ts';
import { optionInvalid } from './overflow.ts';
import type { ActorRef } from './ref.ts';

type Watcher = (refs: readonly ActorRef[]) => void;

/** What the home node knows of a key; of two, the one of the higher version is true. */
export interface Offers {
  readonly version: number;
  readonly refs: readonly ActorRef[];
}

interface Watch {
  known: Offers | undefined;
  readonly tell: Set<Watcher>;
}

export class Receptionist {
  private readonly kernel: Kernel;
  /** What each of this node's actors offers. */
  private readonly offered = new Map<Cell, Set<string>>();
  /** On the home node: key → refs, in the order of their offers. */
  private readonly offers = new Map<string, Set<ActorRef>>();
  /** On the home node: nodes that watch a key. */
  private readonly watchingNodes = new Map<string, Set<number>>();
  /** On every node: what this node watches, and knows. */
  private readonly watches = new Map<string, Watch>();
  private readonly offerQuota: NodeQuota;
  private readonly watchQuota: NodeQuota;
  private version = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.offerQuota = new NodeQuota(kernel, 'offers');
    this.watchQuota = new NodeQuota(kernel, 'watches of offers');
  }

  /** The actor can be found under the key until it stops. */
  offer(cell: Cell, key: string): void {
    if ((cell.flags & Flag.Stopped) !== 0) return;
    this.kernel.refs.exportId(cell);
    const keys = this.offered.get(cell);
    if (keys !== undefined) keys.add(key);
    else {
      this.offered.set(cell, new Set([key]));
      (cell.extra.ends ??= new Set()).add(() => this.withdrawAll(cell));
    }
    if (this.kernel.index === HOME) this.offerHere(key, cell.ref);
    else this.kernel.departures.control(HOME, { op: 'offer', key, ref: cell.ref });
  }

  /** Keys. */
  offersOf(cell: Cell): readonly string[] {
    return [...(this.offered.get(cell) ?? [])];
  }

  private withdrawAll(cell: Cell): void {
    for (const key of this.offered.get(cell) ?? []) this.withdraw(cell.ref, key);
    this.offered.delete(cell);
  }

  withdraw(ref: ActorRef, key: string): void {
    if (this.kernel.index === HOME) this.withdrawHere(key, ref);
    else if (this.kernel.isUp(HOME)) this.kernel.departures.control(HOME, { op: 'withdraw', key, ref });
  }

  offerHere(key: string, ref: ActorRef): void {
    const refs = this.offers.get(key);
    if (refs?.has(ref)) return this.changed(key);
    this.offerQuota.take(ref.nodeIndex);
    if (refs === undefined) this.offers.set(key, new Set([ref]));
    else refs.add(ref);
    this.changed(key);
  }

  withdrawHere(key: string, ref: ActorRef): void {
    const refs = this.offers.get(key);
    if (refs?.delete(ref)) {
      this.offerQuota.give(ref.nodeIndex);
      this.changed(key);
    }
    if (refs?.size === 0) this.offers.delete(key);
  }

  async find(key: string): Promise<readonly ActorRef[]> {
    if (this.kernel.index === HOME) return this.list(key);
    return (await this.kernel.control.call(HOME, { op: 'find-offers', key })) as readonly ActorRef[];
  }

  /** Called at once with what is known, and then at every change. @returns a function that ends the watch */
  watch(key: string, tell: Watcher): () => void {
    const watch = this.watches.get(key) ?? this.open(key);
    // A function of its own, so that the same one may watch twice.
    const watcher: Watcher = (refs) => this.tell(key, tell, refs);
    watch.tell.add(watcher);
    if (watch.known !== undefined) watcher(watch.known.refs);
    return () => {
      if (watch.tell.delete(watcher) && watch.tell.size === 0) this.close(key, watch);
    };
  }

  /** @internal What the home node tells others of. */
  get watchedFromElsewhere(): number {
    return [...this.watchingNodes.values()].reduce((sum, nodes) => sum + nodes.size, 0);
  }

  findHere(key: string): readonly ActorRef[] {
    return this.list(key);
  }

  watchFrom(node: number, key: string): Offers {
    const nodes = this.watchingNodes.get(key);
    if (nodes?.has(node) !== true) this.watchQuota.take(node);
    if (nodes === undefined) this.watchingNodes.set(key, new Set([node]));
    else nodes.add(node);
    return { version: this.version, refs: this.list(key) };
  }

  unwatchFrom(node: number, key: string): void {
    const nodes = this.watchingNodes.get(key);
    if (nodes?.delete(node) !== true) return;
    this.watchQuota.give(node);
    if (nodes.size === 0) this.watchingNodes.delete(key);
  }

  /** An answer and a change that follows it may be learnt in either order: the answer is a promise, the change a notice. */
  learn(key: string, offers: Offers): void {
    const watch = this.watches.get(key);
    if (watch === undefined || (watch.known !== undefined && watch.known.version >= offers.version)) return;
    watch.known = offers;
    for (const tell of [...watch.tell]) if (watch.tell.has(tell)) tell(offers.refs);
  }

  onNodeDown(node: number): void {
    for (const key of [...this.watchingNodes.keys()]) this.unwatchFrom(node, key);
    for (const [key, refs] of this.offers) {
      for (const ref of refs) if (ref.nodeIndex === node) this.withdrawHere(key, ref);
    }
  }

  /** The system ends, and with it every watch. */
  end(): void {
    this.watches.clear();
    this.watchingNodes.clear();
  }

  /** Also a program outside actors watches: what it throws is not the matter of whoever offers, or ends. */
  private tell(key: string, tell: Watcher, refs: readonly ActorRef[]): void {
    try {
      tell(refs);
    } catch (error) {
      this.kernel.host.log.error({ key, err: error }, 'a watcher of offers threw');
    }
  }

  private open(key: string): Watch {
    const watch: Watch = { known: undefined, tell: new Set() };
    this.watches.set(key, watch);
    if (this.kernel.index === HOME) watch.known = { version: this.version, refs: this.list(key) };
    else {
      this.kernel.control.call(HOME, { op: 'watch-offers', key }).then(
        (offers) => this.learn(key, offers as Offers),
        (error) => this.kernel.host.log.warn({ key, err: error }, 'could not watch offers'),
      );
    }
    return watch;
  }

  /** Nobody on this node watches any more. */
  private close(key: string, watch: Watch): void {
    if (this.watches.get(key) !== watch) return;
    this.watches.delete(key);
    if (this.kernel.index !== HOME && this.kernel.isUp(HOME))
      this.kernel.departures.control(HOME, { op: 'unwatch-offers', key });
  }

  private list(key: string): readonly ActorRef[] {
    return [...(this.offers.get(key) ?? [])];
  }

  private changed(key: string): void {
    const offers = { version: ++this.version, refs: this.list(key) };
    this.learn(key, offers);
    for (const node of this.watchingNodes.get(key) ?? [])
      if (this.kernel.isUp(node)) this.kernel.departures.control(node, { op: 'offers', key, offers });
  }
}

/** The key under which a definition's actors are found. @throws TROUPE_OPTION_INVALID */
export function offerKey(what: { readonly key: string } | string): string {
  const key = typeof what === 'object' && what !== null ? what.key : what;
  if (typeof key !== 'string' || key === '')
    throw optionInvalid('what is offered', 'a definition or a non-empty string', what);
  return key;
}
