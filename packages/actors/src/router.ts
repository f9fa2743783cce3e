/**
 * Routers: one address for several actors of a kind, with the same `tell`, `ask` and `stream` as a ref.
 *
 * A router lives where it was made, and is no actor: it costs no hop. It routes to a list of refs, or follows those that
 * offer a definition or a key. It is no data: give others the refs, or let them make a router of their own.
 */

import { Flag } from './cell.ts';
import type { AnyDefinition } from './definition.ts';
import { actorError } from './errors.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { mustHaveOnly, optionInvalid } from './overflow.ts';
import { offerKey } from './receptionist.ts';
import {
  type ActorRef,
  type Ask,
  type AskOptions,
  mustBeRef,
  type Ref,
  type StreamOptions,
  type Streams,
  type Tell,
} from './ref.ts';
import {
  type Candidate,
  ConsistentHash,
  type Picker,
  Random,
  RoundRobin,
  SmallestMailbox,
} from './router-strategies.ts';
import { ask, kindIndex, openStream, tell } from './send.ts';

/** Equal keys go to the same actor, for as long as it is there. */
export interface ConsistentHashing {
  readonly by: 'consistent-hash';
  /** Which messages belong together. */
  readonly key: (payload: never, kind: string) => string | number | bigint;
}

/**
 * - `round-robin`: one after the other. - `random`: any. - `smallest-mailbox`: the one with the fewest messages waiting:
 *   exact for actors of this node; for others what they last said, and what was sent since. - `broadcast`: all of them;
 *   an ask resolves with the first answer, and cancels the others.
 */
export type Routing = 'round-robin' | 'random' | 'smallest-mailbox' | 'broadcast' | ConsistentHashing;

/** Refs, or what actors offer: a definition, or a key. */
export type Routees<P> = readonly Ref<P>[] | { readonly key: string; readonly name: string } | string;

export interface Router<P> {
  /** @throws TROUPE_NO_ROUTEE */
  readonly tell: Tell<P>;
  /** @throws (rejects) TROUPE_NO_ROUTEE */
  readonly ask: Ask<P>;
  /** Not with `broadcast`. @throws TROUPE_NO_ROUTEE */
  readonly stream: Streams<P>;
  /** Who is routed to now. */
  readonly routees: readonly Ref<P>[];
  /** Resolves when there are at least so many routees. */
  ready(count?: number): Promise<void>;
  /** Follows changes no longer. */
  close(): void;
}

/** How long what another node said of a mailbox is taken for true. */
const SAMPLE_AGE: Milliseconds = 20;

class Routee implements Candidate {
  readonly ref: ActorRef;
  readonly identity: string;
  /** For an actor elsewhere: what its node last said, and what went there since. */
  private said = 0;
  private sent = 0;
  private askedAt: Milliseconds = Number.NEGATIVE_INFINITY;

  constructor(ref: ActorRef) {
    this.ref = ref;
    // Its id, not what it is called here: all nodes must agree.
    if (ref.cell !== undefined) ref.kernel.refs.exportId(ref.cell);
    this.identity = ref.name ?? `${ref.nodeIndex}/${ref.id}`;
  }

  get isAlive(): boolean {
    const { cell, kernel, nodeIndex } = this.ref;
    return cell === undefined
      ? kernel.isUp(nodeIndex) && !kernel.followed.hasStopped(this.ref)
      : (cell.flags & Flag.Stopped) === 0;
  }

  readonly depth = (): number => {
    if (this.ref.cell !== undefined) return this.ref.cell.depth;
    this.sample();
    return this.said + this.sent;
  };

  onSend(): void {
    this.sent++;
  }

  private sample(): void {
    const { kernel, nodeIndex, id } = this.ref;
    const now = kernel.host.clock.now();
    if (now - this.askedAt < SAMPLE_AGE) return;
    this.askedAt = now;
    const before = this.sent;
    kernel.control.call(nodeIndex, { op: 'describe-wait', id }).then(
      (wait) => {
        this.said = Number((wait as { data?: { depth?: unknown } } | undefined)?.data?.depth ?? 0);
        this.sent -= before;
      },
      () => {},
    );
  }
}

export class RouterTable {
  private readonly routing: Routing;
  private readonly picker: Picker | undefined;
  private known = new Map<ActorRef, Routee>();
  private waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  /** Stops following. */
  close: () => void = () => {};
  readonly tell: object = this.facade((kind) => (payload) => this.tellOne(kind, payload));
  readonly ask: object = this.facade((kind) => (payload, options) => this.askOne(kind, payload, options as AskOptions));
  readonly stream: object = this.facade(
    (kind) => (payload, options) => this.openOne(kind, payload, options as StreamOptions),
  );

  constructor(kernel: Kernel, routing: Routing) {
    this.routing = routing;
    this.picker = pickerOf(kernel, routing);
  }

  get routees(): readonly ActorRef[] {
    return this.alive().map(({ ref }) => ref);
  }

