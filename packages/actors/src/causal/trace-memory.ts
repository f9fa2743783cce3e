/**
 * The memory in which one life of a node records what happens on it: the last so many events, in slots of one size, and the
 * words that they use. It may be shared: then whoever supervises the node reads it at any time, also when the node hangs, and
 * when it is dead.
 *
 *   head (16 bytes)  events ever recorded (float64) | the same modulo 2^32, stored last | units of text used
 *   slots            see `Word` and `Real`; then the stamp, encoded
 *   texts            UTF-16 units: length, then so many
 *
 * A reader copies all of it and looks at the count before and after: slots that may have been written meanwhile are left out.
 */

import type { ClockKind } from './clock-option.ts';

export const HEAD_BYTES = 16;
/** Int32 words of a slot, and of the head. */
export const Word = {
  Kind: 0,
  Text: 1,
  /** Whose event it is: type, name, id; 0 where it is nobody that is an actor. */
  Actor: 2,
  /** The actor that a message is for: type, name, id. */
  Target: 5,
  /** The other node of a message, or the one that an event is about; and the node and life of a message's sender. Nodes count from 1. */
  Peer: 8,
  Sender: 9,
  SenderLife: 10,
  /** What sort of frame a message is. */
  Frame: 11,
  StampBytes: 12,
  StampForm: 13,
} as const;
/** Float64 words of a slot. */
export const Real = { Lamport: 7, At: 8, Number: 9 } as const;
export const SLOT_BYTES = 80;

export const Head = { Count: 2, TextUnits: 3 } as const;

/** A stamp as the codec has it; or a vector: for each entry its node, as a text (int32), at 8 bytes its count (float64). */
export const StampForm = { Encoded: 0, Vector: 1 } as const;
export const VECTOR_ENTRY_BYTES = 16;

/** All types, names, kinds and reasons of one life; what finds no room is told as `OTHER_TEXT`. */
export const TEXT_UNITS = 32_768;
export const TEXT_LENGTH_MAX = 120;
/** The first text of all; 0 is none. */
export const OTHER_TEXT = '…';

/** What can be recorded; a slot has its place in this list. */
export const TRACE_KINDS = [
  'start',
  'send',
  'receive',
  'begin',
  'end',
  'spawn',
  'stop',
  'fail',
  'restart',
  'timer',
  'node-down',
  'node-up',
] as const;
export type RecordedKind = (typeof TRACE_KINDS)[number];

export interface TraceMemory {
  readonly bytes: ArrayBufferLike;
  /** One more than the events that are kept: one may be being written. */
  readonly slots: number;
  /** Of a slot, for the encoded stamp: a multiple of 8; a stamp that needs more is left out. */
  readonly stampBytes: number;
}

/** Bytes that an entry of a vector takes, with a name of common length. */
const ENTRY_BYTES = 32;
const STAMP_BYTES_MAX = 4_096;

/** What stamps of a clock may take in a slot: of a vector, entries of two lives of each node. */
export function stampBytesOf(clock: ClockKind | undefined, nodes: number): number {
  if (clock === undefined) return 0;
  const entries = clock === 'vector' ? 2 * nodes : clock === 'matrix' ? 2 * nodes * (nodes + 1) : 2;
  return Math.min(64 + ENTRY_BYTES * entries, STAMP_BYTES_MAX);
}

export const slotBytes = ({ stampBytes }: TraceMemory): number => SLOT_BYTES + stampBytes;
export const textsAt = (memory: TraceMemory): number => HEAD_BYTES + memory.slots * slotBytes(memory);

/** @param limit events that are kept */
export function createTraceMemory(limit: number, stampBytes: number, isShared: boolean): TraceMemory {
  const slots = limit + 1;
  const size = HEAD_BYTES + slots * (SLOT_BYTES + stampBytes) + 2 * TEXT_UNITS;
  const bytes = isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
  return { bytes, slots, stampBytes };
}
