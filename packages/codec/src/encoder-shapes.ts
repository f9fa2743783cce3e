/**
 * The shapes that an encoder has announced in its stream.
 *
 * A shape is announced at its second sighting: objects with keys of their own each (dictionaries) would otherwise use up
 * the table.
 */

import type { ShapeWriter } from './shape-code.ts';
import { Shape, type ShapeSite, ShapeTrie } from './shape-trie.ts';
import { SHAPE_KEY_LENGTH_MAX, SHAPE_KEYS_MAX, SHAPES_MAX, Token } from './wire.ts';

/** Where announcements go that must outlive the decoder. */
export interface AnnouncementLog {
  /** `record` is a frame that announces the same, whatever its value is. False where there is no room: then it is not announced. */
  append(record: Uint8Array): boolean;
  /** What was announced since there were `mark` announcements is taken back. */
  rewind(mark: number): void;
}

/** Stands for the shape of an object that is not written as a record. */
const NO_SHAPE: Shape<ShapeWriter> = new Shape([]);

export class EncoderShapes {
  private readonly trie = new ShapeTrie<ShapeWriter>();
  private readonly announced: Shape<ShapeWriter>[] = [];
  private max = SHAPES_MAX;
  /** Keeps announcements for decoders to come. */
  log: AnnouncementLog | undefined = undefined;

  get size(): number {
    return this.announced.length;
  }

  /** The shape of these keys; its number is -1 where their object is to be written as a map. */
  find(site: ShapeSite<ShapeWriter>, keys: readonly string[]): Shape<ShapeWriter> {
    const { length } = keys;
    if (length === 0 || length > SHAPE_KEYS_MAX) return NO_SHAPE;
    return this.trie.find(site, keys);
  }

  /** Whether to announce this shape now; if so, it has its number from here on. */
  announce(shape: Shape<ShapeWriter>): boolean {
    if (shape === NO_SHAPE || this.announced.length >= this.max) return false;
    if (shape.uses === 0) {
      shape.uses = 1;
      return false;
    }
    if (shape.keys.some((key) => key.length > SHAPE_KEY_LENGTH_MAX)) return false;
    shape.id = this.announced.push(shape) - 1;
    this.trie.keep(shape);
    return true;
  }

  /**
   * Logs the announcement of the newest shape: the bytes that name it, and as its first object one of nothing but `null`.
   * False where there is no room: then it is taken back, and no other will be announced.
   */
  keep(announcement: Uint8Array): boolean {
    if (this.log === undefined) return true;
    const { length } = this.announced;
    const fields = this.announced[length - 1]?.keys.length ?? 0;
    const record = new Uint8Array(announcement.length + fields).fill(Token.Nil);
    record.set(announcement);
    if (this.log.append(record)) return true;
    this.max = length - 1;
    this.rollback(this.max);
    return false;
  }

  /** Takes back what was announced since there were `size` shapes. */
  rollback(size: number): void {
    while (this.announced.length > size) {
      const last = this.announced.pop();
      if (last !== undefined) last.id = -1;
    }
    this.log?.rewind(size);
  }
}
