/** Options are validated once, where they are given. */
import { TroupeError } from '@troupe/protocol';

export function integerOption(name: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new TroupeError(
      'TROUPE_RING_OPTION_INVALID',
      `Expected ${name} to be an integer from ${min} to ${max}, got ${value}.`,
      { data: { name, value } },
    );
  }
  return value;
}