  ready(count = 1): Promise<void> {
    if (this.alive().length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** @internal What is known of routees that stay is kept. */
  learn(refs: readonly ActorRef[]): void {
    this.known = new Map(refs.map((ref) => [ref, this.known.get(ref) ?? new Routee(ref)]));
    const { length } = this.alive();
    const [met, left] = [
      this.waiting.filter(({ count }) => count <= length),
      this.waiting.filter(({ count }) => count > length),
    ];
    this.waiting = left;
    for (const { resolve } of met) resolve();
  }

  private alive(): Routee[] {
    return [...this.known.values()].filter(({ isAlive }) => isAlive);
  }

  private pick(kind: string, payload: unknown): Routee {
    const alive = this.alive();
    if (alive.length === 0) throw this.none(kind);
    const key = typeof this.routing === 'object' ? String(this.routing.key(payload as never, kind)) : undefined;
    return (this.picker as Picker).pick(alive, key);
  }

  private tellOne(kind: string, payload: unknown): void {
    if (this.picker !== undefined) {
      const routee = this.pick(kind, payload);
      tell(routee.ref, kindIndex(routee.ref, 'tell', kind), payload);
      routee.onSend();
      return;
    }
    const alive = this.alive();
    if (alive.length === 0) throw this.none(kind);
    for (const { ref } of alive) tell(ref, kindIndex(ref, 'tell', kind), payload);
  }

  private askOne(kind: string, payload: unknown, options: AskOptions | undefined): Promise<unknown> {
    try {
      if (this.picker === undefined) return this.askAll(kind, payload, options);
      const routee = this.pick(kind, payload);
      const answer = ask(routee.ref, kindIndex(routee.ref, 'ask', kind), payload, options);
      routee.onSend();
      return answer;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async askAll(kind: string, payload: unknown, options: AskOptions | undefined): Promise<unknown> {
    const alive = this.alive();
    if (alive.length === 0) throw this.none(kind);
    const others = new AbortController();
    const signal = options?.signal === undefined ? others.signal : AbortSignal.any([options.signal, others.signal]);
    const answers = alive.map(({ ref }) => ask(ref, kindIndex(ref, 'ask', kind), payload, { ...options, signal }));
    try {
      return await Promise.any(answers);
    } catch (errors) {
      // All have failed: the first is as good as any.
      throw (errors as AggregateError).errors[0];
    } finally {
      others.abort(actorError('TROUPE_ASK_CANCELLED', 'Another routee has answered.'));
    }
  }

  private openOne(kind: string, payload: unknown, options: StreamOptions | undefined): AsyncIterableIterator<unknown> {
    if (this.picker === undefined)
      throw optionInvalid('the routing of a stream', 'one that picks a single actor', 'broadcast');
    const { ref } = this.pick(kind, payload);
    return openStream(ref, kindIndex(ref, 'stream', kind), payload, options);
  }

  private none(kind: string): Error {
    return actorError(
      'TROUPE_NO_ROUTEE',
      `Expected at least one living actor to route '${kind}' to, got none. Await router.ready(), or look why they have stopped.`,
      { kind },
    );
  }

  /** Kinds are known by the routees, which may all come later. */
  private facade(method: (kind: string) => (payload: unknown, options: unknown) => unknown): object {
    const made = new Map<string, (payload: unknown, options: unknown) => unknown>();
    return new Proxy(Object.freeze(Object.create(null)), {
      get: (_target, kind) => {
        if (typeof kind === 'symbol' || kind === 'then' || kind === 'toJSON') return undefined;
        let known = made.get(kind);
        if (known === undefined) made.set(kind, (known = method(kind)));
        return known;
      },
    });
  }
}

/** @internal @throws TROUPE_OPTION_INVALID */
export function openRouter<P>(kernel: Kernel, routees: Routees<P>, routing: Routing): Router<P> {
  const table = new RouterTable(kernel, routing);
  if (Array.isArray(routees)) {
    const refs = routees.map((ref, at) => mustBeRef(ref, kernel, `routee ${at}`));
    table.learn(refs);
    for (const ref of refs) kernel.followed.follow(ref);
  } else
    table.close = kernel.receptionist.watch(offerKey(routees as AnyDefinition | string), (refs) => table.learn(refs));
  return table as unknown as Router<P>;
}

function pickerOf({ host }: Kernel, routing: Routing): Picker | undefined {
  if (typeof routing === 'object' && routing?.by === 'consistent-hash' && typeof routing.key === 'function') {
    mustHaveOnly('consistent hashing', routing, ['by', 'key']);
    return new ConsistentHash();
  }
  switch (routing) {
    case 'round-robin':
      return new RoundRobin();
    case 'random':
      return new Random(host.choose);
    case 'smallest-mailbox':
      return new SmallestMailbox();
    case 'broadcast':
      return undefined;
    default:
      throw optionInvalid(
        'routing',
        "'round-robin', 'random', 'smallest-mailbox', 'broadcast' or { by: 'consistent-hash', key }",
        typeof routing === 'string' ? routing : JSON.stringify(routing),
      );
  }
}
