/**
 * `keyed(core)`: one instance of a core for each key, made when its key is first met (a request from above, a message
 * from a peer, a durable record), isolated from all others, bounded in number, and removable.
 *
 * Removal is local: a later message for that key makes a fresh instance, unless `makeOnMessage` is false. What was
 * under way for a removed instance (timers, persists, lower requests) never reaches its successor. Where a fresh
 * instance would break what the removed one promised (consensus), keys are `numbered`, and those below a floor are
 * retired: removed, and never made again. The floor is not durable: whoever stands above sets it at its start.
 */
import type { AnsweredAs, IsTied } from './answered.ts';
import { assert, assertOption } from './assert.ts';
import { compareIds, type Ticks } from './brand.ts';
import type { Core } from './core.ts';
import { DirectPort } from './direct-port.ts';
import type { Effects } from './effects.ts';
import type { Event, RequestEvent } from './event.ts';
import type { KeyedName, Name } from './name.ts';
import { asRecord } from './part-port.ts';
import type { AnyShape, CoreShape } from './shape.ts';

/** Characters of a key that a peer may name. */
export const KEY_LENGTH_MAX = 1_024;

export interface KeyedOptions {
  /** Instances at once. At the bound a request is refused, and a message is ignored. */
  readonly instancesMax: number;
  /** Whether a message for an unknown key makes its instance. */
  readonly makeOnMessage: boolean;
  /**
   * Keys are whole numbers from 0 up, in decimal, and those from the floor up to `instancesMax` above it have room for
   * an instance, whatever others do.
   */
  readonly numbered: boolean;
}

export const KEYED_DEFAULTS: KeyedOptions = { instancesMax: 65_536, makeOnMessage: true, numbered: false };

export type KeyedRequest<Request> =
  | (IsTied<Request> extends true ? TiedForKey<Request> : ForKey<Request>)
  | { readonly kind: 'remove'; readonly key: string }
  /** For numbered keys: all below are removed, and never made again. */
  | { readonly kind: 'retire'; readonly below: number };
type TiedForKey<Request> = Request extends unknown ? AnsweredAs<Request, ForKey<Request>, TooManyInstances> : never;
interface ForKey<Request> {
  readonly kind: 'request';
  readonly key: string;
  readonly request: Request;
}

export type KeyedReply<Reply> =
  | Reply
  | { readonly kind: 'retired'; readonly below: number }
  | { readonly kind: 'removed'; readonly key: string }
  | TooManyInstances;
interface TooManyInstances {
  readonly kind: 'too-many-instances';
  readonly key: string;
  readonly instancesMax: number;
}

export type KeyedRecord<Record> =
  | { readonly kind: 'record'; readonly key: string; readonly record: Record }
  | { readonly kind: 'removed'; readonly key: string };

type AnyCore = Core<AnyShape>;
type AnyEvent = Event<AnyShape>;
type WithKey<Field extends string, Value> = [Value] extends [never]
  ? never
  : { readonly key: string } & { readonly [F in Field]: Value };
type Scoped<N extends Name> = [N] extends [never] ? never : KeyedName<N>;
/** For one instance, or (`key` is null) for all that there are. */
type ForKeys<Indication> = [Indication] extends [never]
  ? never
  : { readonly key: string | null; readonly indication: Indication };

export interface Instance<State> {
  readonly generation: number;
  readonly state: State;
  /** Whether a record of it may be on disk, so that removal must be written too. */
  durable: boolean;
}

export interface KeyedState<State = unknown, Options = unknown> {
  readonly instances: Map<string, Instance<State>>;
  nextGeneration: number;
  /** Of numbered keys: those below are retired. */
  floor: number;
  restarted: boolean;
  /** What instances made later are given. */
  readonly options: Options;
}

