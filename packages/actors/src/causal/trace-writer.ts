/**
 * Writes events into a trace's memory: a few words each, and no object. Only its node writes.
 *
 * What is large hides in private names: whoever compares two refs deeply, as tests do, comes as far as here.
 */

import type { Vector } from '@troupe/clocks';
import { Encoder, type ValueInspector } from '@troupe/codec';
import type { Interface } from '../interface.ts';
import type { ActorRef } from '../ref.ts';
import {
  HEAD_BYTES,
  Head,
  OTHER_TEXT,
  Real,
  type RecordedKind,
  SLOT_BYTES,
  StampForm,
  slotBytes,
  TEXT_LENGTH_MAX,
  TEXT_UNITS,
  TRACE_KINDS,
  type TraceMemory,
  textsAt,
  VECTOR_ENTRY_BYTES,
  Word,
} from './trace-memory.ts';

const CODES = Object.fromEntries(TRACE_KINDS.map((kind, code) => [kind, code])) as {
  readonly [K in RecordedKind]: number;
};
const OTHER = 1;

/** Each frame stands for itself: the slots before it may be gone. */
const UNANNOUNCED = { append: () => false, rewind: () => {} };

export class TraceWriter {
  #slots = 0;
  #stride = 0;
  #words!: Int32Array;
  #reals!: Float64Array;
  #bytes!: Uint8Array;
  #units!: Uint16Array;
  readonly #encoder: Encoder;
  readonly #types = new Map<Interface, number>();
  readonly #texts = new Map<string, number>([['', 0]]);
  #textUnits = 0;
  #count = 0;
  /** Of the slot being written, in int32 words. */
  #base = 0;

  constructor(memory: TraceMemory, inspector: ValueInspector) {
    this.attach(memory);
    this.#encoder = new Encoder({ inspector });
    this.#encoder.logTo(UNANNOUNCED);
    this.textOf(OTHER_TEXT);
  }

  /** From now on nobody sees what it writes. */
  detach(): void {
    this.attach({ bytes: this.#bytes.slice().buffer, slots: this.#slots, stampBytes: this.#stride - SLOT_BYTES });
  }

  private attach(memory: TraceMemory): void {
    const { bytes, slots } = memory;
    this.#slots = slots;
    this.#stride = slotBytes(memory);
    this.#words = new Int32Array(bytes);
    this.#reals = new Float64Array(bytes, 0, textsAt(memory) / 8);
    this.#bytes = new Uint8Array(bytes);
    this.#units = new Uint16Array(bytes, textsAt(memory), TEXT_UNITS);
  }

  /** Begins an event; what it does not say is none. `end` makes it seen. */
  begin(kind: RecordedKind, at: number, lamport: number, stamp: unknown): void {
    const words = this.#words;
    const reals = this.#reals;
    const stride = this.#stride;
    const start = HEAD_BYTES + (this.#count % this.#slots) * stride;
    const base = start >> 2;
    this.#base = base;
    for (let word = 0; word <= Word.StampForm; word++) words[base + word] = 0;
    words[base + Word.Kind] = CODES[kind];
    const real = start >> 3;
    reals[real + Real.Lamport] = lamport;
    reals[real + Real.At] = at;
    reals[real + Real.Number] = 0;
    if (stamp === undefined || stride === SLOT_BYTES) return;
    const stampAt = start + SLOT_BYTES;
    if (stamp instanceof Map) {
      words[base + Word.StampForm] = StampForm.Vector;
      words[base + Word.StampBytes] = this.vector(stamp, stampAt, stride - SLOT_BYTES);
      return;
    }
    const end = this.#encoder.encodeInto(stamp, this.#bytes, stampAt, start + stride);
    if (end > 0) words[base + Word.StampBytes] = end - stampAt;
  }

  end(): void {
    this.#reals[0] = ++this.#count;
    Atomics.store(this.#words, Head.Count, this.#count | 0);
  }

  text(text: string): void {
    this.#words[this.#base + Word.Text] = this.textOf(text);
  }

  peer(node: number): void {
    this.#words[this.#base + Word.Peer] = node + 1;
  }

  /** @param at `Word.Actor` or `Word.Target` */
  actor(at: number, ref: ActorRef): void {
    const words = this.#words;
    const word = this.#base + at;
    words[word] = this.#types.get(ref.interface) ?? this.typeOf(ref.interface);
    words[word + 1] = ref.name === undefined ? 0 : this.textOf(ref.name);
    words[word + 2] = ref.id || (ref.cell?.serial ?? 0);
  }

  /** The message that it is about. */
  message(frame: number, node: number, life: number, number: number): void {
    const words = this.#words;
    const base = this.#base;
    words[base + Word.Frame] = frame;
    words[base + Word.Sender] = node + 1;
    words[base + Word.SenderLife] = life;
    this.#reals[(base >> 1) + Real.Number] = number;
  }

  /** Encoded as any other value it would cost ten times as much. @returns its bytes; 0 where there is no room */
  private vector(stamp: Vector, at: number, room: number): number {
    const bytes = stamp.size * VECTOR_ENTRY_BYTES;
    if (bytes > room) return 0;
    let to = at;
    for (const [node, count] of stamp) {
      const text = this.textOf(node);
      if (text === OTHER) return 0;
      this.#words[to >> 2] = text;
      this.#reals[(to >> 3) + 1] = count;
      to += VECTOR_ENTRY_BYTES;
    }
    return bytes;
  }

  /** Its name is made of its key each time. */
  private typeOf(of: Interface): number {
    const index = this.textOf(of.name);
    if (index !== OTHER) this.#types.set(of, index);
    return index;
  }

  private textOf(text: string): number {
    return this.#texts.get(text) ?? this.newText(text);
  }

  private newText(text: string): number {
    const length = Math.min(text.length, TEXT_LENGTH_MAX);
    const at = this.#textUnits;
    if (at + 1 + length > TEXT_UNITS) return OTHER;
    this.#units[at] = length;
    for (let unit = 0; unit < length; unit++) this.#units[at + 1 + unit] = text.charCodeAt(unit);
    this.#textUnits = at + 1 + length;
    this.#words[Head.TextUnits] = this.#textUnits;
    const index = this.#texts.size;
    this.#texts.set(text, index);
    return index;
  }
}
