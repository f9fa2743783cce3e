import { type ErrorCode, type ErrorDetails, TroupeError } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const SIM_ERRORS = {
  TROUPE_SIM_SCHEDULE:
    'A schedule to be replayed is no schedule, or one of another version or simulation. Record it again: run the seed that it came from.',
  TROUPE_SIM_DEFINITION:
    'The definition of a simulation is wrong, or a module has none. The message names the part and what is expected there.',
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
