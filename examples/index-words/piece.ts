/**
 * Files are read in pieces of about the same size: many small files make one, a large file makes several, so that memory
 * stays bounded and work is shared out evenly. An identifier belongs to the piece in which it begins: a slice is read with
 * the byte before it, and with as many after it as an identifier may have.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BINARY_PREFIX, IDENTIFIER_MAX, IDENTIFIERS, isBinary } from './identifiers.ts';
import type { File } from './walk.ts';

/** A part of a file, in bytes: from this one, up to and without `to`. */
export interface Slice {
  readonly file: File;
  readonly from: number;
  readonly to: number;
}

export interface Piece {
  readonly id: number;
  readonly slices: readonly Slice[];
}

/** Why a file adds nothing to the index. */
export type Skip = 'binary' | 'unreadable' | 'changed';

export interface Counted {
  readonly counts: Map<string, number>;
  /** One for each file that begins in the piece and adds nothing. */
  readonly skipped: readonly Skip[];
}

export const PIECE_BYTES = 2 ** 17;
/** Slices a piece: empty files have no bytes. */
const SLICES_MAX = 256;

/** Pieces with ids from 0. */
export async function* cut(files: AsyncIterable<File>, bytes: number = PIECE_BYTES): AsyncGenerator<Piece> {
  let id = 0;
  let slices: Slice[] = [];
  let room = bytes;
  for await (const file of files) {
    let from = 0;
    do {
      const to = Math.min(file.size, from + room);
      slices.push({ file, from, to });
      room -= to - from;
      from = to;
      if (room > 0 && slices.length < SLICES_MAX) continue;
      yield { id: id++, slices };
      slices = [];
      room = bytes;
    } while (from < file.size);
  }
  if (slices.length > 0) yield { id, slices };
}

/**
 * How often each identifier begins in a piece. Reads without waiting: for small files that takes a tenth of the time, and
 * a node's thread is there to be busy.
 */
export function countPiece({ slices }: Piece): Counted {
  const counts = new Map<string, number>();
  const skipped: Skip[] = [];
  for (const slice of slices) {
    const skip = countSlice(slice, counts);
    if (skip !== undefined && slice.from === 0) skipped.push(skip);
  }
  return { counts, skipped };
}

function countSlice({ file, from, to }: Slice, counts: Map<string, number>): Skip | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file.path, 'r');
  } catch {
    return 'unreadable';
  }
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (size !== file.size || mtimeMs !== file.modified) return 'changed';
    if (from > 0 && isBinary(readBytes(descriptor, 0, BINARY_PREFIX))) return 'binary';
    const lead = from > 0 ? 1 : 0;
    const bytes = readBytes(descriptor, from - lead, Math.min(size, to + Math.max(IDENTIFIER_MAX, BINARY_PREFIX)));
    if (from === 0 && isBinary(bytes)) return 'binary';
    countFrom(bytes.toString('latin1', 0, lead + to - from + IDENTIFIER_MAX), lead, lead + to - from, counts);
    return undefined;
  } catch {
    return 'unreadable';
  } finally {
    closeSync(descriptor);
  }
}

function countFrom(text: string, begin: number, end: number, counts: Map<string, number>): void {
  for (const match of text.matchAll(IDENTIFIERS)) {
    if (match.index < begin) continue;
    if (match.index >= end) break;
    counts.set(match[0], (counts.get(match[0]) ?? 0) + 1);
  }
}

function readBytes(descriptor: number, from: number, to: number): Buffer {
  const buffer = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const read = readSync(descriptor, buffer, filled, buffer.length - filled, from + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}
