/**
 * What a handler may do besides changing its state: one for each incarnation of an actor, and the only way in which
 * actor code reads time or draws numbers.
 */

import { isTroupeError } from '@troupe/protocol';
import { cancelTimer, setTimer, type TimerOptions } from './actor-timers.ts';
import type { Question } from './ask/question.ts';
import type { Cell, Origin } from './cell.ts';
import { Flag } from './cell.ts';
import type { Task, TaskInput } from './compute/task.ts';
import type { AnyDefinition, Definition } from './definition.ts';
import { actorError } from './errors.ts';
import type { Held } from './held.ts';
import type { Logger, Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { MessageQueue } from './message-queue.ts';
import { optionInvalid } from './overflow.ts';
import { NORMAL } from './reason.ts';
import { offerKey } from './receptionist.ts';
import { type ActorRef, type AnyRef, mustBeRef, type OwnedRef, type Ref, type SelfRef } from './ref.ts';
import { openRouter, type Router, type Routing } from './router.ts';
import { scope } from './scope.ts';
import { kindIndex, revoked } from './send.ts';
import type { SpawnArguments } from './spawn-options.ts';
import { type Subscription, type SubscriptionOptions, subscription } from './subscription.ts';
import type { Topic } from './topics.ts';

/** A draw of ctx.random(). */
const RANDOM_STEPS = 2 ** 30;
/** Of one draw: hosts draw words of 32 bits. */
const CHOICES_MAX = 2 ** 32;
/** Messages that may be put aside. */
const STASH_MAX = 10_000;
/** Behaviours to go back to by `unbecome`; the oldest is forgotten, so that an actor may change for ever. */
const BEHAVIOURS_MAX = 64;

export class Context {
  /** @internal */ readonly cell: Cell;
  /** @internal */ question: Question | undefined = undefined;
  /** @internal This incarnation has ended, or did not stop in time: nothing that it does counts any more. */
  revoked = false;
  /** @internal It was revoked because it did not stop in time. */
  killed = false;
  /** @internal What keeps the memory of the message being handled. */
  held: Held | undefined = undefined;
  private origin: Origin = undefined;
  private controller: AbortController | undefined = undefined;
  private timerSerial = 0;
  /** What ends with the incarnation. */
  private ends: Set<() => void> | undefined = undefined;

  /** @internal */
  constructor(cell: Cell) {
    this.cell = cell;
  }

  /** @internal The incarnation has ended. */
  over(): void {
    this.revoked = true;
    const { ends } = this;
    this.ends = undefined;
    for (const end of ends ?? []) end();
  }

  /** @internal Calls back when the incarnation has ended. @returns a function that takes it back */
  whenOver(end: () => void): () => void {
    if (this.revoked) {
      end();
      return () => {};
    }
    const { ends = new Set() } = this;
    this.ends = ends;
    ends.add(end);
    return () => ends.delete(end);
  }

  /** Begins what ends with the incarnation, or before. */
  private until(begin: () => () => void, options?: SubscriptionOptions): Subscription {
    let takeBack: (() => void) | undefined;
    const lasting = subscription(() => {
      const end = begin();
      return () => {
        takeBack?.();
        end();
      };
    }, options);
    if (!options?.signal?.aborted) takeBack = this.whenOver(lasting);
    return lasting;
  }

  /** @internal A message begins. */
  begin(origin: Origin, question: Question | undefined): void {
    this.origin = origin;
    this.question = question;
    if (this.controller !== undefined) this.controller = undefined;
  }

  /** @internal A step of a stream begins. Its signal is that of the steps before, if they used one. */
  beginStep(stream: Question, controller: AbortController | undefined): void {
    this.question = stream;
    scope.question = stream;
    this.controller = controller;
  }

  /** @internal A step has ended, or a stream was opened. @returns the signal's controller, for the next step */
  endStep(): AbortController | undefined {
    this.question = undefined;
    return this.controller;
  }

  /** @internal A message that was awaited has ended. */
  end(): void {
    this.origin = undefined;
    this.question = undefined;
  }

  /** @internal The message being handled is not needed again. */
  letGo(): void {
    if (this.held === undefined) return;
    this.held.end();
    this.held = undefined;
  }

  /** @internal The answer that is being worked on is no longer waited for, and so is what it waits for itself. */
  abort(reason: unknown): void {
    const { cell, question } = this;
    this.controller?.abort(reason);
    if (question !== undefined) cell.kernel.probes.cancelBehind(cell, question);
  }

  /** @internal The actor is told to stop. An error costs a stack, so it is made only for a signal that somebody holds. */
  abortToStop(): void {
    this.controller?.abort(stopping(this.cell));
  }

  /** @internal Is this what a handler throws because the ask that it answers was cancelled, or has timed out? */
  endedBy(error: unknown): boolean {
    if (this.question === undefined) return false;
    const signal = this.controller?.signal;
    if (signal?.aborted && (error === signal.reason || (error as Error | undefined)?.cause === signal.reason))
      return true;
    // A nested ask that ended only because the one being answered was cancelled, or because its deadline was due.
    if (!isTroupeError(error) || error.data['isInherited'] !== true) return false;
    return error.code === 'TROUPE_ASK_TIMEOUT'
      ? this.question.deadline !== 0
      : error.code === 'TROUPE_ASK_CANCELLED' && this.question.settled;
  }

  /** @internal Runs an async handler so that what it does after an await is known to be its own. */
  carry<R>(body: () => R): R {
    const { kernel } = this.cell;
    kernel.asyncHandlers++;
    let result: R;
    try {
      result = kernel.host.scope.run(this, body);
    } catch (error) {
      kernel.asyncHandlers--;
      throw error;
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') kernel.asyncHandlers--;
    else {
      const done = (): void => {
        kernel.asyncHandlers--;
      };
      (result as unknown as PromiseLike<unknown>).then(done, done);
    }
    return result;
  }

  get self(): SelfRef {
    return this.cell.ref as never;
  }

  /** Who sent the message being handled, or opened the stream, if it was an actor. To identify, link or monitor; to talk back, send refs in messages. */
  get sender(): Ref<unknown> | undefined {
    const sender = this.question?.opener ?? this.cell.kernel.originRef(this.origin, this.question);
    return sender as unknown as Ref<unknown> | undefined;
  }

  /** Aborts when the ask being answered is cancelled or times out, or the stream is read no longer, and when this actor is told to stop. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.question?.settled) this.controller.abort(cancelled(this.cell));
    else if (this.revoked || (this.cell.flags & Flag.Stopping) !== 0) this.controller.abort(stopping(this.cell));
    return this.controller.signal;
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
    return this.cell.kernel.actorLog(this.cell);
  }

  /** Monotonic milliseconds. */
  now(): Milliseconds {
    return this.cell.kernel.host.clock.now();
  }

  /** In [0, 1), in steps of 2^-30. */
  random(): number {
    return this.cell.kernel.host.choose('random', RANDOM_STEPS) / RANDOM_STEPS;
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
    return this.cell.kernel.lifecycle.spawn(this.cell, definition as AnyDefinition, args[0], args[1]) as Promise<
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
    kernel.watching.link(cell, mustBeRef(ref, kernel));
  }

  unlink(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.watching.unlink(cell, mustBeRef(ref, kernel));
  }

  /** This actor's `down` signal handler is called once, when the other has stopped; at once where it has already. */
  monitor(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.watching.monitor(cell, mustBeRef(ref, kernel));
  }

  demonitor(ref: AnyRef): void {
    const { cell, kernel } = this.ofLiving;
    kernel.watching.demonitor(cell, mustBeRef(ref, kernel));
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
    this.mustHandle('stash');
    const stash = (this.cell.extra.stash ??= new MessageQueue());
    if (stash.size >= STASH_MAX)
      throw actorError(
        'TROUPE_STASH_FULL',
        `Expected at most ${STASH_MAX} stashed messages, got one more in ${this.cell}. Call ctx.unstashAll() sooner.`,
      );
    this.cell.flags |= Flag.Stash;
  }

  /** Puts the stashed messages back in front of the mailbox, oldest first. */
  unstashAll(): void {
    const cell = this.live;
    const stash = cell.more?.stash;
    if (stash === undefined || stash.size === 0) return;
    cell.extra.stash = undefined;
    cell.putBack(stash);
  }

  /** From the next message on, the handlers of this behaviour stand in for those of the same name in `on`. */
  become(behaviour: string): void {
    const cell = this.live;
    const table = cell.type.behaviours.get(behaviour);
    if (table === undefined) {
      throw actorError(
        'TROUPE_BEHAVIOUR_UNKNOWN',
        `Expected one of the behaviours [${[...cell.type.behaviours.keys()].join(', ')}] of ${cell.type.key}, got '${behaviour}'.`,
      );
    }
    const stack = (cell.extra.behaviour ??= []);
    stack.push(behaviour);
    if (stack.length > BEHAVIOURS_MAX) stack.shift();
    cell.handlers = table;
  }

  /** Back to the behaviour before the last `become`. */
  unbecome(): void {
    const cell = this.live;
    cell.more?.behaviour?.pop();
    const previous = cell.more?.behaviour?.at(-1);
    cell.handlers = (previous === undefined ? undefined : cell.type.behaviours.get(previous)) ?? cell.type.handlers;
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
   * This actor is told `kind` with the list of those that offer it, now and at every change, until this incarnation ends.
   *
   * @returns what ends it before: a function, which `using` calls too
   */
  watch(what: Definition<never, never, unknown> | string, kind: string, options?: SubscriptionOptions): Subscription {
    const { kernel } = this.live;
    const index = kindIndex(this.cell.ref, 'tell', kind);
    const key = offerKey(what);
    const tell = (refs: readonly ActorRef[]): void => kernel.tellUnattended(this.cell, index, [...refs]);
    return this.until(() => kernel.receptionist.watch(key, tell), options);
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
    const name = options?.name ?? `timer-${this.timerSerial++}`;
    setTimer(this.live, { name, delay, period, kind, payload });
    return name;
  }

  /** @throws TROUPE_REVOKED where the incarnation is over: what a later one is must not be changed by an earlier one. */
  private get live(): Cell {
    if (this.revoked) throw revoked();
    return this.cell;
  }

  private get ofLiving(): { readonly cell: Cell; readonly kernel: Kernel } {
    const cell = this.live;
    return { cell, kernel: cell.kernel };
  }

  private mustHandle(what: string): void {
    if (scope.cell !== this.live && (this.cell.flags & Flag.Suspended) === 0) {
      throw actorError(
        'TROUPE_NOT_IN_HANDLER',
        `Expected ctx.${what}() to be called by a running handler, got a call outside of one, in ${this.cell}.`,
      );
    }
  }
}

const cancelled = (cell: Cell): Error =>
  actorError('TROUPE_ASK_CANCELLED', `What ${cell} was answering is no longer waited for.`);
const stopping = (cell: Cell): Error => actorError('TROUPE_STOPPED', `${cell} is stopping.`);
