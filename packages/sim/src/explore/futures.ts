/**
 * Whom a node may still send to, whatever happens: for partial-order reduction. Found by taking every step of every state
 * that each node can come to if anyone of the others may do what it ever does, at any time. That is more than can happen,
 * and it is worked out node by node: far fewer states than those of the system.
 */
import type { CoreShape, NodeId } from '@troupe/protocol';
import type { InFlight } from './in-flight.ts';
import type { Outcome } from './local-state.ts';
import type { Stepper } from './stepper.ts';

/** States of nodes, each with its requests made; with more, nothing is known, and nothing is left out. */
export const FUTURES_MAX = 500;

/** A state of a node, and which of its requests were made. */
interface Place {
  readonly node: number;
  readonly local: number;
  readonly made: number;
  readonly next: Set<Place>;
  /** Nodes that it may send to from here on, a bit each. */
  reach: number;
}

export class Futures<S extends CoreShape> {
  readonly #stepper: Stepper<S>;
  readonly #inFlight: InFlight;
  /** By node, then by state and requests. */
  readonly #places: readonly Map<string, Place>[];
  readonly #arrivals: readonly Set<number>[];
  readonly #all: Place[] = [];
  #isKnown = true;

  constructor(nodes: readonly NodeId[], stepper: Stepper<S>, inFlight: InFlight) {
    this.#stepper = stepper;
    this.#inFlight = inFlight;
    this.#places = nodes.map(() => new Map());
    this.#arrivals = nodes.map(() => new Set());
    nodes.forEach((_, node) => {
      for (const outcome of stepper.start(node)) this.#follow(undefined, node, 0, outcome);
    });
    this.#takeAll();
    this.#sum();
  }

  /** Nodes that it may send to from this state on, a bit each; all, where that is not known. */
  reach(node: number, local: number, made: number): number {
    if (!this.#isKnown) return -1;
    return this.#places[node]?.get(`${local}/${made & this.#ownRequests(node)}`)?.reach ?? -1;
  }

  #takeAll(): void {
    // A message that is new to a node may arrive in every state that it has been in: all are gone through again.
    for (let messages = -1; this.#isKnown && messages !== this.#messages(); ) {
      messages = this.#messages();
      for (let i = 0; i < this.#all.length && this.#isKnown; i++) this.#take(this.#all[i] as Place);
    }
  }

  #take(place: Place): void {
    const { node, made } = place;
    const local = this.#stepper.local(node, place.local);
    for (const { outcomes } of this.#stepper.own(local))
      for (const outcome of outcomes) this.#follow(place, node, made, outcome);
    if (!local.situation.isUp || local.failure !== undefined) return;
    for (const envelope of this.#arrivals[node] ?? [])
      for (const outcome of this.#stepper.deliver(local, envelope)) this.#follow(place, node, made, outcome);
    this.#stepper.requests.forEach((request, index) => {
      if (request.node !== node || (made & (1 << index)) !== 0) return;
      for (const outcome of this.#stepper.request(local, index))
        this.#follow(place, node, made | (1 << index), outcome);
    });
  }

  #follow(from: Place | undefined, node: number, made: number, { to, sends }: Outcome): void {
    const places = this.#places[node] as Map<string, Place>;
    const key = `${to}/${made}`;
    let place = places.get(key);
    if (place === undefined) {
      place = { node, local: to, made, next: new Set(), reach: 0 };
      places.set(key, place);
      this.#all.push(place);
      if (this.#all.length > FUTURES_MAX) this.#isKnown = false;
    }
    from?.next.add(place);
    for (const envelope of this.#inFlight.batchAt(sends)) {
      const target = this.#inFlight.envelope(envelope).to;
      this.#arrivals[target]?.add(envelope);
      if (from !== undefined) from.reach |= 1 << target;
    }
  }

  #sum(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = this.#all.length - 1; i >= 0; i--) {
        const place = this.#all[i] as Place;
        let { reach } = place;
        for (const next of place.next) reach |= next.reach;
        if (reach !== place.reach) changed = true;
        place.reach = reach;
      }
    }
  }

  #messages(): number {
    return this.#arrivals.reduce((sum, envelopes) => sum + envelopes.size, this.#all.length);
  }

  #ownRequests(node: number): number {
    return this.#stepper.requests.reduce(
      (bits, request, index) => (request.node === node ? bits | (1 << index) : bits),
      0,
    );
  }
}
