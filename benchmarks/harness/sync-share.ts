import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/**
 * For how much of the time some thread of this process waits for the disk to sync: seen from outside, by a thread that
 * samples the kernel's system calls each millisecond, and so the same for every subject. NaN where the kernel does not show them.
 */
export class SyncShare {
  private readonly counts = new Int32Array(new SharedArrayBuffer(12));
  private readonly worker: Worker | undefined;

  constructor() {
    if (!existsSync('/proc/self/syscall')) return;
    this.worker = new Worker(new URL('./sync-share.worker.ts', import.meta.url), { workerData: this.counts.buffer });
    this.worker.unref();
  }

  /** @returns percent of the samples taken while the work ran */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly percent: number }> {
    const [samples, syncing] = this.read();
    const result = await work();
    const [samplesAfter, syncingAfter] = this.read();
    return { result, percent: (100 * (syncingAfter - syncing)) / (samplesAfter - samples) };
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private read(): readonly [samples: number, syncing: number] {
    return [Atomics.load(this.counts, 0), Atomics.load(this.counts, 1)];
  }
}
