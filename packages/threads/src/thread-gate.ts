/**
 * Keeps whoever ends a thread out while that thread is inside of a native addon. Node aborts the whole process where an
 * addon can't throw any more since its thread is being ended, and a lock that an addon took in a thread that was ended may be
 * held for ever.
 *
 * One word of shared memory excludes the two: the thread marks it where it goes in, and the other where it closes it. What
 * is inside comes out, and is ended then; what comes to a closed gate waits there for its end.
 */

import type { Worker } from 'node:worker_threads';

const INSIDE = 1;
const CLOSED = 2;
/** How long a call of an addon is waited for. After that its thread is ended all the same. Milliseconds. */
const CALL_LIMIT = 10_000;
/** The same at the end of the process, for all threads together. Milliseconds. */
const EXIT_LIMIT = 1_000;
const POLL = 1;

/** Well known, so that whoever guards an addon needs to know neither threads nor hosts. */
const GUARD: unique symbol = Symbol.for('troupe.thread-guard') as never;

export class ThreadGate {
  /** To be passed to the thread. */
  readonly memory: SharedArrayBuffer;
  private readonly word: Int32Array;
  /** Calls within one another, and beside one another where they await. */
  private depth = 0;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.word = new Int32Array(memory);
  }

  /** On the thread itself, before it loads an addon: from now on packages that know of gates enter this one. */
  guardThisThread(): void {
    (globalThis as { [GUARD]?: ThreadGate })[GUARD] = this;
  }

  /** A call of an addon begins. Does not return where the thread is being ended. */
  enter(): void {
    if (this.depth++ > 0) return;
    if (Atomics.compareExchange(this.word, 0, 0, INSIDE) === 0) return;
    for (;;) Atomics.wait(this.word, 0, CLOSED);
  }

  /** The call has returned. */
  leave(): void {
    if (--this.depth > 0) return;
    if (Atomics.and(this.word, 0, ~INSIDE) !== INSIDE) Atomics.notify(this.word, 0);
  }

  /** On the thread that owns the other: the process, when it exits, ends its threads wherever they are, so this closes first. */
  closeAtExit(worker: Worker): void {
    if (atExit.size === 0) process.on('exit', closeAll);
    atExit.add(this);
    worker.once('exit', () => {
      atExit.delete(this);
      if (atExit.size === 0) process.off('exit', closeAll);
    });
  }

  /** Ends the thread that has this gate, outside of any addon. Resolves to its exit code. @param limit milliseconds */
  async terminate(worker: Worker, limit: number = CALL_LIMIT): Promise<number> {
    // Timers keep the process alive meanwhile; Atomics.waitAsync would not. The id of a thread that has ended is -1.
    const end = performance.now() + limit;
    while (!this.close() && worker.threadId !== -1 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, POLL));
    return worker.terminate();
  }

  /** Lets the thread into no addon any more. Whether it is in none now. */
  close(): boolean {
    return (Atomics.or(this.word, 0, CLOSED) & INSIDE) === 0;
  }

  /** As `close`, and holds up its caller until the thread has come out. @param limit milliseconds */
  closeAndWait(limit: number): void {
    if (!this.close()) Atomics.wait(this.word, 0, INSIDE | CLOSED, limit);
  }
}

const atExit = new Set<ThreadGate>();

function closeAll(): void {
  const end = performance.now() + EXIT_LIMIT;
  for (const gate of atExit) gate.closeAndWait(Math.max(0, end - performance.now()));
}
