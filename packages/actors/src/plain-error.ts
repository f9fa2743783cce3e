/** Causes of causes that are kept. */
const CAUSES_MAX = 8;

/**
 * The bones of a thrown value, for where it can't cross as it is: class name, message, stack, code, and those of its causes.
 * `refused` is why it can't: its message becomes the property `unsent`, so that nothing is left out in silence. Never throws.
 */
export function plainError(thrown: unknown, refused?: unknown): Error {
  const bones = bonesOf(thrown, CAUSES_MAX);
  if (refused !== undefined) Object.assign(bones, { unsent: bonesOf(refused, 0).message });
  return bones;
}

function bonesOf(thrown: unknown, causes: number): Error {
  try {
    if (!(thrown instanceof Error)) return new Error(String(thrown));
    const { name, message, stack, cause } = thrown;
    const code = (thrown as { code?: unknown }).code;
    const bones = Object.assign(
      new Error(String(message)),
      typeof code === 'string' || typeof code === 'number' ? { code } : {},
    );
    hide(bones, 'name', String(name));
    if (typeof stack === 'string') bones.stack = stack;
    if (cause instanceof Error && causes > 0) hide(bones, 'cause', bonesOf(cause, causes - 1));
    else if (typeof cause === 'string') hide(bones, 'cause', cause);
    return bones;
  } catch {
    return new Error('a value was thrown that could not be read');
  }
}

/** What was thrown; its bones where it can't even be looked at, such as a proxy whose traps throw. */
export function readable(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void [thrown.name, thrown.message, thrown.cause, (thrown as { code?: unknown }).code];
    return thrown;
  } catch {
    return plainError(thrown);
  }
}

/** Sets it as errors have it: not enumerable. */
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
