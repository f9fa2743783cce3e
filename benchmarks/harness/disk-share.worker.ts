/** Looks again and again at the threads of the process, and counts how often one of them sleeps until the disk has answered. */
import { openSync, readdirSync, readSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const PAUSE_MILLISECONDS = 1;
/** Samples after which the threads are listed anew. */
const LISTING = 64;

const counts = new Int32Array(workerData as SharedArrayBuffer);
const buffer = Buffer.alloc(64);
const byThread = new Map<string, number>();

for (let sample = 0; ; sample++) {
  if (sample % LISTING === 0) list();
  if (isWaiting()) Atomics.add(counts, 1, 1);
  Atomics.add(counts, 0, 1);
  Atomics.wait(counts, 2, 0, PAUSE_MILLISECONDS);
}

/** A line of `/proc/self/task/…/stat` begins with a number, a name in brackets, and a state: D sleeps until a disk answers. */
function isWaiting(): boolean {
  for (const [thread, file] of byThread) {
    try {
      if (buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)).includes(') D ')) return true;
    } catch {
      byThread.delete(thread);
    }
  }
  return false;
}

function list(): void {
  for (const thread of readdirSync('/proc/self/task'))
    if (!byThread.has(thread)) byThread.set(thread, openSync(`/proc/self/task/${thread}/stat`, 'r'));
}
