/**
 * `withClock(core, clock)`: the core as it is, whose messages bear the stamps of a clock. Each step is an event, and so is
 * each send in it; a receipt takes in the stamp that came. The core sees none of this; whoever looks at the state sees
 * the stamp of the last event (`state.stamp`).
 *
 * A clock is not durable: a restarted incarnation begins anew. What must not repeat a stamp after that needs a core that
 * does not come back (`crashStop`), or a clock that physical time carries on (hybrid, bounded).
 *
 * A message whose stamp is refused (malformed, or further ahead than clocks may be apart) is ignored with its stamp: it
 * counts as lost.
 */
import {
  type AnyShape,
  assertDefined,
  type Core,
  type CoreShape,
  type Effects,
  type Event,
  type Name,
  type NodeId,
  PartPort,
  type Ticks,
} from '@troupe/protocol';
import type { Clock } from './clock.ts';

export interface Stamped<Message, Stamp> {
  readonly stamp: Stamp;
  readonly message: Message;
}

/** The shape of a core with a clock: its messages are stamped, and its state is the core's and the clock's. */
export type WithClock<S extends CoreShape, ClockState, Stamp> = Omit<S, 'Options' | 'State' | 'Message' | 'Layers'> & {
  Options: S['Options'] & { readonly self: NodeId };
  State: ClockedState<S['State'], ClockState, Stamp>;
  Message: [S['Message']] extends [never] ? never : Stamped<S['Message'], Stamp>;
};

export interface ClockedState<State, ClockState, Stamp> {
  readonly core: State;
  readonly clock: ClockState;
  /** Of the last event of this node; undefined before the first. */
  stamp: Stamp | undefined;
}

export function withClock<S extends CoreShape, ClockState, Stamp>(
  core: Core<S>,
  clock: Clock<ClockState, Stamp>,
): Core<WithClock<S, ClockState, Stamp>> {
  return new ClockedCore(core as unknown as Core<AnyShape>, clock as Clock<unknown, unknown>) as unknown as Core<
    WithClock<S, ClockState, Stamp>
  >;
}

type AnyState = ClockedState<unknown, unknown, unknown>;

class ClockedCore implements Core<AnyShape> {
  readonly name: string;
  readonly fold?: (durable: unknown, record: unknown) => unknown;
  readonly #core: Core<AnyShape>;
  readonly #clock: Clock<unknown, unknown>;
  readonly #port: StampingPort;

  constructor(core: Core<AnyShape>, clock: Clock<unknown, unknown>) {
    this.name = `${core.name} with ${clock.name}`;
    this.#core = core;
    this.#clock = clock;
    this.#port = new StampingPort(clock);
    if (core.fold !== undefined) this.fold = (durable, record) => core.fold?.(durable, record);
  }

  init(options: { readonly self: NodeId }, durable: unknown): AnyState {
    return { core: this.#core.init(options, durable), clock: this.#clock.init(options.self), stamp: undefined };
  }

  step(state: AnyState, event: Event<AnyShape>, out: Effects<AnyShape>): void {
    const { now } = event;
    if (event.kind !== 'message') {
      state.stamp = this.#clock.tick(state.clock, now);
      this.#core.step(state.core, event, this.#port.begin(state, now, out));
      return;
    }
    const envelope = event.message as Partial<Stamped<unknown, unknown>> | null | undefined;
    const stamp = typeof envelope === 'object' ? envelope?.stamp : undefined;
    const refusal = this.#clock.refusal(state.clock, stamp, now);
    if (refusal !== undefined) {
      out.ignore(refusal);
      return;
    }
    state.stamp = this.#clock.receive(state.clock, stamp, now);
    this.#core.step(state.core, { ...event, message: envelope?.message }, this.#port.begin(state, now, out));
  }
}

class StampingPort extends PartPort {
  readonly #clock: Clock<unknown, unknown>;
  #state: AnyState | undefined;
  #now = 0 as Ticks;
  #out: Effects<AnyShape> | undefined;

  constructor(clock: Clock<unknown, unknown>) {
    super();
    this.#clock = clock;
  }

  begin(state: AnyState, now: Ticks, out: Effects<AnyShape>): this {
    this.#state = state;
    this.#now = now;
    this.#out = out;
    return this;
  }

  protected override get out(): Effects<AnyShape> {
    return assertDefined(this.#out, 'effects to be emitted within a step');
  }

  protected override scope(name: Name): Name {
    return name;
  }

  protected override tag(field: string, value: unknown): unknown {
    if (field !== 'message') return value;
    const state = assertDefined(this.#state, 'a state in a step');
    state.stamp = this.#clock.tick(state.clock, this.#now);
    return { stamp: state.stamp, message: value };
  }
}
