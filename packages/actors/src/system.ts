/**
 * A system as its program sees it: where actors are spawned, found, watched and stopped.
 *
 * It belongs to whoever made it: `await using system = await createSystem(…)` stops everything at the end of the block.
 */

import type { ActorType } from './actor-type.ts';
import { traceOff } from './causal/system-causality.ts';
import type { SystemTrace } from './causal/system-trace.ts';
import type { Cell } from './cell.ts';
import { Flag } from './cell.ts';
import type { Task, TaskArguments } from './compute/task.ts';
import { DeadLetterView } from './dead-letter-view.ts';
import { type AnyDefinition, type Definition, defineActor } from './definition.ts';
import { actorError } from './errors.ts';
import type { KernelEvent, SystemEvent } from './events.ts';
import type { Kernel } from './kernel.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from './overflow.ts';
import { SHUTDOWN, type StopReason } from './reason.ts';
import { offerKey } from './receptionist.ts';
import { type AnyRef, mustBeRef, type OwnedRef, type Ref } from './ref.ts';
import { openRouter, type Router, type Routing } from './router.ts';
import type { ActorAddress } from './snapshot/actor-address.ts';
import { refAt, restoreSystem } from './snapshot/restore-system.ts';
import type { ActorSnapshot, SystemSnapshot } from './snapshot/system-snapshot.ts';
import { type SnapshotOptions, takeSnapshot } from './snapshot/take-snapshot.ts';
import type { SpawnArguments } from './spawn-options.ts';
import { type Counters, readCounters } from './stats.ts';
import { type Subscription, type SubscriptionOptions, subscription } from './subscription.ts';
import { type SupervisionOptions, supervisionPolicy } from './supervision/policy.ts';
import { Supervisor } from './supervision/supervisor.ts';
import type { Topic } from './topics.ts';

/** What a system needs of the host that runs its nodes. */
export interface SystemHost {
  /** Ends all other nodes; resolves when no thread, handle or timer of theirs is left. */
  close(): Promise<void>;
  unref(): void;
  ref(): void;
  /** Counters of every node, by name. */
  counters(): ReadonlyMap<string, Counters>;
  /** Waits until nothing is on its way between nodes and no mailbox holds a message, or the time is over. */
  quiet(timeout: number): Promise<boolean>;
  /** Ends a node's thread, as a crash would. */
  kill(node: string, orderedBy: string): Promise<void>;
}

export interface SystemOptions {
  /** How the system supervises what is spawned from outside actors. Default: 10 restarts in 5,000 ms. */
  readonly supervision?: SupervisionOptions;
  /** How long `drain` waits for mailboxes to empty before it stops the actors. Milliseconds, default 10,000. */
  readonly drainTimeout?: number;
}

export const SYSTEM_DEFAULTS = { supervision: { intensity: 10 }, drainTimeout: 10_000 } as const;

const Root = defineActor({ url: 'troupe:system' }, 'root', { init: () => ({}), on: {} });

export class System implements AsyncDisposable {
  /** @internal */ readonly kernel: Kernel;
  /** Messages that reached no handler, on any node, with the reason. */
  readonly deadLetters: DeadLetterView;
  private readonly host: SystemHost;
  private readonly root: Cell;
  private readonly options: Required<SystemOptions>;
  private isDraining = false;
  private isClosing = false;
  private closing: Promise<void> | undefined = undefined;
  private endedWith: StopReason | undefined = undefined;
  private readonly ended: Promise<StopReason>;

  /** @internal */
  constructor(kernel: Kernel, host: SystemHost, options: SystemOptions = {}) {
    this.kernel = kernel;
    this.host = host;
    const { supervision = {}, drainTimeout = SYSTEM_DEFAULTS.drainTimeout } = options;
    this.options = { supervision, drainTimeout };
    if (typeof drainTimeout !== 'number' || !(drainTimeout >= 0))
      throw optionInvalid('drainTimeout', '0 ms or more, or Infinity', drainTimeout);
    this.deadLetters = new DeadLetterView(kernel.deadLetters.list, () => this.counters());
    let onEnded: (reason: StopReason) => void = () => {};
    this.ended = new Promise((resolve) => {
      onEnded = resolve;
    });
    this.root = kernel.root.start(Root as unknown as ActorType, (reason) => {
      this.endedWith = reason;
      onEnded(reason);
      if (this.isClosing) return;
      kernel.host.log.fatal({ err: reason.error }, 'the system ends: its root supervisor gave up');
      this.closing = this.shut();
    });
    this.root.extra.supervisor = new Supervisor(
      this.root,
      supervisionPolicy({ ...supervision, intensity: supervision.intensity ?? SYSTEM_DEFAULTS.supervision.intensity }),
    );
  }

