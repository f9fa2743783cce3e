/**
 * Finds the shape (ordered list of keys) of an object, by walking a trie key by key. A site (a place where objects of one
 * shape usually stand) remembers the last two shapes found there, so that a run of like objects costs a comparison of pointers
 * a key.
 */

/** Keys whose objects are dictionaries rather than records would make the trie grow without end. */
const CANDIDATE_NODES_MAX = 8192;

export class Shape<Code> {
  readonly keys: readonly string[];
  /** The number under which it is announced in a stream, or -1. */
  id = -1;
  uses = 0;
  /** A function generated for objects of this shape. */
  code: Code | undefined = undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }
}

export class ShapeSite<Code> {
  last: Shape<Code> | undefined = undefined;
  other: Shape<Code> | undefined = undefined;
}

class Node<Code> {
  readonly children: Map<string, Node<Code>> = new Map();
  shape: Shape<Code> | undefined = undefined;
}

export class ShapeTrie<Code> {
  private root = new Node<Code>();
  private candidateNodes = 0;
  private readonly kept = new Set<Shape<Code>>();

  find(site: ShapeSite<Code>, keys: readonly string[]): Shape<Code> {
    const { last, other } = site;
    if (last !== undefined && sameKeys(last.keys, keys)) return last;
    if (other !== undefined && sameKeys(other.keys, keys)) {
      site.last = other;
      site.other = last;
      return other;
    }
    site.other = last;
    return (site.last = this.walk(keys));
  }

  /** Remembers a shape for good. */
  keep(shape: Shape<Code>): void {
    this.kept.add(shape);
  }

  private walk(keys: readonly string[]): Shape<Code> {
    if (this.candidateNodes > CANDIDATE_NODES_MAX) this.forgetCandidates();
    const node = this.grow(keys);
    return (node.shape ??= new Shape<Code>(keys));
  }

  private grow(keys: readonly string[]): Node<Code> {
    let node = this.root;
    for (const key of keys) {
      let child = node.children.get(key);
      if (child === undefined) {
        child = new Node<Code>();
        node.children.set(key, child);
        this.candidateNodes++;
      }
      node = child;
    }
    return node;
  }

  /** Starts again with the shapes kept. Sites may still hold others; they work as before, and are found again as new. */
  private forgetCandidates(): void {
    this.root = new Node();
    for (const shape of this.kept) this.grow(shape.keys).shape = shape;
    this.candidateNodes = 0;
  }
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  const { length } = one;
  if (other.length !== length) return false;
  for (let index = 0; index < length; index++) if (one[index] !== other[index]) return false;
  return true;
}
