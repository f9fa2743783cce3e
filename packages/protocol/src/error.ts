/**
 * The one error class of Troupe: a stable code, what was expected and what came, and what to do next.
 *
 * Every package lists its codes in its own `errors.ts`; the table in the documentation is made from them.
 */

export type ErrorCode = `TROUPE_${string}`;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Facts for programs, as plain data: the undelivered message, the path to a bad value, the target. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export class TroupeError extends Error {
  override readonly name: string = 'TroupeError';
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.data = details.data ?? {};
  }
}

/** Also of one that came from another thread: it has the same fields, and is of no class of this thread. */
export function isTroupeError(error: unknown, code?: ErrorCode): error is TroupeError {
  if (!(error instanceof Error)) return false;
  const { code: got, data } = error as Partial<TroupeError>;
  if (typeof got !== 'string' || !got.startsWith('TROUPE_') || typeof data !== 'object' || data === null) return false;
  return code === undefined || got === code;
}
