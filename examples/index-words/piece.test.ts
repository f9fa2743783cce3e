import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTIFIERS } from './identifiers.ts';
import { type Counted, countPiece, cut, type Piece } from './piece.ts';
import type { File } from './walk.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-pieces-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): File {
  const path = join(folder, name);
  writeFileSync(path, text, 'latin1');
  const { size, mtimeMs } = statSync(path);
  return { path, size, modified: mtimeMs };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function pieces(files: readonly File[], bytes: number): Promise<Piece[]> {
  const all: Piece[] = [];
  for await (const piece of cut(each(files), bytes)) all.push(piece);
  return all;
}

function countAll(all: readonly Piece[]): Counted {
  const counts = new Map<string, number>();
  const skipped = all.flatMap((piece) => {
    const counted = countPiece(piece);
    for (const [word, count] of counted.counts) counts.set(word, (counts.get(word) ?? 0) + count);
    return [...counted.skipped];
  });
  return { counts, skipped };
}

function naive(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [word] of text.matchAll(IDENTIFIERS)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

describe('pieces', () => {
  it('count each identifier once, wherever files are cut', async () => {
    const texts = [
      '',
      'one',
      'const ab = one + 9x; // ab$ _c',
      `${'l'.repeat(127)} ${'m'.repeat(128)} ${'n'.repeat(129)} é${'o'.repeat(3)}é`,
      'x'.repeat(300),
      'tail9 9tail',
    ];
    const files = texts.map((text, at) => write(`${at}.txt`, text));
    const expected = naive(texts);
    for (let bytes = 1; bytes < 600; bytes++) {
      const all = await pieces(files, bytes);
      expect(all.map(({ id }) => id)).toEqual(all.map((_, at) => at));
      expect(countAll(all).counts, `pieces of ${bytes} bytes`).toEqual(expected);
    }
  });

  it('take many small files together, and a large one apart', async () => {
    const files = ['aa', 'bb', 'c'.repeat(10)].map((text, at) => write(`size-${at}.txt`, text));
    const all = await pieces(files, 6);
    expect(all.map(({ slices }) => slices.map(({ from, to }) => [from, to]))).toEqual([
      [
        [0, 2],
        [0, 2],
        [0, 2],
      ],
      [[2, 8]],
      [[8, 10]],
    ]);
  });

  it('skip what is binary, changed or gone, and count it once', async () => {
    const binary = write('binary', `text ${'x '.repeat(50)}\0`);
    const changed = write('changed', 'text');
    utimesSync(changed.path, 1, 1);
    const gone = { path: join(folder, 'gone'), size: 4, modified: 1 };
    const { counts, skipped } = countAll(await pieces([binary, changed, gone], 20));
    expect(counts.size).toBe(0);
    expect(skipped.toSorted()).toEqual(['binary', 'changed', 'unreadable']);
  });
});
