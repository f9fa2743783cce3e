/**
 * `unkeyed(core)`: one core below all instances of a `keyed` one. Their requests come down without their key, and are
 * answered each to its own; what it indicates is told to every instance. So many groups share one failure detector,
 * one leader, one clock: `stack(keyed(consensus), unkeyed(leaderDetector))`.
 *
 * An instance made later has missed what was told before: the core should answer when asked for it.
 */
import type { Core } from './core.ts';
import { DirectPort } from './direct-port.ts';
import type { Effects } from './effects.ts';
import type { Event } from './event.ts';
import type { Name } from './name.ts';
import type { AnyShape, CoreShape } from './shape.ts';

type Below<Field extends string, Key, Value> = [Value] extends [never]
  ? never
  : { readonly key: Key } & { readonly [F in Field]: Value };

/** The shape of one core that stands below all keys. */
export type Unkeyed<S extends CoreShape> = Omit<S, 'Request' | 'Indication' | 'Layers'> & {
  Request: Below<'request', string, S['Request']>;
  Indication: Below<'indication', null, S['Indication']>;
};

export function unkeyed<S extends CoreShape>(core: Core<S>): Core<Unkeyed<S>> {
  return new UnkeyedCore(core as unknown as Core<AnyShape>) as unknown as Core<Unkeyed<S>>;
}

class UnkeyedCore implements Core<AnyShape> {
  readonly name: string;
  readonly fold?: (durable: unknown, record: unknown) => unknown;
  readonly #core: Core<AnyShape>;
  readonly #port = new AllKeysPort();

  constructor(core: Core<AnyShape>) {
    this.name = `unkeyed(${core.name})`;
    this.#core = core;
    if (core.fold !== undefined) this.fold = (durable, record) => core.fold?.(durable, record);
  }

  init(options: unknown, durable: unknown): unknown {
    return this.#core.init(options, durable);
  }

  step(state: unknown, event: Event<AnyShape>, out: Effects<AnyShape>): void {
    const port = this.#port.onto(out);
    if (event.kind !== 'request') this.#core.step(state, event, port);
    // The token of the instance, in `id`, knows its key: the reply finds its way back.
    else this.#core.step(state, { ...event, request: event.request.request }, port);
  }
}

class AllKeysPort extends DirectPort {
  protected override scope(name: Name): Name {
    return name;
  }

  protected override tag(field: string, value: unknown): unknown {
    return field === 'indication' ? { key: null, indication: value } : value;
  }
}
