/**
 * Definitions of actors: data plus handlers, spawned by module.
 *
 * Code can't cross threads, so a definition carries its module's URL and its name, and a worker imports it.
 * The types of payloads and replies come from the handlers.
 */

import { ActorType } from './actor-type.ts';
import type { Context } from './context.ts';
import type { MailboxOptions } from './overflow.ts';
import type { Down, Exit, StopReason } from './reason.ts';
import type { Ref } from './ref.ts';
import type { Interruption } from './snapshot/interruption.ts';
import type { SupervisionOptions } from './supervision/policy.ts';

// A method signature is bivariant: it lets a handler narrow payload and ctx.
// An unannotated payload is `unknown`, which means that the handler takes none.
export type Handler<S> = { handle(state: S, payload: unknown, ctx: Context): unknown }['handle'];
type AnyFunction = (...args: never[]) => unknown;

/** A protocol: kind → (payload) => reply. A plain interface, so that recursive protocols can be written by hand. */
export type ProtocolOf<On> = { readonly [K in keyof On]: (...args: PayloadOf<On[K]>) => ReplyOf<On[K]> };

// biome-ignore-start lint/suspicious/noExplicitAny: patterns that any argument matches
// biome-ignore format: one case a line
type PayloadOf<H> =
  H extends (...args: infer A) => unknown
    ? A extends readonly [any?] ? []
    : A extends readonly [any, (infer P)?, ...any[]]
      ? 0 extends 1 & P ? [payload: P]
      : unknown extends P ? []
      : [P] extends [void] ? []
      : A extends readonly [any, any, ...any[]] ? (undefined extends P ? [payload?: P] : [payload: P])
      : [payload?: P]
    : []
  : never;
// biome-ignore-end lint/suspicious/noExplicitAny: see above
type ReplyOf<H> = H extends (...args: never) => infer R ? R : never;

/** What becomes of an actor, told to it. */
export interface Hooks<S> {
  /** After `init`, and after each restart, before the first message. */
  started?(state: S, ctx: Context): void | Promise<void>;
  /** Before a stop or a restart; the state is still there. */
  stopped?(state: S, reason: StopReason, ctx: Context): void | Promise<void>;
  /** After a restart's `init`, which has made a fresh state: why the incarnation before has ended. */
  restarted?(state: S, reason: StopReason, ctx: Context): void;
}

/** What an actor hears of others. */
export interface Signals<S> {
  /** A monitored actor has stopped. */
  down?(state: S, down: Down, ctx: Context): void | Promise<void>;
  /** A linked actor has ended. With this handler exits are trapped; without it an abnormal exit ends this actor too. */
  exit?(state: S, exit: Exit, ctx: Context): void | Promise<void>;
}

export interface ActorSpec<A extends readonly unknown[], S, On> {
  /** Makes the state from the one argument of `spawn`. Synchronous; run again at each restart. */
  readonly init: (...args: A) => S;
  /** Handlers: `(state, payload, ctx)`. An async generator is a stream, and so is what returns an async iterable. */
  readonly on: On;
  /** Named sets of handlers that stand in for those in `on` after `ctx.become(name)`. */
  readonly behaviours?: { readonly [name: string]: { readonly [K in keyof NoInfer<On>]?: Handler<S> } };
  readonly hooks?: Hooks<S>;
  readonly signals?: Signals<S>;
  /**
   * How an actor goes on that awaited something when a snapshot was taken from which its system is restored: called in the
   * place of the handler that was interrupted, before anything else. What that handler's variables held is lost.
   */
  resume?(state: NoInfer<S>, interruption: Interruption, ctx: Context): void | Promise<void>;
  readonly mailbox?: MailboxOptions<keyof NoInfer<On> & string>;
  /** How this actor supervises its children. */
  readonly supervision?: SupervisionOptions;
}

declare const protocol: unique symbol;

/** A definition: give it to `spawn`. */
export interface Definition<A extends readonly unknown[], S, P> {
  readonly name: string;
  readonly url: string;
  /** `url#name`: the same on every node. */
  readonly key: string;
  readonly [protocol]?: (state: S, argument: A, protocol: P) => P;
}

// biome-ignore lint/suspicious/noExplicitAny: any definition at all
export type AnyDefinition = Definition<any, any, any>;

/** The ref type of a definition: `RefOf<typeof Counter>`. */
export type RefOf<D> = D extends { readonly [protocol]?: (state: never, argument: never, protocol: never) => infer P }
  ? Ref<P>
  : never;
/** The protocol of a definition. */
export type ProtocolFrom<D> = D extends {
  readonly [protocol]?: (state: never, argument: never, protocol: never) => infer P;
}
  ? P
  : never;

/**
 * Defines an actor.
 *
 * Export the result from the top level of its module, under any name: other threads import the module and find the
 * definition by `name`, which must be the only one of that name in the module.
 *
 * @throws TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE
 */
export function defineActor<A extends readonly [argument?: unknown], S, On extends Record<string, Handler<S>>>(
  meta: Pick<ImportMeta, 'url'>,
  name: string,
  spec: ActorSpec<A, S, On>,
): Definition<A, S, ProtocolOf<On>> {
  return ActorType.define(
    meta?.url,
    name,
    spec as unknown as ActorSpec<readonly unknown[], unknown, Record<string, AnyFunction>>,
  ) as unknown as Definition<A, S, ProtocolOf<On>>;
}
