/**
 * Assertions that are always on. One that fails means a defect, never bad input from a peer: the core stops and its
 * supervisor acts. Bad input is `out.ignore(reason)`.
 */
import { TroupeError } from './error.ts';

/** States what must hold in a core. `what` is a sentence about the expected state. */
export function assert(condition: boolean, what: string, data?: Readonly<Record<string, unknown>>): asserts condition {
  if (!condition) failInvariant(what, data);
}

/** The same for values that the type says may be missing, as with indexed access. */
export function assertDefined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) failInvariant(`${what} to be present`, { value });
  return value;
}

/** The default branch of a switch that has handled every case of its own closed union. */
export function unreachable(value: never): never {
  return failInvariant('every case to be handled', { value });
}

/** States what an option must be; for `init` and for operators. */
export function assertOption(condition: boolean, expected: string, got: unknown): asserts condition {
  if (condition) return;
  throw new TroupeError('TROUPE_CORE_OPTIONS', `Expected ${expected}, got ${show(got)}. Correct this option.`, {
    data: { expected, got },
  });
}

function failInvariant(what: string, data?: Readonly<Record<string, unknown>>): never {
  throw new TroupeError('TROUPE_INVARIANT', `Expected ${what}, got ${show(data)}. This is a defect of the protocol.`, {
    data: data ?? {},
  });
}

function show(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? String(value)
    );
  } catch {
    return String(value);
  }
}
