/**
 * A single-producer single-consumer ring in shared memory, as fast as plain JavaScript allows and no more:
 * it trusts both sides, so no frame is checked and a dead peer is not noticed. To show a limit, not for use.
 *
 * Positions count bytes, wrap at 2^32 and are masked by the ring's size. Each control word has cache lines of its own.
 * A frame is its length (int32), four spare bytes and its payload, which msgpackr wants aligned to 8 bytes;
 * a length of -1 skips to the ring's start.
 */
import type { FrameCodec } from './frame-codec.ts';

export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

const RING_BYTES = 1 << 20;
/** The largest frame, above the 2 KiB that msgpackr wants free behind it. */
const FRAME_BYTES_MAX = 4_096;
const HEADER_BYTES = 8;
const WORDS_APART = 32;
const TAIL = 0;
const HEAD = WORDS_APART;
const READER_SLEEPS = 2 * WORDS_APART;
const WRITER_SLEEPS = 3 * WORDS_APART;
const SKIP = -1;
/** Some 100 µs: past any hand-over between two cores, and soon enough where both threads share one. */
const SPINS_BEFORE_SLEEP = 10_000;
const SLEEP_MILLISECONDS = 1;

export function createRing(): RingMemory {
  return {
    control: new SharedArrayBuffer(4 * WORDS_APART * Int32Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(RING_BYTES),
  };
}

export class RingWriter<M> {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #codec: FrameCodec<M>;
  readonly #batch: number;
  #tail = 0;
  #headSeen = 0;
  #unpublished = 0;

  /** @param batch frames written before the reader may see them; `flush` shows the rest */
  constructor(memory: RingMemory, makeCodec: (data: SharedArrayBuffer) => FrameCodec<M>, batch: number) {
    this.#control = new Int32Array(memory.control);
    this.#words = new Int32Array(memory.data);
    this.#codec = makeCodec(memory.data);
    this.#batch = batch;
  }

  write(message: M): void {
    if (this.#free() < 2 * FRAME_BYTES_MAX) this.#waitForRoom();
    let offset = this.#tail & (RING_BYTES - 1);
    if (RING_BYTES - offset < FRAME_BYTES_MAX) {
      this.#words[offset >> 2] = SKIP;
      this.#tail = (this.#tail + RING_BYTES - offset) | 0;
      offset = 0;
    }
    const end = this.#codec.encode(message, offset + HEADER_BYTES);
    this.#words[offset >> 2] = end - offset - HEADER_BYTES;
    this.#tail = (this.#tail + aligned(end - offset)) | 0;
    if (++this.#unpublished >= this.#batch) this.flush();
  }

  flush(): void {
    this.#unpublished = 0;
    Atomics.store(this.#control, TAIL, this.#tail);
    wake(this.#control, READER_SLEEPS);
  }

  #free(): number {
    return RING_BYTES - ((this.#tail - this.#headSeen) | 0);
  }

  /** Spins, then sleeps until the reader has emptied half of the ring, so that it is not woken for each frame. */
  #waitForRoom(): void {
    this.flush();
    for (let spins = 0; ; spins++) {
      this.#headSeen = Atomics.load(this.#control, HEAD);
      if (this.#free() >= RING_BYTES / 2 || (spins < SPINS_BEFORE_SLEEP && this.#free() >= 2 * FRAME_BYTES_MAX)) return;
      if (spins < SPINS_BEFORE_SLEEP) continue;
      Atomics.store(this.#control, WRITER_SLEEPS, 1);
      Atomics.wait(this.#control, WRITER_SLEEPS, 1, SLEEP_MILLISECONDS);
      Atomics.store(this.#control, WRITER_SLEEPS, 0);
    }
  }
}

export class RingReader<M> {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #codec: FrameCodec<M>;
  #head = 0;

  constructor(memory: RingMemory, makeCodec: (data: SharedArrayBuffer) => FrameCodec<M>) {
    this.#control = new Int32Array(memory.control);
    this.#words = new Int32Array(memory.data);
    this.#codec = makeCodec(memory.data);
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#control, TAIL) === this.#head;
  }

  /** Handles what is published, at most `max` frames, and returns how many. */
  drain(handle: (message: M) => void, max = 1_024): number {
    const tail = Atomics.load(this.#control, TAIL);
    let done = 0;
    while (this.#head !== tail && done < max) {
      const offset = this.#head & (RING_BYTES - 1);
      const length = this.#words[offset >> 2] as number;
      if (length === SKIP) {
        this.#head = (this.#head + RING_BYTES - offset) | 0;
        continue;
      }
      const start = offset + HEADER_BYTES;
      handle(this.#codec.decode(start, start + length));
      this.#head = (this.#head + aligned(HEADER_BYTES + length)) | 0;
      done++;
    }
    if (done > 0) {
      Atomics.store(this.#control, HEAD, this.#head);
      if (((tail - this.#head) | 0) < RING_BYTES / 2) wake(this.#control, WRITER_SLEEPS);
    }
    return done;
  }

  /** Spins until there is a frame; after a while without one it blocks the thread, a millisecond at most. */
  waitBlocking(): void {
    for (let spins = 0; this.isEmpty; spins++) {
      if (spins < SPINS_BEFORE_SLEEP) continue;
      Atomics.store(this.#control, READER_SLEEPS, 1);
      if (this.isEmpty) Atomics.wait(this.#control, READER_SLEEPS, 1, SLEEP_MILLISECONDS);
      Atomics.store(this.#control, READER_SLEEPS, 0);
    }
  }
}

function aligned(bytes: number): number {
  return (bytes + 7) & ~7;
}

function wake(control: Int32Array, sleeper: number): void {
  if (Atomics.load(control, sleeper) === 0) return;
  Atomics.store(control, sleeper, 0);
  Atomics.notify(control, sleeper);
}
