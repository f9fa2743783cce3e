/** A thread that goes into an addon, so to speak, stays there until it is let go, and comes back for another call. */

import { isMainThread, workerData } from 'node:worker_threads';
import { ThreadGate } from './thread-gate.ts';

/** Words that the thread shares with its test. */
export const Word = { Calls: 0, MayLeave: 1, Left: 2 } as const;

if (!isMainThread) comeAndGo(workerData);

function comeAndGo({ memory, words }: { readonly memory: SharedArrayBuffer; readonly words: Int32Array }): never {
  const gate = new ThreadGate(memory);
  for (;;) {
    gate.enter();
    // A call within the call.
    gate.enter();
    Atomics.add(words, Word.Calls, 1);
    Atomics.notify(words, Word.Calls);
    Atomics.wait(words, Word.MayLeave, 0);
    gate.leave();
    gate.leave();
    Atomics.store(words, Word.Left, 1);
    Atomics.notify(words, Word.Left);
  }
}