/** The shape of one core for each key. */
export interface Keyed<S extends CoreShape> {
  Options: S['Options'];
  Durable: Map<string, S['Durable']>;
  State: KeyedState<S['State'], S['Options']>;
  Message: WithKey<'message', S['Message']>;
  Timer: Scoped<S['Timer']>;
  Token: Scoped<S['Token']>;
  Record: [S['Record']] extends [never] ? never : KeyedRecord<S['Record']>;
  Request: KeyedRequest<S['Request']>;
  Reply: KeyedReply<S['Reply']>;
  Indication: WithKey<'indication', S['Indication']>;
  Command: WithKey<'command', S['Command']>;
  Result: S['Result'];
  LowerRequest: WithKey<'request', S['LowerRequest']>;
  LowerReply: S['LowerReply'];
  LowerIndication: ForKeys<S['LowerIndication']>;
}

export function keyed<S extends CoreShape>(core: Core<S>, options: Partial<KeyedOptions> = {}): Core<Keyed<S>> {
  const all = { ...KEYED_DEFAULTS, ...options };
  assertOption(
    Number.isSafeInteger(all.instancesMax) && all.instancesMax > 0,
    'instancesMax from 1 up',
    all.instancesMax,
  );
  return new KeyedCore(core as unknown as AnyCore, all) as unknown as Core<Keyed<S>>;
}

class KeyedCore implements AnyCore {
  readonly name: string;
  readonly fold?: (durable: Map<string, unknown> | undefined, record: KeyedRecord<unknown>) => Map<string, unknown>;
  readonly #core: AnyCore;
  readonly #options: KeyedOptions;
  readonly #port = new InstancePort();

  constructor(core: AnyCore, options: KeyedOptions) {
    this.name = `keyed(${core.name})`;
    this.#core = core;
    this.#options = options;
    if (core.fold === undefined) return;
    this.fold = (durable = new Map(), record) => {
      if (record.kind === 'removed') durable.delete(record.key);
      else durable.set(record.key, core.fold?.(durable.get(record.key), record.record));
      return durable;
    };
  }

  init(options: unknown, durable: ReadonlyMap<string, unknown> | undefined): KeyedState {
    const state: KeyedState = { instances: new Map(), nextGeneration: 0, floor: 0, restarted: false, options };
    for (const key of this.#sorted(durable?.keys() ?? [])) this.#make(state, key, durable?.get(key));
    return state;
  }

  step(state: KeyedState, event: AnyEvent, out: Effects<AnyShape>): void {
    switch (event.kind) {
      case 'start':
        state.restarted = event.restarted;
        this.#stepAll(state, event, out);
        return;
      case 'request':
        this.#onRequest(state, event, out);
        return;
      case 'message': {
        const tagged = asRecord(event.message);
        const key = tagged?.['key'];
        if (typeof key !== 'string' || key.length > KEY_LENGTH_MAX) {
          out.ignore('a message without a valid key');
          return;
        }
        const instance = this.#options.makeOnMessage
          ? this.#demand(state, key, event.now, out)
          : state.instances.get(key);
        if (instance === undefined) {
          const isRetired = this.#options.numbered && Number(key) < state.floor;
          out.ignore(isRetired ? 'a message for a key that is retired' : 'a message for a key without an instance');
          return;
        }
        this.#stepInstance(key, instance, { ...event, message: tagged?.['message'] }, out);
        return;
      }
      case 'indication': {
        const { key, indication } = event.indication as { key: string | null; indication: unknown };
        if (key === null) {
          this.#stepAll(state, { ...event, indication }, out);
          return;
        }
        const instance = state.instances.get(key);
        if (instance === undefined) {
          out.ignore('an indication for a key without an instance');
          return;
        }
        this.#stepInstance(key, instance, { ...event, indication }, out);
        return;
      }
      case 'timeout':
        this.#onNamed(state, event.timer as KeyedName, (timer) => ({ ...event, timer }), out);
        return;
      default:
        this.#onNamed(state, event.token as KeyedName, (token) => ({ ...event, token }), out);
        return;
    }
  }

  #onRequest(state: KeyedState, event: RequestEvent<KeyedRequest<unknown>>, out: Effects<AnyShape>): void {
    const { id, now, request } = event;
    if (request.kind === 'retire') {
      const { below } = request;
      assert(this.#options.numbered && Number.isSafeInteger(below), 'keys that are numbered, to be retired', { below });
      state.floor = Math.max(state.floor, below);
      for (const key of this.#sorted(state.instances.keys())) if (Number(key) < below) this.#remove(state, key, out);
      out.reply(id, { kind: 'retired', below });
      return;
    }
    const { key } = request;
    if (request.kind === 'remove') {
      this.#remove(state, key, out);
      out.reply(id, { kind: 'removed', key });
      return;
    }
    const instance = this.#demand(state, key, now, out);
    if (instance === undefined) {
      const { instancesMax } = this.#options;
      out.reply(id, { kind: 'too-many-instances', key, instancesMax });
      return;
    }
    this.#stepInstance(key, instance, { kind: 'request', now, id, request: request.request }, out);
  }

  #remove(state: KeyedState, key: string, out: Effects<AnyShape>): void {
    const instance = state.instances.get(key);
    state.instances.delete(key);
    if (instance?.durable !== true) return;
    out.persist({ key, generation: instance.generation, name: 'removed' }, { kind: 'removed', key });
  }

  /** A timeout or an outcome, for the generation that asked for it and for no other. */
  #onNamed(
    state: KeyedState,
    { key, generation, name }: KeyedName,
    event: (name: Name) => AnyEvent,
    out: Effects<AnyShape>,
  ): void {
    const instance = state.instances.get(key);
    if (instance?.generation === generation) this.#stepInstance(key, instance, event(name), out);
  }

