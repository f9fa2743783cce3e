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
  /** Of these, those that are not released: this side's own count, whatever the marks in shared memory say. */
  #unreleased = 0;
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
    this.#unreleased += frames;
    return handle;
  }

  /** Takes back the last `reads` of a frame. */
  unreads(span: number): void {
    this.#read -= span;
    this.#frames--;
    this.#unreleased--;
  }

  begin(handle: number): void {
    const spilled = this.spill.offsetOf(handle);
    if (spilled !== undefined) this.spill.view.markBegun(spilled);
    else if (this.#isHeld(handle)) this.#view.markBegun(handle & (this.#size - 1));
    else this.#strays++;
  }

  /** Once for each frame. */
  release(handle: number): void {
    if (this.spill.offsetOf(handle) !== undefined) {
      this.spill.release(handle);
      return;
    }
    // Also one that was changed since it was read.
    if (handle >= this.#head && handle < this.#read) this.#letGo();
    const offset = handle & (this.#size - 1);
    if (!this.#isHeld(handle)) this.#strays++;
    else if (!this.#view.isSpent(offset)) {
      this.#view.markReleased(offset);
      this.#spentBytes += this.#view.span(offset, this.#size - offset);
    }
    this.advance();
  }

  /** Counts what was found spent, padding (`frames` 0) or a frame, and moves head over it if it can. */
  settle(span: number, frames: 0 | 1): void {
    this.#spentBytes += span;
    if (frames === 1) this.#letGo();
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
        this.#giveUp();
        return;
      }
      if (!this.#view.isSpent(offset)) {
        // Marked, or of another length, when it was last looked at: a foreign hand, which would pin the ring for ever.
        if (this.#unreleased === 0) this.#giveUp();
        return;
      }
      if (!this.#view.isPadding(offset)) this.#frames--;
      this.#head += span;
      this.#spentBytes -= span;
    }
    this.#spentBytes = 0;
    this.#frames = 0;
    this.#unreleased = 0;
  }

  #letGo(): void {
    if (this.#unreleased > 0) this.#unreleased--;
  }

  #giveUp(): void {
    this.#givenUp++;
    this.#spentBytes = 0;
    this.#frames = 0;
    this.#unreleased = 0;
    this.#head = this.#read;
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
    this.#letGo();
    this.#spilled++;
    return true;
  }
}
