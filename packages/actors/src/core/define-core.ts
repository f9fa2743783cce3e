/**
 * Runs a protocol core as actors, one for each member of a group: `defineCore(import.meta, 'Ring', tokenRing)` gives a
 * definition to spawn, on any node of any host. It keeps the driver contract of `@troupe/protocol`.
 *
 * A member is named `group/id` and finds the others by their names, also after its node was restarted. The core starts
 * when all have been found, or at once where its settings say so; until then its messages wait.
 */

import { type Core, type CoreShape, type IsTied, isTroupeError, type NodeId, type RepliesOf } from '@troupe/protocol';
import type { Context } from '../context.ts';
import { type Definition, defineActor } from '../definition.ts';
import { actorError, Refusal } from '../errors.ts';
import { mustBeObject, mustHaveOnly } from '../overflow.ts';
import type { Down } from '../reason.ts';
import type { ActorRef, Ref, TiedKind } from '../ref.ts';
import { CoreProcess, isRevived } from './core-process.ts';
import { type CoreStorage, memoryStorage } from './core-storage.ts';
import { memberName } from './peer-table.ts';

/** Cores that run as actors know themselves and their group. */
export type GroupShape = CoreShape & { Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] } };

export interface CoreSettings<S extends CoreShape> {
  /** How long a tick lasts. */
  readonly tickMilliseconds: number;
  /** The storage of one incarnation of a member. Default, and where undefined: one `memoryStorage` for all of them, which ends with its node. */
  readonly storage?: (start: CoreStart<S>) => CoreStorage<S> | undefined;
  /** What `apply` is about. It is made anew in each incarnation. */
  readonly machine?: Machine<S>;
  /**
   * The core starts although others have not been found: for protocols that tolerate members which are down. What it sends
   * to one that is not found is lost, and one that was stopped for good is looked for anew.
   */
  readonly startsAlone: boolean;
  /** With `startsAlone`: what the core is asked for, by nobody, when another member has stopped for good. */
  readonly memberEnded?: (member: NodeId) => S['Request'];
}

export const CORE_DEFAULTS = { tickMilliseconds: 1, startsAlone: false } as const;
const SETTINGS: { readonly [K in keyof Required<CoreSettings<CoreShape>>]: true } = {
  tickMilliseconds: true,
  storage: true,
  machine: true,
  startsAlone: true,
  memberEnded: true,
};

/** Messages put aside until a group is complete. Beyond it, asks are refused, and tells go to the dead letters. */
const EARLY_MESSAGES_MAX = 4_096;

/** A local state machine: deterministic, and synchronous. */
export interface Machine<S extends CoreShape> {
  create(options: S['Options']): unknown;
  /** `isAwaited`: the core is told the result. */
  apply(machine: never, command: S['Command'], isAwaited: boolean): S['Result'];
}

/** What a member is spawned with, under the name `group/self`. `spawnGroup` does it for all. */
export interface CoreStart<S extends CoreShape> {
  readonly group: string;
  readonly options: S['Options'] & GroupShape['Options'];
  /** Told what the core indicates; here, besides by `subscribe`, so that it is told also after a restart of the node. */
  readonly subscriber?: Ref<CoreSubscriber<S>>;
}

/** What an actor must speak to be told indications. */
export interface CoreSubscriber<S extends CoreShape> {
  indication(told: { readonly node: NodeId; readonly indication: S['Indication'] }): void;
}

export interface CoreStatus<S extends CoreShape> {
  /** All members have been found, and the core runs. */
  readonly ready: boolean;
  readonly state: S['State'] | undefined;
  /** How often input was ignored, by reason. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Asks that wait for a reply of the core. */
  readonly openRequests: number;
  /** Messages of the core in this incarnation, to itself too. */
  readonly sent: number;
  readonly received: number;
  /** Of those sent, the ones that found no way: to a member not found, or beyond what may wait for room. */
  readonly lost: number;
  /** Requests that had to wait, since the way to a member was full. */
  readonly deferred: number;
}