  /** The instance of this key, made and started where there is none; undefined at the bound. */
  #demand(state: KeyedState, key: string, now: Ticks, out: Effects<AnyShape>): Instance<unknown> | undefined {
    const known = state.instances.get(key);
    if (known !== undefined || !this.#hasRoom(state, key)) return known;
    const made = this.#make(state, key, undefined);
    this.#stepInstance(key, made, { kind: 'start', now, restarted: state.restarted }, out);
    return made;
  }

  #hasRoom({ instances, floor }: KeyedState, key: string): boolean {
    const { numbered, instancesMax } = this.#options;
    if (!numbered) return instances.size < instancesMax;
    const number = Number(key);
    // One key has one spelling: an instance met under two names would be two.
    return Number.isSafeInteger(number) && String(number) === key && number >= floor && number - floor < instancesMax;
  }

  #make(state: KeyedState, key: string, durable: unknown): Instance<unknown> {
    const instance: Instance<unknown> = {
      generation: state.nextGeneration++,
      state: this.#core.init(state.options, durable),
      durable: durable !== undefined,
    };
    state.instances.set(key, instance);
    return instance;
  }

  #stepAll(state: KeyedState, event: AnyEvent, out: Effects<AnyShape>): void {
    for (const key of this.#sorted(state.instances.keys())) {
      this.#stepInstance(key, state.instances.get(key) as Instance<unknown>, event, out);
    }
  }

  /** Effects must not hang on the order in which instances were made: two states may be equal but for that. */
  #sorted(keys: Iterable<string>): string[] {
    const { numbered } = this.#options;
    return [...keys].sort(numbered ? (a, b) => Number(a) - Number(b) : compareIds);
  }

  #stepInstance(key: string, instance: Instance<unknown>, event: AnyEvent, out: Effects<AnyShape>): void {
    this.#core.step(instance.state, event, this.#port.onto(out).of(key, instance));
  }
}

class InstancePort extends DirectPort {
  #key = '';
  #instance: Instance<unknown> | undefined;

  of(key: string, instance: Instance<unknown>): this {
    this.#key = key;
    this.#instance = instance;
    return this;
  }

  override persist(token: Name, record: unknown): void {
    this.#current().durable = true;
    this.out.persist(this.scope(token), { kind: 'record', key: this.#key, record });
  }

  protected override scope(name: Name): KeyedName {
    return { key: this.#key, generation: this.#current().generation, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    return { key: this.#key, [field]: value };
  }

  #current(): Instance<unknown> {
    assert(this.#instance !== undefined, 'effects to be emitted within a step');
    return this.#instance;
  }
}
