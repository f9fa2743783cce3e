import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystem } from 'troupe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIndex } from './indexing.ts';
import { differences, plainCount } from './plain-count.ts';

const FILES = 400;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-index-'));
  for (let at = 0; at < FILES; at++) {
    mkdirSync(join(folder, `d${at % 7}`), { recursive: true });
    writeFileSync(join(folder, `d${at % 7}`, `${at}.txt`), `word${at % 50} shared __proto__ `.repeat(400));
  }
  writeFileSync(join(folder, 'binary'), 'a\0b');
  symlinkSync(join(folder, 'd0'), join(folder, 'link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

describe('the index of a folder', () => {
  it('equals the plain count although a node dies half-way', async () => {
    await using system = await createSystem({ nodes: 2, logLevel: 'fatal' });
    let onProgress = 0;
    const options = { folder, kill: 'n2', signal: never, onProgress: () => onProgress++ };
    const { counts, files, passed, progress } = await buildIndex(system, options);
    const plain = await plainCount(folder, Date.now() + 1_000, never, () => {});
    expect(differences(counts, plain.counts, 10)).toEqual([]);
    expect(counts.get('shared')).toBe(FILES * 400);
    expect(counts.size).toBe(52);
    expect({ files, links: passed.links, binary: progress.skipped.binary }).toEqual({
      files: 401,
      links: 1,
      binary: 1,
    });
    expect(plain).toMatchObject({ files: FILES, binary: 1, changed: 0 });
    expect(progress.incarnations).toEqual([1, 2, 1, 2]);
    expect(progress.lost).toBeGreaterThan(0);
    expect(onProgress).toBeGreaterThan(0);
  });

  it('ends when it is interrupted, with the reason', async () => {
    await using system = await createSystem({ nodes: 1, logLevel: 'fatal' });
    const interruption = new AbortController();
    const onProgress = () => interruption.abort(new Error('enough'));
    await expect(
      buildIndex(system, { folder, kill: undefined, signal: interruption.signal, onProgress }),
    ).rejects.toThrow(/enough|aborted/);
  });

  it('finds a plain count that differs', () => {
    const index = new Map([
      ['same', 1],
      ['more', 3],
      ['mine', 1],
    ]);
    const plain = new Map([
      ['same', 1],
      ['more', 2],
      ['yours', 4],
    ]);
    expect(differences(index, plain, 10)).toEqual([
      { word: 'more', index: 3, plain: 2 },
      { word: 'mine', index: 1, plain: 0 },
      { word: 'yours', index: 0, plain: 4 },
    ]);
    expect(differences(index, plain, 1)).toHaveLength(1);
  });
});
