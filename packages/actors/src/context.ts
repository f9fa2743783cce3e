/**
 * What a handler may do besides changing its state: one for each incarnation of an actor, and the only way in which
 * actor code reads time or draws numbers.
 */

import { cancelTimer, setTimer, type TimerOptions } from './actor-timers.ts';
import { become, unbecome } from './behaviour.ts';
import type { Cell } from './cell.ts';
import type { Task, TaskInput } from './compute/task.ts';
import type { AnyDefinition, Definition } from './definition.ts';
import type { Logger, Milliseconds } from './host.ts';
import { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from './overflow.ts';
import { NORMAL } from './reason.ts';
import { offerKey } from './receptionist.ts';
import { type ActorRef, type AnyRef, mustBeRef, type OwnedRef, type Ref, type SelfRef } from './ref.ts';
import { openRouter, type Router, type Routing } from './router.ts';
import { kindIndex, revoked } from './send.ts';
import type { SpawnArguments } from './spawn-options.ts';
import { stash, unstashAll } from './stash.ts';
import type { SubscriptionOptions } from './subscription.ts';
import type { Topic } from './topics.ts';

/** A draw of ctx.random(). */
const RANDOM_STEPS = 2 ** 30;
/** Of one draw: hosts draw words of 32 bits. */
const CHOICES_MAX = 2 ** 32;

export class Context extends Incarnation {
  private timerSerial = 0;
  /** By key. */
  private watches: Map<string, (() => void)[]> | undefined = undefined;

  get self(): SelfRef {
    return this.cell.ref as never;
  }

  /** Who sent the message being handled, or opened the stream, if it was an actor. To identify, link or monitor; to talk back, send refs in messages. */
  get sender(): Ref<unknown> | undefined {
    const sender = this.question?.opener ?? this.cell.kernel.current.senderOf(this.origin, this.question);
    return sender as unknown as Ref<unknown> | undefined;
  }

  /** When the ask being answered falls due, on the clock of `now()`; undefined where it never does. */
  get deadline(): Milliseconds | undefined {
    return this.question?.deadline || undefined;
  }

  /** The name of this node. */
  get node(): string {
    return this.cell.kernel.name;
  }

  get name(): string | undefined {
    return this.cell.ref.name;
  }

  get log(): Logger {
    return this.cell.kernel.observers.logOf(this.cell);
  }

  /** Monotonic milliseconds. */
  now(): Milliseconds {
    return this.cell.kernel.host.clock.now();
  }

  /** In [0, 1), in steps of 2^-30. */
  random(): number {
    return this.cell.kernel.host.choose('random', RANDOM_STEPS) / RANDOM_STEPS;
  }

  /**
   * Whether to do, here, what is allowed but rare: give up early, keep a batch small. Now and then true in the simulator,
   * never elsewhere. `label` is constant text.
   */
  buggify(label: string): boolean {
    return this.cell.kernel.host.buggify?.(label) ?? false;
  }

  /** An integer in [0, n). Choice 0 is the tame one. @throws TROUPE_OPTION_INVALID */
  choose(label: string, n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > CHOICES_MAX)
      throw optionInvalid('the number of choices', `an integer from 1 to ${CHOICES_MAX}`, n);
    return this.cell.kernel.host.choose(label, n);
  }

  /**
   * At least a turn of the event loop, also where the delay is negative.
   *
   * @throws (rejects) when `signal` aborts meanwhile; TROUPE_OPTION_INVALID
   */
  sleep(delay: Milliseconds): Promise<void> {
    if (typeof delay !== 'number' || Number.isNaN(delay))
      return Promise.reject(optionInvalid('the delay of a sleep', 'a number of milliseconds', delay));
    const { kernel } = this.cell;
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        kernel.timers.cancel(timer);
        reject(signal.reason);
      };
      const timer = kernel.timers.after(delay, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Runs a task in the compute pool, which all nodes share: the node's loop goes on meanwhile. Ends with `signal`.
   *
   * @throws (rejects) TROUPE_COMPUTE_FULL, TROUPE_COMPUTE_CANCELLED, TROUPE_COMPUTE_LOST, TROUPE_VALUE_REFUSED, TROUPE_MODULE_LOAD; what the task throws
   */
  compute<I, O>(task: Task<I, O>, ...[input]: TaskInput<I>): Promise<O> {
    if (this.revoked) return Promise.reject(revoked());
    return this.cell.kernel.compute.run(task, input, this.signal) as Promise<O>;
  }

  /**
   * Starts a child of this actor.
   *
   * @throws (rejects) TROUPE_INIT_FAILED, TROUPE_NAME_TAKEN, TROUPE_NODE_UNKNOWN, TROUPE_NODE_DOWN, TROUPE_MODULE_LOAD, TROUPE_DEFINITION_MISSING
   */
  spawn<A extends readonly [argument?: unknown], S, P>(
    definition: Definition<A, S, P>,
    ...args: SpawnArguments<A>
  ): Promise<OwnedRef<P>> {
    if (this.revoked) return Promise.reject(revoked());
    return this.cell.kernel.spawning.spawn(this.cell, definition as AnyDefinition, args[0], args[1]) as Promise<
      OwnedRef<P>
    >;
  }

  /**
   * Stops this actor after the message being handled, or another. Resolves when it has stopped (for itself: at once).
   *
   * @throws (rejects) TROUPE_OPTION_INVALID for what is no ref: only a call without arguments means the actor itself
   */
  stop(): Promise<void>;
  stop(ref: AnyRef): Promise<void>;
  async stop(...refs: [ref?: AnyRef]): Promise<void> {
    const { cell, kernel } = this.ofLiving;
    const ref = refs.length === 0 ? cell.ref : mustBeRef(refs[0], kernel);
    if (ref === cell.ref) void kernel.lifecycle.stop(cell, NORMAL);
    else await kernel.stop(ref);
  }

  /** In start order. */
  children(): Ref<unknown>[] {
    return (this.cell.more?.children?.toArray() ?? []).map((child) => child.ref as unknown as Ref<unknown>);
  }

  /** Ends together: the abnormal end of one ends the other, unless it has an `exit` signal handler. */
  link(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.links.link(cell, mustBeRef(ref, kernel));
  }

  unlink(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.links.unlink(cell, mustBeRef(ref, kernel));
  }

  /** This actor's `down` signal handler is called once, when the other has stopped; at once where it has already. */
  monitor(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.monitors.monitor(cell, mustBeRef(ref, kernel));
  }

  demonitor(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.monitors.demonitor(cell, mustBeRef(ref, kernel));
  }

  /** Tells this actor `kind` after a delay. @returns the timer's name */
  after(delay: Milliseconds, kind: string, payload?: unknown, options?: TimerOptions): string {
    return this.setTimer(delay, undefined, kind, payload, options);
  }

  /** Tells this actor `kind` every `period`, without drift; periods that were missed are skipped, and a beat that finds the mailbox full is a dead letter. @returns the timer's name */
  every(period: Milliseconds, kind: string, payload?: unknown, options?: TimerOptions): string {
    return this.setTimer(period, period, kind, payload, options);
  }

  /** @returns whether there was such a timer */
  cancelTimer(name: string): boolean {
    return cancelTimer(this.live, name);
  }

  /** Puts the message being handled aside; it counts as not handled, and an ask stays open. */
  stash(): void {
    stash(this.live);
  }

  /** Puts the stashed messages back in front of the mailbox, oldest first. */
  unstashAll(): void {
    unstashAll(this.live);
  }

  /** From the next message on, the handlers of this behaviour stand in for those of the same name in `on`. */
  become(behaviour: string): void {
    become(this.live, behaviour);
  }

  /** Back to the behaviour before the last `become`. */
  unbecome(): void {
    unbecome(this.live);
  }

  /** The behaviour that is in force; undefined for `on` itself. */
  get behaviour(): string | undefined {
    return this.cell.more?.behaviour?.at(-1);
  }

  /** An actor of this system by the name that it was spawned with. Give its type: `whereis<RefOf<typeof Counter>>('counter')`. */
  whereis<R = Ref<unknown>>(name: string): Promise<R | undefined> {
    return this.cell.kernel.whereis(name) as Promise<R | undefined>;
  }

  /** From now on others find this actor by its definition, or by a key, until it stops. Default: its definition. */
  offer(what: { readonly key: string } | string = this.cell.type): void {
    this.live.kernel.receptionist.offer(this.cell, offerKey(what));
  }

  /** The actors that offer a definition, or a key. */
  find<P>(what: Definition<never, never, P> | string): Promise<readonly Ref<P>[]> {
    return this.cell.kernel.receptionist.find(offerKey(what)) as unknown as Promise<readonly Ref<P>[]>;
  }

  /**
   * This actor is told `kind` with the list of those that offer it, now and at every change: until this incarnation ends,
   * the signal aborts, or `unwatch` is called.
   */
  watch(what: Definition<never, never, unknown> | string, kind: string, options?: SubscriptionOptions): void {
    const { kernel } = this.live;
    const index = kindIndex(this.cell.ref, 'tell', kind);
    const key = offerKey(what);
    const tell = (refs: readonly ActorRef[]): void => kernel.tellUnattended(this.cell, index, [...refs]);
    const end = this.until(() => kernel.receptionist.watch(key, tell), options);
    const ends = (this.watches ??= new Map()).get(key);
    if (ends === undefined) this.watches.set(key, [end]);
    else ends.push(end);
  }

  /** Ends all watches of this incarnation for a definition, or a key. */
  unwatch(what: Definition<never, never, unknown> | string): void {
    const key = offerKey(what);
    for (const end of this.watches?.get(key) ?? []) end();
    this.watches?.delete(key);
  }

  /** One address for several actors: the refs given, or those that offer a definition or a key, until this incarnation ends. */
  router<P>(routees: readonly Ref<P>[] | Definition<never, never, P> | string, routing: Routing): Router<P> {
    const router = openRouter(this.live.kernel, routees, routing);
    this.until(() => () => router.close());
    return router;
  }

  /** Tells all subscribers of the topic, on all nodes. */
  publish<T>(topic: Topic<T>, payload: T): void {
    this.live.kernel.topics.publish(topic, payload);
  }

  /** This actor is told `kind` with what is published on the topic, until it stops. */
  subscribe<T>(topic: Topic<T>, kind: string): void {
    this.cell.kernel.topics.subscribe(topic, this.live, kindIndex(this.cell.ref, 'tell', kind));
  }

  unsubscribe<T>(topic: Topic<T>): void {
    this.cell.kernel.topics.unsubscribe(topic, this.live);
  }

  private setTimer(
    delay: Milliseconds,
    period: Milliseconds | undefined,
    kind: string,
    payload: unknown,
    options: TimerOptions | undefined,
  ): string {
    if (options !== undefined) {
      mustBeObject('what follows the payload of a timer', options);
      mustHaveOnly('a timer', options, ['name']);
    }
    const cell = this.live;
    const name = options?.name ?? this.newTimerName(cell);
    setTimer(cell, { name, delay, period, kind, payload });
    return name;
  }

  /** One that no timer has: of those of a restored actor, this incarnation has set none. */
  private newTimerName({ more }: Cell): string {
    for (;;) {
      const name = `timer-${this.timerSerial++}`;
      if (more?.timers?.has(name) !== true) return name;
    }
  }

  private get ofLiving(): { readonly cell: Cell; readonly kernel: Kernel } {
    const cell = this.live;
    return { cell, kernel: cell.kernel };
  }
}
