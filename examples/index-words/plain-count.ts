/** The same count as a plain loop in one thread: what the index must equal. */

import { readFile } from 'node:fs/promises';
import { IDENTIFIERS, isBinary } from './identifiers.ts';
import { walk } from './walk.ts';

export interface PlainCount {
  readonly counts: Map<string, number>;
  readonly files: number;
  readonly binary: number;
  /** Files that were written to since then: nothing can be proven of a folder that changes. */
  readonly changed: number;
}

/**
 * @param since milliseconds since 1970
 * @param onFile is told how many files have been counted
 */
export async function plainCount(
  folder: string,
  since: number,
  signal: AbortSignal,
  onFile: (files: number) => void,
): Promise<PlainCount> {
  const counts = new Map<string, number>();
  let files = 0;
  let binary = 0;
  let changed = 0;
  for await (const { path, modified } of walk(folder, { links: 0, unreadable: 0, tooLarge: 0 })) {
    signal.throwIfAborted();
    if (modified >= since) changed++;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    if (isBinary(bytes)) {
      binary++;
      continue;
    }
    for (const [word] of bytes.toString('latin1').matchAll(IDENTIFIERS)) {
      const count = counts.get(word);
      // A match is a window on its text, and as a key would hold all of it in memory: a new word is copied out.
      if (count === undefined) counts.set(Buffer.from(word, 'latin1').toString('latin1'), 1);
      else counts.set(word, count + 1);
    }
    onFile(++files);
  }
  return { counts, files, binary, changed };
}

/** Words whose counts differ, at most `most` of them. */
export function differences(
  index: ReadonlyMap<string, number>,
  plain: ReadonlyMap<string, number>,
  most: number,
): { readonly word: string; readonly index: number; readonly plain: number }[] {
  const found: { word: string; index: number; plain: number }[] = [];
  for (const word of new Set([...index.keys(), ...plain.keys()])) {
    if (found.length === most) break;
    const counted = { word, index: index.get(word) ?? 0, plain: plain.get(word) ?? 0 };
    if (counted.index !== counted.plain) found.push(counted);
  }
  return found;
}