/** What a core's actor understands. */
export interface CoreProtocol<S extends CoreShape> {
  /** From a peer. */
  message(envelope: { readonly from: NodeId; readonly message: S['Message'] }): void;
  /** By ask: answered when the core replies. By tell: nobody is. */
  request: IsTied<S['Request']> extends true
    ? TiedKind<S['Request'], S['Reply']>
    : (request: S['Request']) => S['Reply'];
  subscribe(subscriber: Ref<CoreSubscriber<S>>): void;
  unsubscribe(subscriber: Ref<CoreSubscriber<S>>): void;
  status(): CoreStatus<S>;
}

/** What outlives a restart of the actor on its node. */
interface Surviving<S extends CoreShape> {
  readonly memory: CoreStorage<S>;
  readonly subscribers: Set<Ref<CoreSubscriber<S>>>;
}

declare const shape: unique symbol;

export interface CoreDefinition<S extends CoreShape>
  extends Definition<readonly [start: CoreStart<S>], CoreActorState<S>, CoreProtocol<S>> {
  readonly [shape]?: (shape: S) => S;
}

/** The actor's state: data, of which the core's own state is a part. */
export interface CoreActorState<S extends CoreShape> {
  readonly start: CoreStart<S>;
  core: S['State'] | undefined;
}

type StandsAlone<S extends CoreShape> = [S['LowerRequest']] extends [never]
  ? unknown
  : { readonly 'a core that asks a lower layer must be stacked on it first': S['LowerRequest'] };

/** What requests say answers them must be replies of the core. */
type IsAnswered<S extends CoreShape> = [RepliesOf<S['Request'], never>] extends [S['Reply']]
  ? unknown
  : { readonly 'requests must be answered by replies of the core': RepliesOf<S['Request'], never> };

/**
 * Defines the actor that runs a core. Export it from the top level of its module, as any definition.
 *
 * @throws TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE, TROUPE_OPTION_INVALID
 */
