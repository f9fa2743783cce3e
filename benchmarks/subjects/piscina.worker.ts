import { threadId } from 'node:worker_threads';
import type { Message } from '../messages.ts';

let count = 0;

export function inc(_message: Message): void {
  count++;
}

export function take(): number {
  const taken = count;
  count = 0;
  return taken;
}

export function echo(n: number): number {
  return n;
}

/** Waits until `expected` threads are here, and says which one this is. */
export function meet({
  meeting,
  expected,
}: {
  readonly meeting: SharedArrayBuffer;
  readonly expected: number;
}): number {
  const arrived = new Int32Array(meeting);
  Atomics.add(arrived, 0, 1);
  Atomics.notify(arrived, 0);
  for (let here = Atomics.load(arrived, 0); here < expected; here = Atomics.load(arrived, 0))
    Atomics.wait(arrived, 0, here);
  return threadId;
}
