/**
 * Keys in their one order (UTF-16 code units), in blocks of bounded size: adding and removing move part of one block alone,
 * and a range is found by two binary searches.
 */
import { compareIds } from '@troupe/protocol';

/** A block of more keys is split in two. */
export const BLOCK_MAX = 512;

export class OrderedKeys {
  /** Each sorted, none empty, and all keys of one below those of the next. */
  private readonly blocks: string[][] = [];

  /** Of keys in order, each once. */
  static of(keys: readonly string[]): OrderedKeys {
    const all = new OrderedKeys();
    for (let from = 0; from < keys.length; from += BLOCK_MAX / 2)
      all.blocks.push(keys.slice(from, from + BLOCK_MAX / 2));
    return all;
  }

  add(key: string): void {
    const at = Math.max(0, this.blockOf(key));
    const block = this.blocks[at];
    if (block === undefined) {
      this.blocks.push([key]);
      return;
    }
    const place = placeOf(block, key);
    if (block[place] === key) return;
    block.splice(place, 0, key);
    if (block.length > BLOCK_MAX) this.blocks.splice(at + 1, 0, block.splice(BLOCK_MAX / 2));
  }

  delete(key: string): void {
    const at = this.blockOf(key);
    const block = this.blocks[at];
    if (block === undefined) return;
    const place = placeOf(block, key);
    if (block[place] !== key) return;
    block.splice(place, 1);
    if (block.length === 0) this.blocks.splice(at, 1);
  }

  /** From `from` on. */
  *from(from: string): Generator<string, void> {
    for (let at = Math.max(0, this.blockOf(from)); at < this.blocks.length; at++) {
      const block = this.blocks[at] as string[];
      for (let place = placeOf(block, from); place < block.length; place++) yield block[place] as string;
    }
  }

  /** The last block whose first key is not above; -1 where there is none. */
  private blockOf(key: string): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.blocks[middle]?.[0] as string, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Where the key is, or would be. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
