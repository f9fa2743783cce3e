/**
 * The held frames of a ring that redelivers: which are begun, which are released, and how far head may go.
 *
 * The marks stand in the frames' own headers, in shared memory, and head only advances over a prefix of spent frames. So
 * whatever was not released when a thread died still lies between head and tail, and a new reader finds it. `begun` marks
 * count attempts: a host that redelivers only what no handler had begun releases a frame at its beginning and never marks;
 * one that also redelivers what was begun and not ended marks at the beginning, releases at the end, and sees in the
 * attempts whether a message has killed its node twice.
 *
 * One unreleased frame would pin all behind it. When a quarter of the ring is spent behind one, the oldest held frames move
 * to the spill area, until an eighth is.
 *
 * A handle is a position in the ring as a number that does not wrap, or a negative number for a survivor from the spill area.
 */
import type { FrameView } from './frame-view.ts';
import type { Spill } from './spill.ts';

const SPENT_SHARE_MAX = 4;
const SPENT_SHARE_AFTER_SPILL = 8;

export class Holding {
  readonly spill: Spill;
  readonly #view: FrameView;
  readonly #size: number;
  /** Handle of what is read next; a parked frame, which has no verdict yet, counts as not read. */
  #read: number;
  /** Handle before which everything is spent. */
  #head: number;
  #spentBytes = 0;
  /** Frames between head and read. */
  #frames = 0;
  #givenUp = 0;
  #spilled = 0;
  #strays = 0;

  constructor(view: FrameView, size: number, spill: Spill, head: number) {
    this.#view = view;
    this.#size = size;
    this.spill = spill;
    this.#head = head >>> 0;
    this.#read = this.#head;
  }

  /** As the position that is published. */
  get head(): number {
    return this.#head | 0;
  }

  /** Times that a foreign hand changed a held frame, so that nothing read by then is held any more. */
  get givenUp(): number {
    return this.#givenUp;
  }

  get spilled(): number {
    return this.#spilled;
  }

  /** Releases of what was not held. */
  get strays(): number {
    return this.#strays;
  }

  /** Frames read that are not freed. */
  get frames(): number {
    return this.#frames;
  }

  /** Moves past a frame, or padding (`frames` 0), and gives its handle. */
  reads(span: number, frames: 0 | 1): number {
    const handle = this.#read;
    this.#read += span;
    this.#frames += frames;
    return handle;
  }

  /** Takes back the last `reads` of a frame. */
  unreads(span: number): void {
    this.#read -= span;
    this.#frames--;
  }

  begin(handle: number): void {
    const spilled = this.spill.offsetOf(handle);
    if (spilled !== undefined) this.spill.view.markBegun(spilled);
    else if (this.#isHeld(handle)) this.#view.markBegun(handle & (this.#size - 1));
    else this.#strays++;
  }

  release(handle: number): void {
    if (this.spill.offsetOf(handle) !== undefined) {
      this.spill.release(handle);
      return;
    }
    if (!this.#isHeld(handle)) {
      this.#strays++;
      return;
    }
    const offset = handle & (this.#size - 1);
    if (!this.#view.isSpent(offset)) {
      this.#view.markReleased(offset);
      this.#spentBytes += this.#view.span(offset, this.#size - offset);
    }
    this.advance();
  }

  /** Counts what was found spent, padding for instance, and moves head over it if it can. */
  settle(span: number): void {
    this.#spentBytes += span;
    this.advance();
  }

  /** Frees the ring of what pins too much of it. Never while a frame is being offered. */
  relieve(): void {
    if (this.#spentBytes <= this.#size / SPENT_SHARE_MAX) return;
    while (this.#spentBytes > this.#size / SPENT_SHARE_AFTER_SPILL && this.#spillOldest()) this.advance();
  }

  /**
   * After a death: the frames up to tail that are not spent. One of which the dead reader had a copy in the spill area,
   * `lastSpilled`, and which it had not marked yet, is marked now.
   */
  countSurvivors(tail: number, lastSpilled: number | undefined): number {
    let survivors = 0;
    for (let position = this.head; position !== tail; ) {
      const offset = position & (this.#size - 1);
      const span = this.#view.span(offset, Math.min((tail - position) | 0, this.#size - offset));
      if (span < 8) break;
      if (!this.#view.isSpent(offset)) {
        const isCopied = lastSpilled !== undefined && this.spill.isCopyOf(lastSpilled, position, this.#view, offset);
        if (isCopied) this.#view.markReleased(offset);
        else survivors++;
      }
      position = (position + span) | 0;
    }
    return survivors;
  }

  /** Moves head over what is spent. */
  advance(): void {
    while (this.#head < this.#read) {
      const offset = this.#head & (this.#size - 1);
      const span = this.#view.span(offset, this.#size - offset);
      if (span < 8 || span > this.#read - this.#head) {
        // Sound when it was read, so another thread has written over it.
        this.#givenUp++;
        this.#spentBytes = 0;
        this.#frames = 0;
        this.#head = this.#read;
        return;
      }
      if (!this.#view.isSpent(offset)) return;
      if (!this.#view.isPadding(offset)) this.#frames--;
      this.#head += span;
      this.#spentBytes -= span;
    }
    this.#spentBytes = 0;
    this.#frames = 0;
  }

  #isHeld(handle: number): boolean {
    if (handle < this.#head || handle >= this.#read || handle % 8 !== 0) return false;
    const offset = handle & (this.#size - 1);
    return this.#view.span(offset, this.#size - offset) >= 8;
  }

  #spillOldest(): boolean {
    if (this.#head >= this.#read) return false;
    const offset = this.#head & (this.#size - 1);
    const span = this.#view.span(offset, this.#size - offset);
    if (span < 8 || !this.spill.add(this.#head, this.#view, offset, span)) return false;
    // The copy stands before the original is spent: a death in between leaves both, and recovery drops one.
    this.#view.markReleased(offset);
    this.#spentBytes += span;
    this.#spilled++;
    return true;
  }
}
