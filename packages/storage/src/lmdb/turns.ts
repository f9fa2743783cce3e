/** Work that takes long is a generator, which yields wherever it may pause. Whoever drives it says whether it does. */

import { setImmediate } from 'node:timers/promises';

/** The event loop is let go after so long. */
const TURN_MILLISECONDS = 5;

export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  let begin = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - begin < TURN_MILLISECONDS) continue;
    await setImmediate();
    begin = performance.now();
  }
}

export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
