/**
 * One file of a journal: a head, and then records. All its bytes are written and synced before its first record, so that
 * an append changes nothing but bytes: the file system has nothing to note, and a full disk can't refuse it. An append is
 * one write through a descriptor that syncs each (O_DSYNC): one trip to the thread pool.
 *
 * The head: four bytes of magic, four of format, the epoch as a double, the life, a CRC-32 of these. A byte after it is the
 * mark of a successor; only threads that live look at it.
 */

import { closeSync, constants, openSync, readFileSync, readSync, write, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { LIFE_BYTES, RECORD_ALIGNMENT } from './journal-record.ts';

export const JOURNAL_FILE_BYTES: number = 4 * 1024 * 1024;
/** Where records begin. */
export const RECORDS_AT = 4_096;
const MAGIC = 0x4a50_5254;
const FORMAT = 1;
const At = { Magic: 0, Format: 4, Epoch: 8, Life: 16, Checksum: 16 + LIFE_BYTES, Taken: 64 } as const;
/** A whole page, so that the mark never shares one with a record. */
const HEAD_BYTES = RECORDS_AT;

export class JournalFile {
  /** Sequence number of the last batch in it. */
  last = 0;
  private readonly file: number;
  private end = RECORDS_AT;
  private readonly mark = Buffer.alloc(1);

  /** Durable, but for its name in the directory. */
  static async make(path: string, epoch: number, life: Buffer): Promise<JournalFile> {
    const bytes = Buffer.alloc(JOURNAL_FILE_BYTES);
    writeHead(bytes, epoch, life);
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return new JournalFile(openSync(path, constants.O_RDWR | constants.O_DSYNC));
  }

  private constructor(file: number) {
    this.file = file;
  }

  hasRoom(bytes: number): boolean {
    return this.end + bytes <= JOURNAL_FILE_BYTES;
  }

  /** From its beginning, over what it had. */
  restart(): void {
    this.end = RECORDS_AT;
  }

  /** A record; durable once that resolves. Nobody appends meanwhile. */
  append(record: Buffer, last: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const start = this.end;
    const from = (written: number): void =>
      write(this.file, record, written, record.length - written, start + written, (error, more) => {
        if (error !== null) reject(error);
        else if (written + more < record.length) from(written + more);
        else {
          this.end = start + record.length;
          this.last = last;
          resolve();
        }
      });
    from(0);
    return promise;
  }

  /** Whether a successor has begun to read it. */
  isTaken(): boolean {
    readSync(this.file, this.mark, 0, 1, At.Taken);
    return this.mark[0] !== 0;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** From here on whoever appends to it sees that it has a successor, and acknowledges nothing more. */
export function takeFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.from([1]), 0, 1, At.Taken);
  } finally {
    closeSync(file);
  }
}

/** Its bytes and its life; or, in words that go after "got", what is wrong with it. */
export function readJournalFile(
  path: string,
  epoch: number,
): { readonly bytes: Buffer; readonly life: Buffer } | string {
  const bytes = readFileSync(path);
  if (bytes.length !== JOURNAL_FILE_BYTES) return `${bytes.length} bytes of ${JOURNAL_FILE_BYTES}`;
  if (
    bytes.readUInt32LE(At.Magic) !== MAGIC ||
    crc32(bytes.subarray(0, At.Checksum)) !== bytes.readUInt32LE(At.Checksum)
  )
    return 'a head whose checksum is wrong';
  const found = bytes.readDoubleLE(At.Epoch);
  if (found !== epoch) return `the journal of opening ${found}`;
  return { bytes, life: bytes.subarray(At.Life, At.Life + LIFE_BYTES) };
}

function writeHead(bytes: Buffer, epoch: number, life: Buffer): void {
  bytes.writeUInt32LE(MAGIC, At.Magic);
  bytes.writeUInt32LE(FORMAT, At.Format);
  bytes.writeDoubleLE(epoch, At.Epoch);
  bytes.set(life, At.Life);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, At.Checksum)), At.Checksum);
}

/** Bytes of the largest record. */
export const RECORD_BYTES_MAX: number = JOURNAL_FILE_BYTES - HEAD_BYTES - RECORD_ALIGNMENT;
