/**
 * `crashStop(core)`: makes a core of the crash-stop model safe on hosts that restart nodes. There a node that has crashed
 * never comes back; here it may, under its old id, having forgotten what it promised: whom it voted for, what it has
 * delivered, which numbers it gave out. So a restarted incarnation takes no part: it says nothing, and what it is told is
 * ignored and counted. To the others it is what the model knows, a crashed node.
 *
 * For cores that persist what they promise (Raft) there is nothing to be gained.
 */
import type { Core } from './core.ts';
import type { Effects } from './effects.ts';
import type { Event } from './event.ts';
import type { AnyShape, CoreShape } from './shape.ts';

const IGNORED = 'an event at a node that has crashed before';

/** The shape of a core that does not come back. */
export type CrashStop<S extends CoreShape> = Omit<S, 'State' | 'Layers'> & {
  State: { readonly core: S['State']; crashed: boolean };
};

export function crashStop<S extends CoreShape>(core: Core<S>): Core<CrashStop<S>> {
  return new CrashStopCore(core as unknown as Core<AnyShape>) as unknown as Core<CrashStop<S>>;
}

interface CrashStopState {
  readonly core: unknown;
  crashed: boolean;
}

class CrashStopCore implements Core<AnyShape> {
  readonly name: string;
  readonly fold?: (durable: unknown, record: unknown) => unknown;
  readonly #core: Core<AnyShape>;

  constructor(core: Core<AnyShape>) {
    this.name = core.name;
    this.#core = core;
    if (core.fold !== undefined) this.fold = (durable, record) => core.fold?.(durable, record);
  }

  init(options: unknown, durable: unknown): CrashStopState {
    return { core: this.#core.init(options, durable), crashed: false };
  }

  step(state: CrashStopState, event: Event<AnyShape>, out: Effects<AnyShape>): void {
    if (event.kind === 'start') state.crashed = event.restarted;
    if (state.crashed) out.ignore(IGNORED);
    else this.#core.step(state.core, event, out);
  }
}
