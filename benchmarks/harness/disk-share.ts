import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/**
 * For how much of the time some thread of this process sleeps until the disk has answered: seen by a thread that looks
 * at the others each millisecond, and so the same for every subject. NaN where the kernel does not show threads.
 */
export class DiskShare {
  private readonly counts = new Int32Array(new SharedArrayBuffer(12));
  private readonly worker: Worker | undefined;

  constructor() {
    if (!existsSync('/proc/self/task')) return;
    this.worker = new Worker(new URL('./disk-share.worker.ts', import.meta.url), { workerData: this.counts.buffer });
    this.worker.unref();
  }

  /** @returns percent of the samples taken while the work ran */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly percent: number }> {
    const [samples, waiting] = this.read();
    const result = await work();
    const [samplesAfter, waitingAfter] = this.read();
    return { result, percent: (100 * (waitingAfter - waiting)) / (samplesAfter - samples) };
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private read(): readonly [samples: number, waiting: number] {
    return [Atomics.load(this.counts, 0), Atomics.load(this.counts, 1)];
  }
}
