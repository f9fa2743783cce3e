/**
 * A probe stands in for an actor: it speaks the same protocol, records every message, and answers only as the test says.
 *
 * A test reads messages in their order: `expect` takes the next, `fish` the next that matches, `expectNone` wants none.
 */

import { isDeepStrictEqual } from 'node:util';
import { ActorType } from '../actor-type.ts';
import type { Question } from '../ask/question.ts';
import type { Context } from '../context.ts';
import type { AnyDefinition } from '../definition.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Interface } from '../interface.ts';

import { mustHaveOnly } from '../overflow.ts';
import type { OwnedRef, Ref } from '../ref.ts';
import { asType } from '../spawning.ts';
import type { System } from '../system.ts';
import type { VirtualHost } from './virtual-host.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function at all
type AnyFunction = (...args: any) => any;
type PayloadIn<P, K extends keyof P> = P[K] extends AnyFunction ? Parameters<P[K]>[0] : unknown;
type ReplyIn<P, K extends keyof P> = P[K] extends AnyFunction ? Awaited<ReturnType<P[K]>> : unknown;

/** A value that the payload must equal, deeply; or a function that says whether it does. */
export type Match<T> = T | ((payload: T) => boolean);

export interface Received<P, K extends keyof P = keyof P> {
  readonly kind: K;
  readonly payload: PayloadIn<P, K>;
  /** Who sent it, if it was an actor. */
  readonly sender: Ref<unknown> | undefined;
  /** It is an ask, and waits for `reply` or `fail`. */
  readonly isAsk: boolean;
  /** Answers an ask. @throws TROUPE_PROBE_UNMET where it is none */
  reply(value: ReplyIn<P, K>): void;
  /** Rejects an ask. @throws TROUPE_PROBE_UNMET where it is none */
  fail(error: unknown): void;
}

export interface WaitOptions {
  /** How far the clock may be moved to get it. Virtual milliseconds, default 0: only what comes before the next timer. */
  readonly within?: Milliseconds;
}

/** Messages that a probe keeps unread. */
const UNREAD_MAX = 100_000;

const probes = new WeakMap<object, Probe<unknown>>();
const types = new Map<Interface, ActorType>();

export class Probe<P> {
  private readonly world: VirtualHost;
  private readonly unread: Received<P>[] = [];
  /** Give it to the actor under test. */
  readonly ref: OwnedRef<P>;

  private constructor(world: VirtualHost, ref: OwnedRef<P>) {
    this.world = world;
    this.ref = ref;
  }

  /** @internal */
  static async start(system: System, world: VirtualHost, definition: AnyDefinition): Promise<Probe<unknown>> {
    const of = asType(definition).interface;
    let type = types.get(of);
    if (type === undefined) types.set(of, (type = probeType(of, types.size)));
    const ref = (await system.spawn(type as unknown as AnyDefinition, undefined, {
      restart: 'temporary',
    })) as OwnedRef<unknown>;
    const probe = new Probe<unknown>(world, ref);
    probes.set(ref, probe);
    return probe;
  }

  /** Messages that no expectation has taken yet, oldest first. */
  get messages(): readonly Received<P>[] {
    return this.unread;
  }

  /** The next message, which must be of this kind and match. @throws (rejects) TROUPE_PROBE_UNMET */
  async expect<K extends keyof P & string>(
    kind: K,
    match?: Match<PayloadIn<P, K>>,
    options?: WaitOptions,
  ): Promise<Received<P, K>> {
    await this.wait(options, () => this.unread.length > 0);
    const next = this.unread.shift();
    if (next === undefined) throw this.unmet(`'${kind}'`, 'no message');
    if (!fits(next, kind, match)) throw this.unmet(describe(kind, match), shown(next as never));
    return next as unknown as Received<P, K>;
  }

  /** The next message of this kind that matches; those before it are dropped. @throws (rejects) TROUPE_PROBE_UNMET */
  async fish<K extends keyof P & string>(
    kind: K,
    match?: Match<PayloadIn<P, K>>,
    options?: WaitOptions,
  ): Promise<Received<P, K>> {
    const dropped: string[] = [];
    for (;;) {
      await this.wait(options, () => this.unread.length > 0);
      const next = this.unread.shift();
      if (next === undefined)
        throw this.unmet(describe(kind, match), dropped.length === 0 ? 'no message' : dropped.join(', '));
      if (fits(next, kind, match)) return next as unknown as Received<P, K>;
      dropped.push(shown(next as never));
    }
  }

  /** There is no unread message, and none comes within the time. @throws (rejects) TROUPE_PROBE_UNMET */
  async expectNone(options?: WaitOptions): Promise<void> {
    await this.wait(options, () => this.unread.length > 0);
    const next = this.unread[0];
    if (next !== undefined) throw this.unmet('no message', shown(next as never));
  }

  /** @internal */
  record(kind: string, payload: unknown, ctx: Context): void {
    if (this.unread.length >= UNREAD_MAX)
      throw this.unmet(`at most ${UNREAD_MAX} unread messages`, `one more, '${kind}'`);
    const { question } = ctx;
    // Put aside, an ask stays open while the probe takes the next message.
    if (question !== undefined) ctx.stash();
    const answered = (): Question => {
      if (question === undefined) throw this.unmet(`'${kind}' to be an ask`, 'a tell, which has no answer');
      return question;
    };
    this.unread.push({
      kind: kind as keyof P,
      payload: payload as never,
      sender: ctx.sender,
      isAsk: question !== undefined,
      reply: (value) => answered().reply(value),
      fail: (error) => answered().fail(error),
    });
  }

  private async wait(options: WaitOptions | undefined, isThere: () => boolean): Promise<void> {
    if (options !== undefined) mustHaveOnly('an expectation', options, ['within']);
    const until = this.world.clock.now() + (options?.within ?? 0);
    await this.world.settle();
    while (!isThere() && (await this.world.step(until)));
    if (!isThere()) await this.world.advance(Math.max(0, until - this.world.clock.now()));
  }

  private unmet(expected: string, got: string): Error {
    const left = this.world.nextAlarm - this.world.clock.now();
    const hint = Number.isFinite(left) ? ` The next timer is due in ${left} ms: advance, or give { within }.` : '';
    return actorError('TROUPE_PROBE_UNMET', `Expected ${expected} at probe ${this.ref}, got ${got}.${hint}`);
  }
}

/** A definition with the same kinds, whose handlers record. */
function probeType(of: Interface, serial: number): ActorType {
  const on: Record<string, (...args: never[]) => unknown> = {};
  for (const [index, kind] of of.kinds.entries()) {
    const record = (_state: unknown, payload: unknown, ctx: Context) =>
      probes.get(ctx.self)?.record(kind, payload, ctx);
    on[kind] = of.streams.includes(index)
      ? async function* (state: unknown, payload: unknown, ctx: Context) {
          record(state, payload, ctx);
        }
      : record;
  }
  return ActorType.define('troupe:testkit', `probe-${serial}-of-${of.name}`, { init: () => ({}), on });
}

function fits(received: Received<never>, kind: string, match: unknown): boolean {
  if ((received.kind as string) !== kind) return false;
  if (match === undefined) return true;
  const payload: unknown = received.payload;
  return typeof match === 'function' ? match(payload) === true : isDeepStrictEqual(payload, match);
}

const describe = (kind: string, match: unknown): string =>
  match === undefined ? `'${kind}'` : `'${kind}' with ${typeof match === 'function' ? 'what matches' : text(match)}`;

const shown = (received: Received<never>): string => `'${String(received.kind)}' with ${text(received.payload)}`;

function text(value: unknown): string {
  try {
    return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}
