/** ENOSPC, EFBIG, EDQUOT, as Node and as LMDB tell them; LMDB's map could not grow. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EFBIG', 'EDQUOT', 28, 27, 122, -28, -27, -122, -30792]);

export function isFull(error: unknown): boolean {
  return FULL.has((error as { code?: unknown }).code);
}
