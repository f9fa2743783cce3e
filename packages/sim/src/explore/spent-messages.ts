/**
 * Messages under way that can change nothing any more: their node does nothing on them in its state, nor in any that it can
 * come to. Whether one is there or has arrived is the same to everyone, so states that differ by such messages alone are
 * one. That keeps every state of the nodes and of what was observed, whatever faults are left to strike.
 *
 * What a node can come to is not known before it is searched. So a message is taken for spent until a step is met that leads
 * to a state in which it does something: then what was searched is void (`isStale`), and is searched again with what is known
 * now. The last search has met every step of every node, and found nothing against what it took for spent.
 *
 * As partial-order reduction it is the persistent set of one delivery that commutes with all that its node may ever do.
 */
import type { CoreShape } from '@troupe/protocol';
import type { LocalState } from './local-state.ts';
import type { Stepper } from './stepper.ts';

/** What is known of a node's state. */
export class MessageFacts<S extends CoreShape> {
  /** By envelope, whether it is spent there. */
  readonly spent = new Map<number, boolean>();
  /** States one step away. */
  readonly before = new Set<LocalState<S>>();
  readonly after = new Set<LocalState<S>>();
}

export class SpentMessages<S extends CoreShape> {
  /** Something was taken for spent that is not. */
  isStale = false;
  readonly #stepper: Stepper<S>;

  constructor(stepper: Stepper<S>) {
    this.#stepper = stepper;
  }

  isSpent(local: LocalState<S>, envelope: number): boolean {
    const { spent, after } = factsOf(local);
    const known = spent.get(envelope);
    if (known !== undefined) return known;
    spent.set(envelope, this.#changesNothing(local, envelope));
    for (const next of after) if (!this.isSpent(next, envelope)) this.#refute(local, envelope);
    return spent.get(envelope) as boolean;
  }

  /** A step was met. */
  follow(from: LocalState<S>, to: LocalState<S>): void {
    const { spent, after } = factsOf(from);
    if (from === to || after.has(to)) return;
    after.add(to);
    factsOf(to).before.add(from);
    for (const [envelope, isSpent] of spent) if (isSpent && !this.isSpent(to, envelope)) this.#refute(from, envelope);
  }

  /** Nor is it spent in any state that leads here. */
  #refute(local: LocalState<S>, envelope: number): void {
    const { spent, before } = factsOf(local);
    if (spent.get(envelope) !== true) return;
    spent.set(envelope, false);
    this.isStale = true;
    for (const earlier of before) this.#refute(earlier, envelope);
  }

  #changesNothing(local: LocalState<S>, envelope: number): boolean {
    // What comes to a node that is down is lost.
    if (!local.situation.isUp) return true;
    const [outcome, ...others] = this.#stepper.deliver(local, envelope);
    if (outcome === undefined || others.length > 0 || outcome.sends !== 0 || outcome.told !== 0) return false;
    return this.#stepper.local(local.node, outcome.to) === local;
  }
}

function factsOf<S extends CoreShape>(local: LocalState<S>): MessageFacts<S> {
  return (local.facts ??= new MessageFacts());
}
