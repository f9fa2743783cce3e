/**
 * An `out` that writes effects down, in order: for tests, for drivers, and for whoever composes cores by hand.
 */
import { assert } from './assert.ts';
import type { NodeId, Ticks } from './brand.ts';
import type { Effect, Effects } from './effects.ts';
import type { RequestId } from './event.ts';
import type { CoreShape } from './shape.ts';

/** Draws a whole number from 0 up to but without `n`. */
export type Choose = (label: string, n: number) => number;

/** The tame chooser: nothing unusual ever happens. */
export const chooseTame: Choose = () => 0;

export class EffectRecorder<S extends CoreShape> implements Effects<S> {
  readonly #choose: Choose;
  readonly #buggify: (label: string) => boolean;
  #effects: Effect<S>[] = [];

  constructor(choose: Choose = chooseTame, buggify: (label: string) => boolean = () => false) {
    this.#choose = choose;
    this.#buggify = buggify;
  }

  /** Gives what was emitted since the last call, and forgets it. */
  take(): Effect<S>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  send(to: NodeId, message: S['Message'], after?: S['Token']): void {
    this.#effects.push({ kind: 'send', to, message, after });
  }

  setTimer(timer: S['Timer'], delay: Ticks): void {
    assert(Number.isSafeInteger(delay) && delay >= 0, 'a delay in whole ticks from 0 up', { delay });
    this.#effects.push({ kind: 'set-timer', timer, delay });
  }

  cancelTimer(timer: S['Timer']): void {
    this.#effects.push({ kind: 'cancel-timer', timer });
  }

  persist(token: S['Token'], record: S['Record']): void {
    this.#effects.push({ kind: 'persist', token, record });
  }

  apply(command: S['Command'], token?: S['Token']): void {
    this.#effects.push({ kind: 'apply', command, token });
  }

  reply(id: RequestId | null, reply: S['Reply']): void {
    if (id !== null) this.#effects.push({ kind: 'reply', id, reply });
  }

  indicate(indication: S['Indication']): void {
    this.#effects.push({ kind: 'indicate', indication });
  }

  request(request: S['LowerRequest'], token?: S['Token']): void {
    this.#effects.push({ kind: 'request', request, token });
  }

  choose(label: string, n: number): number {
    assert(Number.isSafeInteger(n) && n >= 1, 'a choice among one or more', { label, n });
    const choice = n === 1 ? 0 : this.#choose(label, n);
    assert(Number.isSafeInteger(choice) && choice >= 0 && choice < n, 'a choice from 0 up to but without n', {
      label,
      n,
      choice,
    });
    return choice;
  }

  buggify(label: string): boolean {
    return this.#buggify(label);
  }

  ignore(reason: string): void {
    this.#effects.push({ kind: 'ignore', reason });
  }
}
