/**
 * What can be said to an actor: its kinds, and the `tell`, `ask` and `stream` facades made from them once a definition.
 *
 * A ref that arrives in a thread that never loaded its definition brings the kinds along, so its facades are the same.
 */

import { TroupeError } from '@troupe/protocol';
import type { ActorRef } from './ref.ts';
import { ask, openStream, tell } from './send.ts';

/** No name: a handler may have any. */
const TARGET: unique symbol = Symbol('target');
interface Facade {
  readonly [TARGET]: ActorRef;
}
type FacadeClass = new (ref: ActorRef) => object;

/** Of the definitions of this thread. */
const own = new Map<string, Interface>();
/** Of definitions that refs from other threads have told of, those that were told first first. */
const foreign = new Map<string, Interface>();
/** Of more of them the oldest are made anew, should they come again. */
const FOREIGN_MAX = 4_096;

// `then` would make a facade look like a promise; the others would shadow what every object has.
export const RESERVED_KINDS: ReadonlySet<string> = new Set([
  'then',
  'constructor',
  '__proto__',
  'toString',
  'valueOf',
  'toJSON',
]);

export const isKindName = (kind: unknown): kind is string => typeof kind === 'string' && !RESERVED_KINDS.has(kind);

export class Interface {
  readonly key: string;
  readonly kinds: readonly string[];
  readonly streams: readonly number[];
  readonly Tell: FacadeClass;
  readonly Ask: FacadeClass;
  readonly Stream: FacadeClass;

  private constructor(key: string, kinds: readonly string[], streams: readonly number[]) {
    this.key = key;
    this.kinds = kinds;
    this.streams = streams;
    this.Tell = facade(
      this,
      'tell',
      (kind) =>
        function (this: Facade, payload: unknown) {
          tell(this[TARGET], kind, payload);
        },
    );
    this.Ask = facade(
      this,
      'ask',
      (kind) =>
        function (this: Facade, payload: unknown, options: unknown) {
          return ask(this[TARGET], kind, payload, options as never);
        },
    );
    this.Stream = facade(
      this,
      'stream',
      (kind) =>
        function (this: Facade, payload: unknown, options: unknown) {
          return openStream(this[TARGET], kind, payload, options as never);
        },
    );
  }

  /** Of a definition of this thread: what refs from elsewhere said of it before does not count. */
  static define(key: string, kinds: readonly string[], streams: readonly number[]): Interface {
    const told = foreign.get(key);
    foreign.delete(key);
    const made = told?.is(kinds, streams) ? told : new Interface(key, kinds, streams);
    own.set(key, made);
    return made;
  }

  /** Interned by key; a different list of kinds under the same key (another version of the module) is another interface. */
  static of(key: string, kinds: readonly string[], streams: readonly number[]): Interface {
    const known = Interface.find(key);
    if (known?.is(kinds, streams)) return known;
    const made = new Interface(key, kinds, streams);
    if (known !== undefined) return made;
    if (foreign.size >= FOREIGN_MAX) foreign.delete(foreign.keys().next().value as string);
    foreign.set(key, made);
    return made;
  }

  /** Whatever its kinds are. */
  static find(key: string): Interface | undefined {
    return own.get(key) ?? foreign.get(key);
  }

  is(kinds: readonly unknown[], streams: readonly unknown[]): boolean {
    return sameItems(this.kinds, kinds) && sameItems(this.streams, streams);
  }

  get name(): string {
    return this.key.slice(this.key.lastIndexOf('#') + 1);
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i]));
}

function facade(
  of: Interface,
  verb: 'tell' | 'ask' | 'stream',
  method: (kind: number) => (this: Facade, payload: unknown, options: unknown) => unknown,
): FacadeClass {
  class Made implements Facade {
    readonly [TARGET]: ActorRef;
    constructor(ref: ActorRef) {
      this[TARGET] = ref;
    }
  }
  for (const [index, kind] of of.kinds.entries()) {
    // Any kind may turn out to be a stream: see `stream/opening.ts`.
    if (verb !== 'stream' && of.streams.includes(index)) continue;
    Object.defineProperty(Made.prototype, kind, { value: method(index), enumerable: true });
  }
  // Reached only by a name that is no handler: it turns "is not a function" into an answer.
  Object.setPrototypeOf(
    Made.prototype,
    new Proxy(Object.prototype, {
      get(target, property, receiver) {
        if (typeof property === 'symbol' || property in target || property === 'then' || property === 'toJSON')
          return Reflect.get(target, property, receiver);
        throw unknownHandler(of, verb, property);
      },
    }),
  );
  return Made;
}

export function unknownHandler(
  of: { readonly key: string; readonly kinds: readonly string[]; readonly streams: readonly number[] },
  verb: string,
  kind: string,
): TroupeError {
  const index = of.kinds.indexOf(kind);
  const hint =
    index < 0
      ? ''
      : of.streams.includes(index)
        ? ` '${kind}' is a stream: use ref.stream.${kind}.`
        : ` '${kind}' is no stream: use ref.tell.${kind} or ref.ask.${kind}.`;
  const usable = of.kinds.filter((_, i) => of.streams.includes(i) === (verb === 'stream'));
  return new TroupeError(
    'TROUPE_UNKNOWN_HANDLER',
    `Expected one of [${usable.join(', ')}] for ${verb}, got '${kind}'. The handlers are those in \`on\` of ${of.key}.${hint}`,
    {
      data: { definition: of.key, verb, kind, kinds: [...of.kinds] },
    },
  );
}