  /** Names of the nodes that are up; the first is the calling thread's. */
  get nodes(): readonly string[] {
    return [this.kernel.name, ...this.kernel.nodes.othersUp().map((index) => this.kernel.nodeName(index))];
  }

  /**
   * Starts an actor, supervised by the system.
   *
   * @throws (rejects) TROUPE_INIT_FAILED, TROUPE_NAME_TAKEN, TROUPE_NODE_UNKNOWN, TROUPE_NODE_DOWN, TROUPE_MODULE_LOAD, TROUPE_DEFINITION_MISSING, TROUPE_STOPPED
   */
  spawn<A extends readonly [argument?: unknown], S, P>(
    definition: Definition<A, S, P>,
    ...args: SpawnArguments<A>
  ): Promise<OwnedRef<P>> {
    if (this.isClosing || this.isDraining) return Promise.reject(stopped());
    return this.kernel.spawning.spawn(this.root, definition as AnyDefinition, args[0], args[1]) as Promise<OwnedRef<P>>;
  }

  /** Stops an actor for good, and with it its children. Resolves when it has stopped. */
  async stop(ref: AnyRef): Promise<void> {
    await this.kernel.stop(mustBeRef(ref, this.kernel));
  }

  /** An actor by the name that it was spawned with. Give its protocol as type argument: `whereis<RefOf<typeof Counter>>('counter')`. */
  whereis<R = Ref<unknown>>(name: string): Promise<R | undefined> {
    return this.kernel.whereis(name) as Promise<R | undefined>;
  }

  /** The actors that offer a definition, or a key, by `ctx.offer` or `spawn(…, { offer })`. */
  find<P>(what: Definition<never, never, P> | string): Promise<readonly Ref<P>[]> {
    return this.kernel.receptionist.find(offerKey(what)) as unknown as Promise<readonly Ref<P>[]>;
  }

  /**
   * Calls back with the actors that offer it, now and at every change, until the system ends.
   *
   * @returns what ends it before: a function, which `using` calls too
   */
  watch<P>(
    what: Definition<never, never, P> | string,
    tell: (refs: readonly Ref<P>[]) => void,
    options?: SubscriptionOptions,
  ): Subscription {
    const key = offerKey(what);
    mustBeFunction('what watches', tell);
    return subscription(() => this.kernel.receptionist.watch(key, tell as never), options);
  }

  /**
   * One address for several actors: the refs given, or those that offer a definition or a key, now and later.
   *
   * @throws TROUPE_OPTION_INVALID
   */
  router<P>(routees: readonly Ref<P>[] | Definition<never, never, P> | string, routing: Routing): Router<P> {
    return openRouter(this.kernel, routees, routing);
  }

  /** Tells all subscribers of the topic, on all nodes. */
  publish<T>(topic: Topic<T>, payload: T): void {
    this.kernel.topics.publish(topic, payload);
  }

  /** Calls back with what is published on the topic. @returns what ends the subscription */
  subscribe<T>(topic: Topic<T>, listener: (payload: T) => void, options?: SubscriptionOptions): Subscription {
    mustBeFunction('the listener', listener);
    return subscription(() => this.kernel.topics.listen(topic, listener), options);
  }

