import { type ErrorCode, type ErrorDetails, TroupeError } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const SIM_ERRORS = {
  TROUPE_SIM_SCHEDULE:
    'A schedule to be replayed is no schedule, or one of another version or simulation. Record it again: run the seed that it came from.',
  TROUPE_SIM_DEFINITION:
    'The definition of a simulation is wrong, or a module has none. The message names the part and what is expected there.',
  TROUPE_SIM_TIME:
    'A simulated actor, or its program, read the real clock. Take the time from ctx.now(), or world.now outside actors.',
  TROUPE_SIM_TIMER:
    'A simulated actor, or its program, set a real timer. Use ctx.after() or ctx.sleep(), or world.after() and world.sleep() outside actors.',
  TROUPE_SIM_RANDOM:
    'A simulated actor, or its program, drew from real randomness. Draw by ctx.random() or ctx.choose(), or world.choose() outside actors.',
  TROUPE_SIM_NETWORK:
    'A simulated actor, or its program, called the real network. Put what answers behind an actor, and simulate that.',
  TROUPE_SIM_ESCAPE:
    'A simulated actor went on outside of virtual time: it had awaited something real, such as a file. Put it behind an actor, and simulate that.',
  TROUPE_SIM_UNHANDLED:
    'A promise was rejected in a simulation and nobody handled it: on a thread that ends the whole node. Await it, or catch its error.',
  TROUPE_SIM_THREW:
    'A property, an observer, a client, a machine or an adversary of a simulation threw: code of the test, not of what it tests. The message names it.',
  TROUPE_SIM_NONDETERMINISTIC:
    'The same choices led to another run: something draws from Math.random or a clock, or keeps state outside of its own. The first event that differs is named.',
  TROUPE_SIM_ZENO:
    'Time stood still: events set off others within the same tick without end. Look for a timer of 0 ticks that is set again and again.',
  TROUPE_SIM_ENDED:
    'The worker thread of a simulation ended by itself: code of the simulation ended its process, perhaps.',
  TROUPE_SIM_ENDLESS:
    'A handler, a step or a property did not end. The event that it was at is named: look for a loop there.',
  TROUPE_SIM_MEMORY:
    'A run used more memory than the simulation may. The event that it was at is named: look for what grows without bound.',
  TROUPE_SIM_MODEL:
    'A model or a property threw while states were searched. The cause is the error; correct the model.',
} as const satisfies Readonly<Record<ErrorCode, string>>;

export function simError(code: keyof typeof SIM_ERRORS, message: string, details?: ErrorDetails): TroupeError {
  return new TroupeError(code, message, details);
}
