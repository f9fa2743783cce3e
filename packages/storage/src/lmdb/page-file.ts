/**
 * Reads an LMDB data file without LMDB, and trusts nothing in it. LMDB has no checksums and follows what a page says: of
 * a damaged or cut file it reads beyond pages, or beyond the file, which ends the process with a signal. So before it
 * sees a file, every page that it would follow is looked at here: that it is there, is the page that it should be, holds
 * what its parents have counted, and is neither used twice nor listed as free. What the records themselves say is for
 * their checksums.
 *
 * The format is that of LMDB's data version 2, little-endian (`mdb.c` of its 1.0 line).
 */

import { readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
export const DATA_VERSION = 2;
/** Bytes before the pointers of a page. */
const HEAD = 24;
const NODE_HEAD = 8;
/** Bytes of a meta page that say something. */
const META_END = HEAD + 160;
const PageFlag = { Branch: 1, Leaf: 2, Overflow: 4, Meta: 8 } as const;
const NODE_IS_BIG = 1;
const DEPTH_MAX = 64;
const ID_BYTES = 8;

/** What is wrong with a file, in words that go after "got". */
export class PageDamage extends Error {
  readonly kind: 'corrupt' | 'truncated' | 'version' | 'empty';

  constructor(kind: PageDamage['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

interface Tree {
  readonly root: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
}

interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: number;
}

type Compare = (a: Buffer, b: Buffer) => number;

interface Order {
  readonly compare: Compare;
  bound: Buffer | undefined;
  isKey: boolean;
}

const NO_PAGE = 0xffff_ffff_ffff_ffffn;

export class PageFile {
  readonly meta: Meta;
  private readonly file: number;
  private readonly fileBytes: number;
  private counted = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  /** The key, or the bound of a branch page, after which the next one comes. */
  private order: Order = { compare: Buffer.compare, bound: undefined, isKey: false };
  /** A bit for each page of the file that something refers to. */
  private readonly used: Uint8Array;

  /** @throws PageDamage */
  constructor(file: number, fileBytes: number) {
    this.file = file;
    this.fileBytes = fileBytes;
    if (fileBytes === 0) throw new PageDamage('empty', 'an empty file');
    this.meta = this.newestMeta();
    this.used = new Uint8Array(Math.ceil(fileBytes / this.meta.pageBytes / 8));
  }

  /** Keys and values of the main tree, in order of the keys. Once. @throws PageDamage */
  *records(): Generator<readonly [key: Buffer, value: Buffer]> {
    yield* this.tree(this.meta.main, 'main tree', Buffer.compare);
  }

  /**
   * Looks at the tree of free pages, after all records were read: LMDB would write over a page that is wrongly in it.
   *
   * @throws PageDamage
   */
  *checkFree(): Generator<void> {
    const lists: Buffer[] = [];
    for (const [, list] of this.tree(this.meta.free, 'tree of free pages', compareIds)) {
      lists.push(list);
      yield;
    }
    for (const list of lists) {
      this.checkFreeList(list);
      yield;
    }
  }

  /** A count, then so many words: a page, or minus the length of a run whose first page follows; 0 says nothing. */
  private checkFreeList(list: Buffer): void {
    const count = list.length < 8 ? -1 : Number(list.readBigInt64LE(0));
    if (count < 0 || 8 * (count + 1) > list.length)
      throw new PageDamage('corrupt', `a list of ${count} free pages in ${list.length} bytes`);
    for (let at = 1; at <= count; at++) {
      const word = Number(list.readBigInt64LE(8 * at));
      if (word === 0) continue;
      const length = Math.max(1, -word);
      const first = word > 0 ? word : at < count ? Number(list.readBigInt64LE(8 * ++at)) : 0;
      if (first < 2 || first + length - 1 > this.meta.lastPage)
        throw new PageDamage('corrupt', `${length} free pages from ${first}, of ${this.meta.lastPage + 1}`);
      // Free pages beyond the end of the file were never written.
      const end = Math.min(first + length, this.fileBytes / this.meta.pageBytes);
      for (let page = first; page < end; page++)
        if (this.isUsed(page)) throw new PageDamage('corrupt', `page ${page} that is both free and in use`);
    }
  }

  private isUsed(page: number): boolean {
    return ((this.used[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }

  private use(first: number, count: number): void {
    for (let page = first; page < first + count; page++) {
      if (this.isUsed(page)) throw new PageDamage('corrupt', `page ${page} in two places`);
      this.used[page >>> 3] = (this.used[page >>> 3] ?? 0) | (1 << (page & 7));
    }
  }

  private newestMeta(): Meta {
    const { pageBytes } = this.metaAt(this.bytes(0, META_END, 'meta page 0'), 0);
    // Both at once: while the file is not locked, the commits of others may change them between two reads.
    const pages = this.bytes(0, pageBytes + META_END, 'meta page 1');
    const first = this.metaAt(pages, 0);
    const second = this.metaAt(pages.subarray(pageBytes), 1);
    const [older, newer] = first.transaction < second.transaction ? [first, second] : [second, first];
    // Each commit writes the page of its parity: so the two are neighbours, except in a file never written to.
    if (newer.transaction !== older.transaction + 1 && newer.transaction !== 0)
      throw new PageDamage(
        'corrupt',
        `transactions ${first.transaction} and ${second.transaction} in its two meta pages, which should be neighbours`,
      );
    return newer;
  }

  private metaAt(page: Buffer, index: number): Meta {
    const meta = page.subarray(HEAD);
    if (meta.readUInt32LE(0) !== MAGIC || page.readUInt16LE(18) !== PageFlag.Meta)
      throw new PageDamage('corrupt', `meta page ${index} without LMDB's mark`);
    const version = meta.readUInt32LE(4) & 0xffff;
    if (version !== DATA_VERSION)
      throw new PageDamage('version', `LMDB's data version ${version}, not ${DATA_VERSION}`);
    const pageBytes = meta.readUInt32LE(24);
    if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
      throw new PageDamage('corrupt', `pages of ${pageBytes} bytes in meta page ${index}`);
    const transaction = number(meta, 128);
    if (transaction > 0 && transaction % 2 !== index)
      throw new PageDamage('corrupt', `transaction ${transaction} in meta page ${index}`);
    const lastPage = number(meta, 120);
    // LMDB would write the next page after it, beyond what it has mapped.
    if ((lastPage + 1) * pageBytes > number(meta, 16))
      throw new PageDamage('corrupt', `a last page ${lastPage} beyond the map in meta page ${index}`);
    return { pageBytes, free: treeAt(meta, 24), main: treeAt(meta, 72), lastPage, transaction };
  }

  private *tree(tree: Tree, what: string, compare: Compare): Generator<readonly [key: Buffer, value: Buffer]> {
    this.counted = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    this.order = { compare, bound: undefined, isKey: false };
    if (tree.root !== -1) {
      const root = this.page(tree.root, what);
      if (what === 'main tree' && number(root, 8) !== this.meta.transaction)
        throw new PageDamage('corrupt', `a root of transaction ${number(root, 8)} for ${this.meta.transaction}`);
      yield* this.subtree(root, tree.depth, what);
    }
    for (const name of ['entries', 'leafPages', 'branchPages', 'overflowPages'] as const)
      if (this.counted[name] !== tree[name])
        throw new PageDamage(
          'corrupt',
          `${this.counted[name]} ${name} in the ${what}, where ${tree[name]} were counted`,
        );
  }

  private *subtree(page: Buffer, depth: number, what: string): Generator<readonly [key: Buffer, value: Buffer]> {
    const isLeaf = depth === 1;
    const index = number(page, 0);
    if (page.readUInt16LE(18) !== (isLeaf ? PageFlag.Leaf : PageFlag.Branch) || depth < 1 || depth > DEPTH_MAX)
      throw new PageDamage('corrupt', `a page of another kind as page ${index} of the ${what}`);
    this.counted[isLeaf ? 'leafPages' : 'branchPages']++;
    const lower = page.readUInt16LE(20);
    if (lower % 2 !== 0 || HEAD + lower > page.length || page.readUInt16LE(22) < lower)
      throw new PageDamage('corrupt', `page ${index} of the ${what} with impossible bounds`);
    for (let at = 0; at < lower / 2; at++) {
      const node = HEAD + page.readUInt16LE(HEAD + 2 * at);
      if (node < HEAD + lower || node + NODE_HEAD > page.length) throw this.badNode(index, what);
      const low = page.readUInt32LE(node);
      const flags = page.readUInt16LE(node + 4);
      const keyEnd = node + NODE_HEAD + page.readUInt16LE(node + 6);
      if (keyEnd > page.length) throw this.badNode(index, what);
      const key = page.subarray(node + NODE_HEAD, keyEnd);
      // The first of a branch page has no meaning.
      if ((isLeaf || at > 0) && !this.isNext(key, isLeaf))
        throw new PageDamage('corrupt', `page ${index} of the ${what} with a key out of order`);
      if (isLeaf) {
        this.counted.entries++;
        yield [key, this.value(page, keyEnd, low, flags, what)];
      } else yield* this.subtree(this.page(low + flags * 2 ** 32, what), depth - 1, what);
    }
  }

  /** A branch page's key is above all keys before it, and at most the next. */
  private isNext(key: Buffer, isKey: boolean): boolean {
    const { order } = this;
    if (order.compare === compareIds && key.length !== ID_BYTES) return false;
    const difference = order.bound === undefined ? -1 : order.compare(order.bound, key);
    const isRight = difference < 0 || (difference === 0 && !order.isKey);
    order.bound = key;
    order.isKey = isKey;
    return isRight;
  }

  private value(page: Buffer, at: number, size: number, flags: number, what: string): Buffer {
    const isBig = flags === NODE_IS_BIG;
    if ((flags !== 0 && !isBig) || at + (isBig ? 8 : size) > page.length) throw this.badNode(number(page, 0), what);
    if (!isBig) return page.subarray(at, at + size);
    const first = number(page, at);
    const head = this.bytes(first * this.meta.pageBytes, HEAD, `page ${first} of the ${what}`);
    const pages = head.readUInt32LE(20);
    if (
      number(head, 0) !== first ||
      head.readUInt16LE(18) !== PageFlag.Overflow ||
      first + pages - 1 > this.meta.lastPage
    )
      throw new PageDamage('corrupt', `a page of another kind as page ${first}, which continues a record`);
    if (HEAD + size > pages * this.meta.pageBytes) throw this.badNode(number(page, 0), what);
    if ((first + pages) * this.meta.pageBytes > this.fileBytes)
      throw this.cut(`page ${first + pages - 1} of the ${what}`);
    this.use(first, pages);
    this.counted.overflowPages += pages;
    return this.bytes(first * this.meta.pageBytes + HEAD, size, `page ${first} of the ${what}`);
  }

  private page(index: number, what: string): Buffer {
    if (index > this.meta.lastPage || index < 2)
      throw new PageDamage('corrupt', `a reference to page ${index} in the ${what}, of ${this.meta.lastPage + 1}`);
    const page = this.bytes(index * this.meta.pageBytes, this.meta.pageBytes, `page ${index} of the ${what}`);
    if (number(page, 0) !== index || number(page, 8) > this.meta.transaction)
      throw new PageDamage('corrupt', `page ${index} of the ${what} that names itself ${number(page, 0)}`);
    this.use(index, 1);
    return page;
  }

  private bytes(at: number, length: number, what: string): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    if (at + length > this.fileBytes || readSync(this.file, bytes, 0, length, at) !== length) throw this.cut(what);
    return bytes;
  }

  private cut(what: string): PageDamage {
    return new PageDamage('truncated', `a file of ${this.fileBytes} bytes, which ends before ${what}`);
  }

  private badNode(page: number, what: string): PageDamage {
    return new PageDamage('corrupt', `page ${page} of the ${what} with a node that does not fit`);
  }
}

/** Keys of the tree of free pages: the transactions that freed them. */
function compareIds(a: Buffer, b: Buffer): number {
  return number(a, 0) - number(b, 0);
}

function treeAt(meta: Buffer, at: number): Tree {
  return {
    depth: meta.readUInt16LE(at + 6),
    branchPages: number(meta, at + 8),
    leafPages: number(meta, at + 16),
    overflowPages: number(meta, at + 24),
    entries: number(meta, at + 32),
    root: meta.readBigUInt64LE(at + 40) === NO_PAGE ? -1 : number(meta, at + 40),
  };
}

/** Beyond the safe integers it is wrong anyway, and stays too large. */
function number(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
