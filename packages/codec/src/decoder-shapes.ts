/**
 * The shapes that a decoder was told of, each with the function that builds its objects. After a few uses the function is
 * generated: an object literal is the only way to make an object of a known shape at full speed. Where the host forbids
 * code from strings, and beyond a bound, the slower loop goes on.
 */

import { SHAPES_MAX } from './wire.ts';

/** What a shape's function reads field by field. */
export interface FieldSource {
  read(): unknown;
}

/** Uses after which a function is generated. */
const USES_BEFORE_CODE = 8;
/** Functions that one decoder generates; only a faulty peer announces shapes more often than there are numbers. */
const CODE_MAX = 2 * SHAPES_MAX;

export class DecoderShape {
  readonly keys: readonly string[];
  build: ((source: FieldSource) => object) | undefined = undefined;
  uses = 0;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }
}

export class DecoderShapes {
  private readonly shapes: (DecoderShape | undefined)[] = [];
  /** By their keys: a stream that begins anew announces what it did before, for which functions have been generated. */
  private readonly known = new Map<string, DecoderShape>();
  /** What the current frame announced, and what stood there before. */
  private readonly journal: { id: number; before: DecoderShape | undefined }[] = [];
  private generated = 0;

  get(id: number): DecoderShape | undefined {
    return this.shapes[id];
  }

  set(id: number, shape: DecoderShape): void {
    this.journal.push({ id, before: this.shapes[id] });
    this.shapes[id] = shape;
  }

  /** The shape of these keys: as it was announced before, where it was. */
  announced(keys: readonly string[]): DecoderShape {
    const name = JSON.stringify(keys);
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const shape = new DecoderShape(keys);
    if (this.known.size < CODE_MAX) this.known.set(name, shape);
    return shape;
  }

  /** Forgets which shape has which number. */
  reset(): void {
    for (let id = 0; id < this.shapes.length; id++) {
      this.journal.push({ id, before: this.shapes[id] });
      this.shapes[id] = undefined;
    }
  }

  /** Keeps what the frame announced. */
  commit(): void {
    if (this.journal.length !== 0) this.journal.length = 0;
  }

  /** Takes back what the frame announced: in a malformed frame any key may be wrong. */
  rollback(): void {
    for (let entry = this.journal.pop(); entry !== undefined; entry = this.journal.pop()) {
      this.shapes[entry.id] = entry.before;
    }
  }

  /** An object of this shape, its fields read from `source` in order. */
  build(shape: DecoderShape, source: FieldSource): object {
    if (shape.build !== undefined) return shape.build(source);
    if (++shape.uses === USES_BEFORE_CODE && this.generated < CODE_MAX) {
      this.generated++;
      shape.build = generate(shape.keys);
    }
    const object = {};
    for (const key of shape.keys) setOwn(object, key, source.read());
    return object;
  }
}

/** Sets an own property even where the key is `__proto__`. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (object as Record<string, unknown>)[key] = value;
  }
}

type Build = (source: FieldSource) => object;
/** Decoders of this thread share what was generated, by its keys: it is compiled, and learns to be fast, once. */
const generated = new Map<string, Build>();
/** Of more than so many shapes those that came first are generated again. */
const GENERATED_MAX = 1_024;

function generate(keys: readonly string[]): Build | undefined {
  const named = JSON.stringify(keys);
  const known = generated.get(named);
  if (known !== undefined) return known;
  const made = generateNew(keys);
  if (made === undefined) return undefined;
  if (generated.size >= GENERATED_MAX) generated.delete(generated.keys().next().value as string);
  generated.set(named, made);
  return made;
}

/** Keys are quoted by JSON.stringify, so that none can be more than a key, and computed, so that `__proto__` is one too. */
function generateNew(keys: readonly string[]): Build | undefined {
  const fields = keys.map((key) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}:source.read()`);
  try {
    return new Function('source', `return {${fields.join(',')}}`) as Build;
  } catch {
    return undefined;
  }
}
