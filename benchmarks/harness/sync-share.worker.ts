/**
 * Looks again and again at what each thread of the process waits for, and counts how often one of them is within a sync:
 * fdatasync, fsync, or a write through a descriptor that syncs each write.
 */
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { arch } from 'node:process';
import { workerData } from 'node:worker_threads';

const PAUSE_MILLISECONDS = 1;
/** Samples after which threads and descriptors are listed anew. */
const LISTING = 64;
const O_DSYNC = 0o10000;
const NUMBERS = arch === 'arm64' ? { sync: [82, 83], write: [66, 68] } : { sync: [74, 75], write: [18, 20] };

const counts = new Int32Array(workerData as SharedArrayBuffer);
const buffer = Buffer.alloc(256);
const byThread = new Map<string, number>();
let syncing = new Set<number>();

for (let sample = 0; ; sample++) {
  if (sample % LISTING === 0) list();
  let isSyncing = false;
  for (const [thread, file] of byThread) {
    try {
      isSyncing ||= isSync(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)));
    } catch {
      byThread.delete(thread);
    }
  }
  if (isSyncing) Atomics.add(counts, 1, 1);
  Atomics.add(counts, 0, 1);
  Atomics.wait(counts, 2, 0, PAUSE_MILLISECONDS);
}

/** A line of `/proc/self/task/…/syscall`: its number and its arguments in hexadecimal, or what the thread does instead. */
function isSync(line: string): boolean {
  const [number, first] = line.split(' ', 2);
  if (NUMBERS.sync.includes(Number(number))) return true;
  return NUMBERS.write.includes(Number(number)) && syncing.has(Number(first));
}

function list(): void {
  for (const thread of readdirSync('/proc/self/task'))
    if (!byThread.has(thread)) byThread.set(thread, openSync(`/proc/self/task/${thread}/syscall`, 'r'));
  const found = new Set<number>();
  for (const descriptor of readdirSync('/proc/self/fdinfo')) {
    try {
      const [, flags] = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? [];
      if ((Number.parseInt(flags ?? '0', 8) & O_DSYNC) !== 0) found.add(Number(descriptor));
    } catch {
      // The listing's own.
    }
  }
  syncing = found;
}
