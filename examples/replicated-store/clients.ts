/** Clients that use the store without pause, and write down what they did and saw. */

import { type Call, type History, HistoryRecorder } from 'troupe/check';
import type { KeyValueStore } from 'troupe/raft';

const KEYS = 10;

export class Clients {
  acknowledged = 0;
  /** Of those that got no answer, what is not known to have happened. */
  unknown = 0;
  private readonly store: KeyValueStore;
  private readonly recorder = new HistoryRecorder<Call, unknown>();
  private readonly running: Promise<unknown>;
  private isOver = false;
  private written = 0;
  private acknowledgedAt = performance.now();
  private longestPause = 0;

  constructor(store: KeyValueStore, count: number, milliseconds: number) {
    this.store = store;
    this.running = Promise.all(Array.from({ length: count }, (_, client) => this.use(client, milliseconds)));
  }

  /** The longest time without an acknowledged write since this was last asked, or since the last write then. */
  takeLongestPause(): number {
    const pause = Math.max(this.longestPause, performance.now() - this.acknowledgedAt);
    this.longestPause = 0;
    return pause;
  }

  /** Resolves once something is acknowledged that was begun after the call. */
  async nextWrite(): Promise<void> {
    await this.store.put('probe', 0, { timeout: 60_000 });
  }

  async stop(): Promise<History<Call, unknown>> {
    this.isOver = true;
    await this.running;
    // What is there in the end is read through the same eyes.
    for (let key = 0; key < KEYS; key++) await this.call(`end-${key}`, { f: 'get', key: `k${key}` });
    return this.recorder.history();
  }

  private async use(client: number, pause: number): Promise<void> {
    let life = 0;
    while (!this.isOver) {
      // One that does not know what became of its last call goes on as another.
      if (!(await this.call(`c${client}-${life}`, this.choose()))) life++;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private choose(): Call {
    const key = `k${Math.floor(Math.random() * KEYS)}`;
    const kind = Math.floor(Math.random() * 4);
    if (kind === 0) return { f: 'get', key };
    const value = ++this.written;
    if (kind === 1) return { f: 'cas', key, value: [Math.floor(Math.random() * value), value] };
    return { f: 'put', key, value };
  }

  private async call(process: string, call: Call): Promise<boolean> {
    this.recorder.invoke(process, call);
    try {
      this.recorder.ok(process, await this.done(call));
      return true;
    } catch {
      this.unknown++;
      this.recorder.info(process);
      return false;
    }
  }

  private async done({ f, key: named, value }: Call): Promise<unknown> {
    const key = String(named);
    if (f === 'get') return (await this.store.get(key))?.value ?? null;
    let output: unknown = null;
    if (f === 'put') await this.store.put(key, value);
    else {
      const [from, to] = value as [number, number];
      const { revision } = await this.store.compareAndSet(key, { value: from }, to);
      output = revision !== null;
    }
    const now = performance.now();
    this.longestPause = Math.max(this.longestPause, now - this.acknowledgedAt);
    this.acknowledgedAt = now;
    this.acknowledged++;
    return output;
  }
}
