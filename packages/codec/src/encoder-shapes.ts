/**
 * The shapes (ordered lists of keys) that an encoder has announced in its stream, found by walking a trie key by key. Each
 * node remembers the child that it led to last, so a run of like objects costs a comparison of pointers a key.
 *
 * A shape is announced at its second sighting: objects with keys of their own each (dictionaries) would otherwise use up
 * the table.
 */

import { SHAPE_KEY_LENGTH_MAX, SHAPE_KEYS_MAX, SHAPES_MAX } from './wire.ts';

/** Nodes that lead to no announced shape; when there are more, they are forgotten together. */
const CANDIDATE_NODES_MAX = 8192;

export class EncoderShape {
  /** The number announced, or -1. */
  id = -1;
  /** The key asked for last, and where it led. */
  key = '';
  next: EncoderShape | undefined = undefined;
  children: Map<string, EncoderShape> | undefined = undefined;
  seen = false;
}

export class EncoderShapes {
  private root = new EncoderShape();
  private candidateNodes = 0;
  private readonly announced: { shape: EncoderShape; keys: readonly string[] }[] = [];

  get size(): number {
    return this.announced.length;
  }

  /** The shape with these keys; undefined where objects of these keys are written as maps. */
  find(keys: readonly string[]): EncoderShape | undefined {
    const { length } = keys;
    if (length === 0 || length > SHAPE_KEYS_MAX) return undefined;
    let node: EncoderShape | undefined = this.root;
    for (let index = 0; index < length; index++) {
      const key = keys[index] as string;
      node = node.key === key && node.next !== undefined ? node.next : this.step(node, key);
      if (node === undefined) return undefined;
    }
    return node;
  }

  private step(node: EncoderShape, key: string): EncoderShape | undefined {
    let child = node.children?.get(key);
    if (child === undefined) {
      if (this.announced.length >= SHAPES_MAX || key.length > SHAPE_KEY_LENGTH_MAX) return undefined;
      child = this.grow(node, key);
      this.candidateNodes++;
    }
    node.key = key;
    node.next = child;
    return child;
  }

  private grow(node: EncoderShape, key: string): EncoderShape {
    const child = new EncoderShape();
    node.children ??= new Map();
    node.children.set(key, child);
    return child;
  }

  /** Whether to announce this shape now; if so it has its number from here on. */
  announce(shape: EncoderShape, keys: readonly string[]): boolean {
    if (!shape.seen) {
      shape.seen = true;
      if (this.candidateNodes > CANDIDATE_NODES_MAX) this.forgetCandidates();
      return false;
    }
    if (this.announced.length >= SHAPES_MAX) return false;
    shape.id = this.announced.length;
    this.announced.push({ shape, keys });
    return true;
  }

  /** Takes back what was announced since there were `size` shapes. */
  rollback(size: number): void {
    while (this.announced.length > size) {
      const last = this.announced.pop();
      if (last !== undefined) last.shape.id = -1;
    }
  }

  private forgetCandidates(): void {
    this.root = new EncoderShape();
    this.candidateNodes = 0;
    for (const entry of this.announced) {
      let node = this.root;
      for (const key of entry.keys) node = node.children?.get(key) ?? this.grow(node, key);
      node.id = entry.shape.id;
      node.seen = true;
      entry.shape = node;
    }
  }
}
