/**
 * The shapes that an encoder has announced in its stream.
 *
 * A shape is announced at its second sighting: objects with keys of their own each (dictionaries) would otherwise use up
 * the table.
 */

import type { ShapeWriter } from './shape-code.ts';
import { Shape, type ShapeSite, ShapeTrie } from './shape-trie.ts';
import { SHAPE_KEY_LENGTH_MAX, SHAPE_KEYS_MAX, SHAPES_MAX } from './wire.ts';

/** Stands for the shape of an object that is not written as a record. */
const NO_SHAPE: Shape<ShapeWriter> = new Shape([]);

export class EncoderShapes {
  private readonly trie = new ShapeTrie<ShapeWriter>();
  private readonly announced: Shape<ShapeWriter>[] = [];

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
    if (shape === NO_SHAPE || shape.uses++ === 0 || this.announced.length >= SHAPES_MAX) return false;
    if (shape.keys.some((key) => key.length > SHAPE_KEY_LENGTH_MAX)) return false;
    shape.id = this.announced.push(shape) - 1;
    this.trie.keep(shape);
    return true;
  }

  /** Takes back what was announced since there were `size` shapes. */
  rollback(size: number): void {
    while (this.announced.length > size) {
      const last = this.announced.pop();
      if (last !== undefined) last.id = -1;
    }
  }
}
