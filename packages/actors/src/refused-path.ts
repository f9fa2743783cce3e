/** Where in a value something was refused, as its sender sees it, on whatever node the receiver is. */

import { isTroupeError, TroupeError } from '@troupe/protocol';

/** A value was refused inside what was sent instead of it: the part of the path up to the value gets the value's own name. */
export function fromRoot(error: unknown, inside: string, root: string): unknown {
  if (!isTroupeError(error, 'TROUPE_VALUE_REFUSED')) return error;
  const { path } = error.data;
  if (typeof path !== 'string' || !path.startsWith(inside)) return error;
  const seen = root + path.slice(inside.length);
  return new TroupeError(
    error.code,
    error.message.replace(` at ${path}, got`, () => ` at ${seen}, got`),
    { data: { ...error.data, path: seen }, ...(error.cause === undefined ? {} : { cause: error.cause }) },
  );
}
