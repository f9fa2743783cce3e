/** An option whose value is none of those that there are. */

import { TroupeError } from '@troupe/protocol';

export function unknownOption(option: string, known: readonly string[], got: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_CHECK_OPTIONS',
    `Expected ${option} to be one of ${known.join(', ')}, got ${String(got)}.`,
    {
      data: { option },
    },
  );
}
