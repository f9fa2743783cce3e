/**
 * LMDB's addon must not be entered by a thread that is being ended, nor be ended within: Node aborts the whole process where
 * an addon can't throw any more, and a write transaction that a thread was ended in is never let go.
 *
 * So a thread that others may end has a guard, which these others wait for. A node of Troupe has one; for threads of your
 * own `ThreadGate` of `@troupe/threads` makes one. The main thread needs none: it is ended between tasks.
 */

export interface ThreadGuard {
  /** Does not return where the thread is being ended. */
  enter(): void;
  leave(): void;
}

const GUARD: unique symbol = Symbol.for('troupe.thread-guard') as never;
const NONE: ThreadGuard = { enter: () => {}, leave: () => {} };

export function threadGuard(): ThreadGuard {
  return (globalThis as { [GUARD]?: ThreadGuard })[GUARD] ?? NONE;
}

export function guarded<T>(guard: ThreadGuard, call: () => T): T {
  guard.enter();
  try {
    return call();
  } finally {
    guard.leave();
  }
}

/** For calls that the addon ends in a task of its own. */
export async function guardedToItsEnd<T>(guard: ThreadGuard, call: () => Promise<T>): Promise<T> {
  guard.enter();
  try {
    return await call();
  } finally {
    guard.leave();
  }
}