  /**
   * Runs a task in the compute pool, which all nodes share. Its threads are started when they are first needed.
   *
   * @throws (rejects) TROUPE_COMPUTE_FULL, TROUPE_COMPUTE_CANCELLED, TROUPE_COMPUTE_LOST, TROUPE_VALUE_REFUSED, TROUPE_MODULE_LOAD, TROUPE_STOPPED; what the task throws
   */
  compute<I, O>(task: Task<I, O>, ...[input, options]: TaskArguments<I>): Promise<O> {
    if (this.isClosing) return Promise.reject(stopped());
    try {
      if (options !== undefined) {
        mustBeObject('what follows the input of a task', options);
        mustHaveOnly('a task', options, ['signal']);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    return this.kernel.compute.run(task, input, options?.signal) as Promise<O>;
  }

  /** What happens to actors and nodes. @returns what ends the subscription */
  onEvent(listener: (event: SystemEvent) => void, options?: SubscriptionOptions): Subscription {
    mustBeFunction('the listener', listener);
    const { name } = this.kernel;
    const observer = (event: KernelEvent): void => listener({ node: name, ...event } as unknown as SystemEvent);
    return subscription(() => this.kernel.observers.add(observer), options);
  }

  /**
   * What has happened on all nodes, also on those that have ended, as far as they still have it: for `createSystem({ trace: true })`.
   * Nodes are not stopped for it: of what they do meanwhile, a receipt may be in it without its sending.
   *
   * @throws TROUPE_TRACE_OFF
   */
  trace(): SystemTrace {
    const system = this.kernel.causality?.system;
    if (system === undefined) throw traceOff();
    return system.trace();
  }

  /** Counters of every node, by its name. */
  counters(): ReadonlyMap<string, Counters> {
    return new Map([[this.kernel.name, readCounters(this.kernel.stats)], ...this.host.counters()]);
  }

  /**
   * Ends a node's thread as a crash would: it is restarted, and its actors with it. To try what a failure does.
   *
   * The log says who ordered it: the actor that runs, or else the program.
   */
  kill(node: string): Promise<void> {
    return this.host.kill(node, this.kernel.current.cell()?.toString() ?? 'the program');
  }

  /**
   * Resolves when the node is up: at once, or after its restart. Asks of its actors are answered again from then on.
   *
   * @throws (rejects) TROUPE_NODE_UNKNOWN, TROUPE_NODE_DOWN where it stays down
   */
  async whenUp(node: string): Promise<void> {
    await this.kernel.nodes.whenUp(this.kernel.nodes.place(node));
  }

  /**
   * What all actors are, and what is on its way between them, at one moment that the system could have been in: taken while
   * it runs, without a pause.
   *
   * @paper Chandy, Lamport: Distributed snapshots (TOCS 1985)
   * @throws (rejects) TROUPE_SNAPSHOT_ABORTED, TROUPE_OPTION_INVALID, TROUPE_STOPPED
   */
  async snapshot(options: SnapshotOptions = {}): Promise<SystemSnapshot> {
    if (this.isClosing) throw stopped();
    return await takeSnapshot(this.kernel, options);
  }

  /** @internal Of a fresh system: it goes on from there. @throws (rejects) TROUPE_SNAPSHOT_INVALID, TROUPE_SNAPSHOT_MISMATCH, TROUPE_SNAPSHOT_SUSPENDED */
  async restore(snapshot: SystemSnapshot, ready?: () => void): Promise<void> {
    await restoreSystem(this.kernel, snapshot, ready);
  }

  /** Whom an address in a snapshot means, or one of its actors, in the system that was restored from it. */
  actorAt<R = Ref<unknown>>(actor: ActorAddress | ActorSnapshot): R {
    return refAt(this.kernel, actor) as unknown as R;
  }

  /** Resolves when the system has ended, with the reason: by `stop`, or because its root supervisor gave up. */
  get whenEnded(): Promise<StopReason> {
    return this.ended;
  }

  /** Lets the process end although the system runs. */
  unref(): void {
    this.host.unref();
  }

  ref(): void {
    this.host.ref();
  }

  /** Takes no new actors, waits until the mailboxes are empty (at most `drainTimeout`), and stops everything in order. */
  async drain(timeout: number = this.options.drainTimeout): Promise<void> {
    if (typeof timeout !== 'number' || !(timeout >= 0))
      throw optionInvalid('the timeout', '0 ms or more, or Infinity', timeout);
    if (!this.isClosing) {
      this.isDraining = true;
      const isQuiet = await this.host.quiet(timeout);
      if (!isQuiet) this.kernel.host.log.warn({ timeout }, 'not all mailboxes emptied before the system stopped');
    }
    await this[Symbol.asyncDispose]();
  }

  /** Stops all actors, last started first, and then all nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isClosing) this.closing = this.shut();
    await this.closing;
  }

  private async shut(): Promise<void> {
    this.isClosing = true;
    // Also a system that lets its process end is stopped to the end, by whoever waits for that.
    this.host.ref();
    if ((this.root.flags & Flag.Stopped) === 0 && this.endedWith === undefined)
      await this.kernel.lifecycle.stop(this.root, SHUTDOWN);
    await this.host.close();
    this.kernel.close();
  }
}

function mustBeFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw optionInvalid(what, 'a function', value);
}

function stopped(): Error {
  return actorError('TROUPE_STOPPED', 'Expected a running system, got one that is stopping or has stopped.');
}
