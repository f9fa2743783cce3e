/** The bones of a thrown value, for where it can't cross as it is: class name, message, stack and code. Never throws. */
export function plainError(thrown: unknown): Error {
  try {
    if (!(thrown instanceof Error)) return new Error(String(thrown));
    const { name, message, stack } = thrown;
    const code = (thrown as { code?: unknown }).code;
    const bones = Object.assign(
      new Error(String(message)),
      typeof code === 'string' || typeof code === 'number' ? { code } : {},
    );
    Object.defineProperty(bones, 'name', {
      value: String(name),
      configurable: true,
      writable: true,
      enumerable: false,
    });
    if (typeof stack === 'string') bones.stack = stack;
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
