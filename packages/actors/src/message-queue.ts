/**
 * A growing ring of messages, three slots each: kind, payload, origin. No object is made for a message.
 *
 * Its bound is the mailbox's capacity, which the cell keeps; a queue that drains after a flood gives its memory back.
 */

import type { Origin } from './cell.ts';
import { Held } from './held.ts';

/** Where a message is put that is taken, or looked at. */
export class Taken {
  kind = 0;
  payload: unknown = undefined;
  origin: Origin = undefined;
}

const STRIDE = 3;
const INITIAL = 8;
/** Messages; a larger ring is let go when it runs empty. */
const KEPT = 1_024;

export class MessageQueue {
  private slots: unknown[] = new Array(INITIAL * STRIDE).fill(undefined);
  private mask = INITIAL - 1;
  private head = 0;
  size = 0;
  /** The message that `shift` took. */
  kind = 0;
  payload: unknown = undefined;
  origin: Origin = undefined;

  push(kind: number, payload: unknown, origin: Origin): void {
    if (this.size > this.mask) this.resize(this.slots.length * 2);
    const at = ((this.head + this.size) & this.mask) * STRIDE;
    const slots = this.slots;
    slots[at] = kind;
    slots[at + 1] = payload;
    slots[at + 2] = origin;
    this.size++;
  }

  /** Takes the oldest message into `kind`, `payload`, `origin`. Call only where `size > 0`. */
  shift(): void {
    const at = this.head * STRIDE;
    const slots = this.slots;
    this.kind = slots[at] as number;
    this.payload = slots[at + 1];
    this.origin = slots[at + 2] as Origin;
    slots[at + 1] = undefined;
    slots[at + 2] = undefined;
    this.head = (this.head + 1) & this.mask;
    if (--this.size === 0 && this.mask >= KEPT) {
      this.slots = new Array(INITIAL * STRIDE).fill(undefined);
      this.mask = INITIAL - 1;
      this.head = 0;
    }
  }

  unshift(kind: number, payload: unknown, origin: Origin): void {
    if (this.size > this.mask) this.resize(this.slots.length * 2);
    this.head = (this.head - 1) & this.mask;
    const at = this.head * STRIDE;
    this.slots[at] = kind;
    this.slots[at + 1] = payload;
    this.slots[at + 2] = origin;
    this.size++;
  }

  kindAt(index: number): number {
    return this.slots[((this.head + index) & this.mask) * STRIDE] as number;
  }

  payloadAt(index: number): unknown {
    return this.slots[((this.head + index) & this.mask) * STRIDE + 1];
  }

  /** All messages, oldest first; each stands in the same object. */
  *all(): Iterable<Taken> {
    const taken = new Taken();
    for (let index = 0; index < this.size; index++) {
      const at = ((this.head + index) & this.mask) * STRIDE;
      taken.kind = this.slots[at] as number;
      taken.payload = this.slots[at + 1];
      taken.origin = this.slots[at + 2] as Origin;
      yield taken;
    }
  }

  /** The message's memory is not needed any more, where a host keeps it. */
  letGoAt(index: number): void {
    const at = ((this.head + index) & this.mask) * STRIDE;
    const origin = this.slots[at + 2];
    if (origin instanceof Held) origin.end();
  }

  replaceAt(index: number, kind: number, payload: unknown, origin: Origin): void {
    const at = ((this.head + index) & this.mask) * STRIDE;
    this.slots[at] = kind;
    this.slots[at + 1] = payload;
    this.slots[at + 2] = origin;
  }

  /** Takes a message out of the middle, into `kind`, `payload`, `origin`. Linear. */
  removeAt(index: number): void {
    const { slots, mask } = this;
    const at = ((this.head + index) & mask) * STRIDE;
    const [kind, payload, origin] = [slots[at] as number, slots[at + 1], slots[at + 2] as Origin];
    for (let i = index; i > 0; i--) {
      const to = ((this.head + i) & mask) * STRIDE;
      const from = ((this.head + i - 1) & mask) * STRIDE;
      slots[to] = slots[from];
      slots[to + 1] = slots[from + 1];
      slots[to + 2] = slots[from + 2];
    }
    this.shift();
    this.kind = kind;
    this.payload = payload;
    this.origin = origin;
  }

  private resize(length: number): void {
    const slots = new Array(length).fill(undefined);
    for (let i = 0; i < this.size; i++) {
      const at = ((this.head + i) & this.mask) * STRIDE;
      slots[i * STRIDE] = this.slots[at];
      slots[i * STRIDE + 1] = this.slots[at + 1];
      slots[i * STRIDE + 2] = this.slots[at + 2];
    }
    this.slots = slots;
    this.mask = length / STRIDE - 1;
    this.head = 0;
  }
}
