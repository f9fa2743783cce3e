/**
 * The journal of one life of a volume: two files, written in turn. A file is written anew only where the checkpoint has all
 * that is in it. Each opening makes its own, under its epoch, and never writes to those of another: a write that an ended
 * thread has left in the thread pool lands in a file that nobody reads any more.
 */

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncPath } from '../sync-path.ts';
import type { JournalBatch } from './batch-codec.ts';
import { JournalFile, RECORD_BYTES_MAX } from './journal-file.ts';
import { LIFE_BYTES, recordBytes, writeRecord } from './journal-record.ts';

export const JOURNAL_FILES: readonly number[] = [0, 1];
const NAME = /^journal-(\d+)-[01]$/;
/** Appends share a buffer of this size; a larger one has its own. */
const BUFFER_BYTES = 256 * 1024;

export function journalPath(directory: string, epoch: number, file: number): string {
  return join(directory, `journal-${epoch}-${file}`);
}

export class Journal {
  private readonly life: Buffer;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private current: JournalFile;
  private other: JournalFile;

  /** Its files, durable. */
  static async make(directory: string, epoch: number): Promise<Journal> {
    const life = randomBytes(LIFE_BYTES);
    const files: JournalFile[] = [];
    try {
      for (const file of JOURNAL_FILES)
        files.push(await JournalFile.make(journalPath(directory, epoch, file), epoch, life));
      await syncPath(directory);
    } catch (error) {
      for (const file of files) file.close();
      removeJournals(directory, epoch + 1);
      throw error;
    }
    return new Journal(life, files as [JournalFile, JournalFile]);
  }

  private constructor(life: Buffer, [current, other]: [JournalFile, JournalFile]) {
    this.life = life;
    this.current = current;
    this.other = other;
  }

  hasRoom(bytes: number): boolean {
    return this.current.hasRoom(bytes);
  }

  /** Sequence number that a checkpoint must have reached before the files change their turns. */
  get turnsAfter(): number {
    return this.other.last;
  }

  turn(): void {
    [this.current, this.other] = [this.other, this.current];
    this.current.restart();
  }

  /** Durable once that resolves; there is room, and nobody appends meanwhile. */
  append(batches: readonly JournalBatch[], first: number, bytes: number): Promise<void> {
    const buffer = bytes <= BUFFER_BYTES ? this.buffer : Buffer.allocUnsafeSlow(bytes);
    const end = writeRecord(buffer, this.life, first, batches);
    return this.current.append(buffer.subarray(0, end), first + batches.length - 1);
  }

  /** Whether a successor has begun to read it: then what was appended may have been too late. */
  isTaken(): boolean {
    return this.current.isTaken();
  }

  close(): void {
    this.current.close();
    this.other.close();
  }
}

/** Bytes that an append takes; undefined where no file would hold them. */
export function appendBytes(batches: readonly JournalBatch[]): number | undefined {
  const bytes = recordBytes(batches);
  return bytes <= RECORD_BYTES_MAX ? bytes : undefined;
}

export function isJournal(name: string): boolean {
  return NAME.test(name);
}

/** Those of openings before an epoch. */
export function removeJournals(directory: string, before: number): void {
  for (const name of readdirSync(directory)) {
    const epoch = NAME.exec(name)?.[1];
    if (epoch !== undefined && Number(epoch) < before) rmSync(join(directory, name), { force: true });
  }
}
