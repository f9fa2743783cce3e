import { type ErrorCode, type ErrorDetails, TroupeError } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const SIM_ERRORS = {
  TROUPE_SIM_SCHEDULE:
    'A schedule to be replayed is no schedule, or one of another version or simulation. Record it again: run the seed that it came from.',
  TROUPE_SIM_DEFINITION:
    'The definition of a simulation is wrong, or a module has none. The message names the part and what is expected there.',
} as const satisfies Readonly<Record<ErrorCode, string>>;

export function simError(code: keyof typeof SIM_ERRORS, message: string, details?: ErrorDetails): TroupeError {
  return new TroupeError(code, message, details);
}