export function defineCore<S extends GroupShape>(
  meta: Pick<ImportMeta, 'url'>,
  name: string,
  core: Core<S> & StandsAlone<S> & IsAnswered<S>,
  settings: Partial<CoreSettings<S>> = {},
): CoreDefinition<S> {
  mustBeObject('the settings of a core', settings);
  mustHaveOnly('a core', settings, Object.keys(SETTINGS));
  const all: CoreSettings<S> = { ...CORE_DEFAULTS, ...settings };
  if (!(all.tickMilliseconds > 0)) {
    throw actorError('TROUPE_OPTION_INVALID', `Expected tickMilliseconds above 0, got ${all.tickMilliseconds}.`);
  }
  // Not data, and so not in the actor's state: what runs an incarnation, and what outlives it on its node.
  const processes = new WeakMap<CoreActorState<S>, CoreProcess<S>>();
  const surviving = new WeakMap<object, Surviving<S>>();
  const storages = new WeakMap<CoreActorState<S>, CoreStorage<S>>();
  const refusals = new WeakMap<CoreActorState<S>, Error>();

  /** Puts the message aside, up to a bound. */
  const defer = (ctx: Context, kind: 'message' | 'request', payload: unknown): void => {
    const { cell } = ctx;
    if ((cell.more?.stash?.size ?? 0) < EARLY_MESSAGES_MAX) return ctx.stash();
    if (ctx.question !== undefined)
      throw new Refusal(
        `Expected at most ${EARLY_MESSAGES_MAX} messages before the group is complete, got one more. Ask again later.`,
      );
    cell.kernel.deadLetters.add(cell.ref as ActorRef, cell.type.interface.kinds.indexOf(kind), payload, 'overflow');
  };

  const definition = defineActor(meta, name, {
    init: (start: CoreStart<S>): CoreActorState<S> => ({ start, core: undefined }),
    on: {
      message(state, envelope: { from: NodeId; message: S['Message'] }, ctx) {
        if (typeof envelope !== 'object' || envelope === null || refusals.has(state)) return;
        const process = processes.get(state);
        if (process?.isReady === true) process.message(envelope.from, envelope.message);
        else defer(ctx, 'message', envelope);
      },
      request(state, request: S['Request'], ctx) {
        const refusal = refusals.get(state);
        if (refusal !== undefined) throw refusedBy(refusal);
        const process = processes.get(state);
        if (process?.isReady === true) process.request(request);
        else defer(ctx, 'request', request);
      },
      subscribe(state, subscriber: Ref<CoreSubscriber<S>>, ctx) {
        processes.get(state)?.subscribers.add(subscriber);
        ctx.monitor(subscriber as Ref<unknown>);
      },
      unsubscribe(state, subscriber: Ref<CoreSubscriber<S>>, ctx) {
        processes.get(state)?.subscribers.delete(subscriber);
        ctx.demonitor(subscriber as Ref<unknown>);
      },
      status: (state) => statusOf(processes.get(state)),
    },
    hooks: {
      async started(state, ctx) {
        const { start } = state;
        checkName(start, ctx);
        const known = surviving.get(ctx.self);
        // Asked before anything is awaited: what a restarted node expects is known only in its first moments.
        const wasHere = isRevived(ctx, known !== undefined);
        const own = known ?? { memory: memoryStorage(core), subscribers: new Set() };
        surviving.set(ctx.self, own);
        if (start.subscriber !== undefined) own.subscribers.add(start.subscriber);
        for (const subscriber of own.subscribers) ctx.monitor(subscriber as Ref<unknown>);
        const storage = all.storage?.(start) ?? own.memory;
        storages.set(state, storage);
        if (known === undefined && wasHere && core.fold !== undefined && storage.lifetime === 'thread') {
          const lost = recordsLost(ctx);
          refusals.set(state, lost);
          ctx.log.error({ err: lost }, 'a member of a group is not started again');
          return;
        }
        let durable: S['Durable'] | undefined;
        try {
          durable = await storage.load();
        } catch (error) {
          // Another incarnation would find the same. Whoever asks is told why.
          const refusal = error instanceof Error ? error : new Error(String(error));
          refusals.set(state, refusal);
          ctx.log.error({ err: refusal }, 'a member of a group is not started: its storage can not be loaded');
          return;
        }
        const process = new CoreProcess<S>(ctx, core, start, all, own.subscribers, storage, durable);
        processes.set(state, process);
        state.core = process.driver.state;
        process.begin(start.options.nodes, wasHere || durable !== undefined);
      },
      async stopped(state) {
        processes.get(state)?.end();
        await storages.get(state)?.close?.();
      },
    },
    signals: {
      down: (state, down: Down) => {
        processes.get(state)?.gone(down.ref);
      },
    },
  });
  return definition as unknown as CoreDefinition<S>;
}

function statusOf<S extends CoreShape>(process: CoreProcess<S> | undefined): CoreStatus<S> {
  return {
    ready: process?.isReady ?? false,
    state: process?.driver.state,
    ignored: process?.driver.ignored ?? new Map(),
    openRequests: process?.openRequests ?? 0,
    sent: process?.sent ?? 0,
    received: process?.received ?? 0,
    lost: process?.lost ?? 0,
    deferred: process?.deferred ?? 0,
  };
}

/** Why this member was not started: with the code of that, where it has one. */
function refusedBy(refusal: Error): Refusal {
  if (!isTroupeError(refusal)) return new Refusal(refusal.message);
  return new Refusal(refusal.message, { ...refusal.data, code: refusal.code });
}

function recordsLost({ cell }: Context): Error {
  return actorError(
    'TROUPE_CORE_STORAGE_LOST',
    `Expected the durable records of ${cell}, got none: they were kept in the memory of its node, which has ended. Give the core a storage on disk, or start a new member under a new id.`,
  );
}

function checkName<S extends CoreShape>({ group, options }: CoreStart<S>, ctx: Context): void {
  const expected = memberName(group, options.self);
  if (ctx.name === expected) return;
  throw actorError(
    'TROUPE_OPTION_INVALID',
    `Expected the member ${options.self} of ${group} to be spawned under the name '${expected}', got '${ctx.name}'. Use spawnGroup, or give the name.`,
  );
}
