import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@troupe/protocol/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LmdbVolume } from './lmdb-volume.ts';
import { openVolume } from './open-volume.ts';
import { PageDamage, PageFile } from './page-file.ts';
import { dataFile } from './read-volume.ts';
import { FENCE_KEY, unseal } from './record.ts';

const ROUNDS = 1_500;
const PAGE = 4_096;
const root = mkdtempSync(join(tmpdir(), 'troupe-pages-'));
let file: number;
let whole: Buffer;
let records: readonly string[];

/** With branch pages, leaf pages, records of many pages, and free pages. */
beforeAll(async () => {
  const path = join(root, 'v');
  const volume = (await openVolume({ path, owner: 'o', create: true })) as LmdbVolume;
  const store = volume.open('log', { create: true });
  for (let index = 1; index <= 300; index++) {
    store.write({ append: { from: index, entries: [Buffer.alloc(index % 50 === 0 ? 20_000 : 1_950, `${index}`)] } });
    if (index % 60 === 0)
      store.write({ dropBlobs: ['b'], chunks: [{ blob: 'b', index: 0, bytes: Buffer.alloc(9_000) }] });
    await volume.checkpoint();
  }
  await volume.close();
  file = openSync(dataFile(path), 'r+');
  whole = readFileSync(dataFile(path));
  records = readAll(whole.length);
});

afterAll(() => {
  closeSync(file);
  rmSync(root, { recursive: true, force: true });
});

/** Key and checksum of each record; of one whose checksum is wrong, that it is. */
function readAll(length: number): string[] {
  const pages = new PageFile(file, length);
  const found: string[] = [];
  for (const [key, value] of pages.records()) {
    const isRight = key.equals(FENCE_KEY) || unseal(key, value) !== undefined;
    found.push(isRight ? `${key.toString('hex')} ${value.readUInt32LE(0)}` : 'wrong');
  }
  for (const _ of pages.checkFree());
  return found;
}

/** What reading gives with these bytes there instead. */
function mutated(at: number, bytes: Buffer): string[] | PageDamage {
  const former = Buffer.from(whole.subarray(at, at + bytes.length));
  writeSync(file, bytes, 0, former.length, at);
  try {
    return readAll(whole.length);
  } catch (error) {
    if (error instanceof PageDamage) return error;
    throw error;
  } finally {
    writeSync(file, former, 0, former.length, at);
  }
}

describe('a file of pages', () => {
  it('has every record of the log, in the order of the keys', () => {
    const keys = records.map((record) => record.split(' ')[0] as string);
    expect(keys).toEqual([...keys].sort());
    expect(keys.filter((key) => key.startsWith('05')).length).toBe(300);
    expect(records).not.toContain('wrong');
    expect(readSync(file, Buffer.alloc(1), 0, 1, whole.length)).toBe(0);
  });

  it('is found to be damaged, or is whole, however it was changed: it never ends the process, and loses no record', () => {
    const random = new Random(7);
    const pages = whole.length / PAGE;
    const pageAt = () => random.below(pages) * PAGE;
    const copyOf = (at: number) => Buffer.from(whole.subarray(at, at + PAGE));
    const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
    let damaged = 0;
    const changes: readonly (() => readonly [at: number, bytes: Buffer])[] = [
      () => [random.below(whole.length - 8), noise(1 + random.below(8))],
      // Heads of pages, and what they say of their nodes.
      () => [pageAt() + random.below(60), noise(1 + random.below(4))],
      () => [pageAt(), Buffer.alloc(PAGE)],
      () => [pageAt(), copyOf(pageAt())],
      // A page under its own number, with another's nodes: a write that went astray.
      () => {
        const to = pageAt();
        return [to, Buffer.concat([whole.subarray(to, to + 8), copyOf(pageAt()).subarray(8)])];
      },
      () => [random.below(2) * PAGE + 24 + random.below(160), noise(1 + random.below(8))],
    ];
    for (let round = 0; round < ROUNDS; round++) {
      const [at, bytes] = (changes[round % changes.length] as (typeof changes)[number])();
      const found = mutated(at, bytes);
      if (found instanceof PageDamage) damaged++;
      else {
        // Which record is wrong, its checksum says.
        expect(found.length, `round ${round}`).toBe(records.length);
        found.forEach((record, index) => {
          const isFence = records[index]?.startsWith('00 ');
          if (record !== 'wrong' && !isFence) expect(record, `round ${round}`).toBe(records[index]);
        });
      }
    }
    expect(damaged).toBeGreaterThan(ROUNDS / 8);
  });

  it('is refused where its list of free pages names one in use, which LMDB would write over', () => {
    const { meta } = new PageFile(file, whole.length);
    const page = whole.subarray(meta.free.root * PAGE, (meta.free.root + 1) * PAGE);
    expect([page.readUInt16LE(18), meta.free.depth]).toEqual([2, 1]);
    let tried = 0;
    for (let node = 0; node < page.readUInt16LE(20) / 2; node++) {
      const at = 24 + page.readUInt16LE(24 + 2 * node);
      const list = at + 8 + page.readUInt16LE(at + 6);
      if (page.readBigInt64LE(list) === 0n || page.readBigInt64LE(list + 8) <= 0n) continue;
      for (const [inUse, message] of [
        [meta.main.root, 'both free and in use'],
        [meta.lastPage + 1, `free pages from ${meta.lastPage + 1}`],
        [1, 'free pages from 1'],
      ] as const) {
        const word = Buffer.alloc(8);
        word.writeBigInt64LE(BigInt(inUse));
        expect(mutated(meta.free.root * PAGE + list + 8, word)).toMatchObject({
          kind: 'corrupt',
          message: expect.stringContaining(message),
        });
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(0);
  });
});
