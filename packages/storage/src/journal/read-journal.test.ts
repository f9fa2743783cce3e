/** A journal that was cut off, damaged, or taken over: what is found is a prefix with all that was acknowledged, or it says so. */

import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { restoreVolume } from '../lmdb/copy-volume.ts';
import type { LmdbVolume } from '../lmdb/lmdb-volume.ts';
import { openVolume } from '../lmdb/open-volume.ts';
import type { LogStore, Volume } from '../store.ts';
import { Journal, journalPath, removeJournals } from './journal.ts';
import { JOURNAL_FILE_BYTES, RECORDS_AT } from './journal-file.ts';
import { RECORD_ALIGNMENT } from './journal-record.ts';
import { readJournal, takeJournal } from './read-journal.ts';

const OWNER = 'cluster/n1';
const root = mkdtempSync(join(tmpdir(), 'troupe-journal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let paths = 0;
function freshPath(): string {
  const path = join(root, `d${paths++}`);
  mkdirSync(path);
  return path;
}

const batch = (index: number) => ({
  store: 0,
  batch: { append: { from: index, entries: [Buffer.from(`entry ${index};`.padEnd(index % 90, '.'))] } },
});

/** Where each append of so many batches ended. */
async function journalOf(directory: string, counts: readonly number[]): Promise<readonly number[]> {
  const journal = await Journal.make(directory, 1);
  const file = journalPath(directory, 1, 0);
  let next = 1;
  const ends: number[] = [];
  for (const count of counts) {
    const batches = Array.from({ length: count }, (_, at) => batch(next + at));
    await journal.append(batches, next, 100_000);
    next += count;
    ends.push(readFileSync(file).findLastIndex((byte) => byte !== 0) + 1);
  }
  journal.close();
  return ends;
}

const found = (directory: string, sequence = 0) => readJournal(directory, { epoch: 1, sequence });
const upTo = (last: number) => Array.from({ length: last }, (_, at) => batch(at + 1));

function writeAt(path: string, at: number, byte: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([byte]), 0, 1, at);
  closeSync(file);
}

describe('a journal', () => {
  it('has what was appended, from after the checkpoint on, also within an append', async () => {
    const directory = freshPath();
    await journalOf(directory, [1, 3, 2]);
    for (let sequence = 0; sequence <= 6; sequence++)
      expect(found(directory, sequence)).toEqual(upTo(6).slice(sequence));
  });

  it('is a prefix, of whole appends, wherever the last one was cut off', async () => {
    const directory = freshPath();
    const [, , before, end] = (await journalOf(directory, [1, 3, 2, 3])) as [number, number, number, number];
    const start = Math.ceil(before / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
    const file = journalPath(directory, 1, 0);
    const whole = readFileSync(file);
    for (let cut = start; cut < end; cut++) {
      const bytes = Buffer.from(whole);
      bytes.fill(0, cut);
      writeFileSync(file, bytes);
      expect(found(directory), `cut at ${cut}`).toEqual(upTo(6));
      // Parts may also arrive in another order: its beginning is what is missing.
      bytes.set(whole);
      bytes.fill(0xff, start, cut + 1);
      writeFileSync(file, bytes);
      expect(found(directory), `without the bytes up to ${cut}`).toEqual(upTo(6));
    }
  });

  it('is damaged where any byte changed of an append that another came after', async () => {
    const directory = freshPath();
    const ends = await journalOf(directory, [1, 3, 2]);
    const file = journalPath(directory, 1, 0);
    const whole = readFileSync(file);
    for (let at = RECORDS_AT; at < (ends[1] as number); at++) {
      // What fills up a record says nothing.
      if (at >= (ends[0] as number) && at < Math.ceil((ends[0] as number) / RECORD_ALIGNMENT) * RECORD_ALIGNMENT)
        continue;
      const was = whole[at] as number;
      writeAt(file, at, was ^ 0x10);
      expect(() => found(directory), `changed at ${at}`).toThrow(/without the batches \d+ to \d+ of opening 1/);
      // Unless the checkpoint has it.
      if (at % 16 === 0) expect(found(directory, 4)).toEqual(upTo(6).slice(4));
      writeAt(file, at, was);
    }
    expect(found(directory)).toEqual(upTo(6));
  });

  it('does not take for new what an earlier turn has left', async () => {
    const directory = freshPath();
    const journal = await Journal.make(directory, 1);
    await journal.append(upTo(20), 1, 100_000);
    journal.turn();
    await journal.append([batch(21)], 21, 1_000);
    journal.turn();
    // Over the first; what is left of it is older than the checkpoint, which had to have it before.
    await journal.append([batch(22)], 22, 1_000);
    journal.close();
    expect(found(directory, 20)).toEqual([batch(21), batch(22)]);
  });

  it('tells its life that it has a successor, which then reads it', async () => {
    const directory = freshPath();
    const journal = await Journal.make(directory, 1);
    await journal.append(upTo(2), 1, 1_000);
    expect(journal.isTaken()).toBe(false);
    expect(takeJournal(directory, { epoch: 1, sequence: 0 })).toEqual(upTo(2));
    expect(journal.isTaken()).toBe(true);
    journal.turn();
    expect(journal.isTaken()).toBe(true);
    journal.close();
    removeJournals(directory, 1);
    expect(readdirSync(directory).length).toBe(2);
    removeJournals(directory, 2);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a volume whose user ended without closing it', () => {
  it('has what only its journal has; so have its restored copies', async () => {
    const copy = await leftOpen();
    expect(await contentOf(copy)).toEqual(['a', 'b', 'c']);
    // Once more, from LMDB: the journal that was read is gone.
    expect(readdirSync(copy).filter((name) => name.startsWith('journal'))).toEqual([]);
    expect(await contentOf(copy)).toEqual(['a', 'b', 'c']);
    const path = join(freshPath(), 'restored');
    await restoreVolume({ backup: await leftOpen(), path, owner: OWNER });
    expect(readdirSync(path).filter((name) => name.startsWith('journal'))).toEqual([]);
    expect(await contentOf(path)).toEqual(['a', 'b', 'c']);
  });

  it('is refused, with the place, where a file of the journal is gone, cut, of another opening, or no journal', async () => {
    for (const [harm, message] of [
      [(file: string) => rmSync(file), 'no journal'],
      [(file: string) => truncateSync(file, 5_000), `5000 bytes of ${JOURNAL_FILE_BYTES}`],
      [(file: string) => writeFileSync(file, Buffer.alloc(JOURNAL_FILE_BYTES)), 'a head whose checksum is wrong'],
    ] as const) {
      const copy = await leftOpen();
      const file = join(copy, readdirSync(copy).find((name) => name.endsWith('-1')) as string);
      harm(file);
      const refusal = { code: 'TROUPE_STORAGE_CORRUPT', message: expect.stringContaining(message) };
      await expect(openVolume({ path: copy, owner: OWNER })).rejects.toMatchObject(refusal);
      await expect(openVolume({ path: copy, owner: OWNER })).rejects.toMatchObject(refusal);
    }
  });

  it('is refused where the disk has lost an append that others came after', async () => {
    const copy = await leftOpen();
    const file = join(copy, readdirSync(copy).find((name) => name.endsWith('-0')) as string);
    const bytes = readFileSync(file);
    bytes[RECORDS_AT + 20] = (bytes[RECORDS_AT + 20] as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(openVolume({ path: copy, owner: OWNER })).rejects.toMatchObject({
      code: 'TROUPE_STORAGE_CORRUPT',
      message: expect.stringContaining('without the batches'),
    });
  });

  it('keeps all that was synced while the files take turns, also batches that no file would hold', async () => {
    const path = join(freshPath(), 'v');
    let volume = await openVolume({ path, owner: OWNER, create: true });
    let store = volume.open('log', { create: true });
    const text = (at: number) => `${at};`.padEnd(at % 13 === 12 ? 5_000_000 : 400_000 + at * 7_000, '.');
    for (let at = 0; at < 80; at++) {
      if (at % 20 === 0) await (volume as LmdbVolume).prepare();
      await append(volume, store, text(at));
      if (at % 20 !== 19) continue;
      // An end without a close.
      volume = await openVolume({ path, owner: OWNER });
      store = volume.open('log');
      expect(store.lastIndex).toBe(at + 1);
    }
    await volume.close();
    expect((await contentOf(path)).every((entry, at) => entry === text(at))).toBe(true);
  });
});

async function append(volume: Volume, store: LogStore, text: string): Promise<void> {
  store.write({ append: { from: store.lastIndex + 1, entries: [Buffer.from(text)] } });
  await volume.sync();
}

/** A copy of a volume as a crash would leave it: all of its entries are in the journal. */
async function leftOpen(): Promise<string> {
  const path = join(freshPath(), 'v');
  const volume = await openVolume({ path, owner: OWNER, create: true });
  const store = volume.open('log', { create: true });
  await (volume as LmdbVolume).prepare();
  for (const text of ['a', 'b', 'c']) await append(volume, store, text);
  const copy = copyOf(path);
  await volume.close();
  return copy;
}

/** What a killed process leaves: nobody commits meanwhile. */
function copyOf(path: string): string {
  const copy = freshPath();
  for (const name of readdirSync(path)) if (name !== 'lock.mdb') copyFileSync(join(path, name), join(copy, name));
  return copy;
}

async function contentOf(path: string): Promise<string[]> {
  const volume = await openVolume({ path, owner: OWNER });
  const store = volume.open('log');
  const entries = store.entries(store.firstIndex, store.lastIndex + 1).map(String);
  await volume.close();
  return entries;
}
