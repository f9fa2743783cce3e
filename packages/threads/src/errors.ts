/** The error codes of nodes on threads: what each means, and what to do. */

import { TroupeError } from '@troupe/protocol';

export const THREAD_ERRORS = {
  TROUPE_NODE_START:
    'A node could not start. The cause says why; a loader or an option of the worker is the usual one.',
  TROUPE_NODE_VERSION: 'This Node is too old to run a system. The message says which to take.',
  TROUPE_NODE_CALL: 'A node did not answer on the control plane in time: it hangs, or has ended.',
  TROUPE_SYSTEM_IN_NODE:
    'A program that makes a system was loaded by a node of a system. Move the actors to a module of their own, or make the system only in the main thread (isMainThread).',
} as const satisfies Record<`TROUPE_${string}`, string>;

export type ThreadErrorCode = keyof typeof THREAD_ERRORS | 'TROUPE_NODE_UNKNOWN' | 'TROUPE_NODE_DOWN';

export function threadError(
  code: ThreadErrorCode,
  message: string,
  data?: Readonly<Record<string, unknown>>,
  cause?: unknown,
): TroupeError {
  return new TroupeError(code, message, {
    ...(data === undefined ? {} : { data }),
    ...(cause === undefined ? {} : { cause }),
  });
}
