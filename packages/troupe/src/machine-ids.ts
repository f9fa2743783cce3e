/**
 * Hands out machine numbers for ids, each to one holder at a time: an actor of the system, spawned once, and found by its name.
 * A number comes back when its holder stops, or its node ends, and rests for a while before another gets it: the clocks of
 * two nodes may differ, and an id must not repeat.
 *
 * It lives in one system. Where several processes make ids, give each a part of the numbers by `first` and `count`.
 */
import { type Down, defineActor, type Ref, Refusal } from '@troupe/actors';

export interface MachineIdOptions {
  /** The least number to hand out. Default 0. */
  readonly first?: number;
  /** How many there are. Default 1,024: ten bits. */
  readonly count?: number;
  /** How long a number rests. Default 1,000. @units milliseconds */
  readonly rest?: number;
}

export const MACHINE_ID_DEFAULTS = { first: 0, count: 1_024, rest: 1_000 } as const satisfies MachineIdOptions;

interface MachineIdState {
  readonly rest: number;
  /** Those that nobody has, longest at rest first. */
  readonly free: { readonly machine: number; readonly from: number }[];
  readonly held: Map<Ref<unknown>, number>;
}

export const MachineIds = defineActor(import.meta, 'MachineIds', {
  init(options: MachineIdOptions = {}): MachineIdState {
    const { first, count, rest } = { ...MACHINE_ID_DEFAULTS, ...options };
    for (const [name, value] of Object.entries({ first, count, rest }))
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RangeError(`Expected ${name} of MachineIds to be a whole number from 0 up, got ${value}.`);
    const free = Array.from({ length: count }, (_, index) => ({ machine: first + index, from: 0 }));
    return { rest, free, held: new Map() };
  },
  on: {
    /** The holder's number: the same again, if it has one. */
    lease(state, holder: Ref<unknown>, ctx): number {
      const held = state.held.get(holder);
      if (held !== undefined) return held;
      const [next] = state.free;
      if (next === undefined || next.from > ctx.now())
        throw new Refusal(
          `Expected a machine number that nobody has, got ${state.held.size} held and ${state.free.length} at rest. Give MachineIds a larger count, or ask again later.`,
        );
      state.free.shift();
      state.held.set(holder, next.machine);
      ctx.monitor(holder);
      return next.machine;
    },
    /** Before the holder stops. */
    release(state, holder: Ref<unknown>, ctx): void {
      ctx.demonitor(holder);
      giveBack(state, holder, ctx.now());
    },
  },
  signals: {
    down: (state, { ref }: Down, ctx) => giveBack(state, ref, ctx.now()),
  },
});

function giveBack({ held, free, rest }: MachineIdState, holder: Ref<unknown>, now: number): void {
  const machine = held.get(holder);
  if (machine === undefined) return;
  held.delete(holder);
  free.push({ machine, from: now + rest });
}
