import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Bench, timed } from '../harness/outcome.ts';
import { cost, rate, type Workload } from './workload.ts';

export const ENTRY_BYTES = 64;
/** Entries that a read asks for at once, as a replica sends them to one that lags. */
export const READ_ENTRIES = 256;
/** Of the log that is read, and opened. */
export const LOG_ENTRIES = 1_000_000;
/** Entries that become durable together while that log is made. */
export const LOG_FLUSH_ENTRIES = 1_000;

function append(outstanding: number, count: number): Workload {
  const name = `append-${outstanding}`;
  return {
    name,
    about: `Entries of ${ENTRY_BYTES} bytes are appended, ${outstanding} outstanding, each told when it is on the disk.`,
    results: [rate(name, 'entries/s')],
    count,
    // How near one comes to it is the share of the time that the disk takes.
    limit: 'limit:synced-write',
  };
}

/** A durable log on the disk of the working directory. */
export const STORAGE: readonly Workload[] = [
  append(1, 20_000),
  append(64, 200_000),
  append(256, 500_000),
  {
    name: 'read',
    about: `A log of ${LOG_ENTRIES} entries is read from its beginning, ${READ_ENTRIES} at a time; the page cache has it.`,
    results: [rate('read', 'entries/s')],
    count: LOG_ENTRIES,
    limit: 'limit:fdatasync-log',
  },
  {
    name: 'open-1m',
    about: `A log of ${LOG_ENTRIES} entries is opened; the page cache has it.`,
    results: [cost('open-1m', 'ms')],
    count: 1,
    fixed: true,
  },
];

export interface DurableLog {
  /** Entries that it says it has. */
  count(): number;
  append(entry: Uint8Array): Promise<unknown>;
  close(): Promise<void> | void;
}

const FOLDER = path.join(import.meta.dirname, '../../tmp');

/** A new directory on the disk of the repository: the system's own may be in memory. */
export function scratch(): { readonly folder: string; remove(): void } {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(path.join(FOLDER, 'storage-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Each of the workloads that append, given how a subject makes an empty log in a folder. */
export function appendWorkloads(open: (folder: string) => DurableLog | Promise<DurableLog>) {
  return Object.fromEntries(
    [1, 64, 256].map((outstanding) => [
      `append-${outstanding}`,
      async (): Promise<Bench> => {
        const { folder, remove } = scratch();
        const log = await open(folder);
        return {
          run(count) {
            const before = log.count();
            return timed(
              count,
              () => appendAll(log, count, outstanding),
              () => log.count() - before,
            );
          },
          async close() {
            await log.close();
            remove();
          },
        };
      },
    ]),
  );
}

async function appendAll(log: DurableLog, count: number, outstanding: number): Promise<void> {
  let begun = 0;
  const client = async () => {
    while (begun < count) await log.append(entryAt(begun++));
  };
  await Promise.all(Array.from({ length: outstanding }, client));
}

export function entryAt(index: number): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt32LE(index);
  return entry;
}

/** Reads a log in turn from its beginning. @param read entries from an index on, counted from 0; those that are right are counted */
export function readRun(read: (from: number, count: number) => readonly Uint8Array[]): Bench['run'] {
  return (count) => {
    let right = 0;
    return timed(
      count,
      () => {
        for (let from = 0; from < count; from += READ_ENTRIES) {
          const length = Math.min(READ_ENTRIES, count - from);
          const entries = read(from, length);
          for (let at = 0; at < length; at++) {
            const entry = entries[at] as Uint8Array;
            const index = (entry[0] ?? 0) | ((entry[1] ?? 0) << 8) | ((entry[2] ?? 0) << 16);
            if (entry.length === ENTRY_BYTES && index === from + at) right++;
          }
        }
      },
      () => right,
    );
  };
}
