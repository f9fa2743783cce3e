/**
 * Checks and copies a value in one walk, for a receiver in the same thread. It keeps the rules of the encoder, and what it
 * makes is what would arrive from another thread; primitives and references pass as they are.
 */

import { TroupeError } from '@troupe/protocol';
import { copyRare } from './copy-rare.ts';
import type { ReferenceHook, ValueInspector } from './inspector.ts';
import { Kind } from './kinds.ts';
import { Shared } from './marks.ts';
import { MemoryRanges } from './memory-ranges.ts';
import { brokenGetter, failedWalk } from './refusal.ts';
import { DEPTH_MAX, refuseDepth, refuseHidden, refusePrimitive, ValueRules, type ViewParts } from './rules.ts';
import { SeenObjects } from './seen-objects.ts';
import { generateCopier, type ShapeCopier, USES_BEFORE_CODE } from './shape-code.ts';
import { type Shape, ShapeSite, ShapeTrie } from './shape-trie.ts';
import type { PathStep } from './value-path.ts';
import { SHAPE_KEYS_MAX, SHAPES_MAX } from './wire.ts';

export interface CopierOptions {
  readonly inspector: ValueInspector;
  readonly references?: ReferenceHook;
}

type Site = ShapeSite<ShapeCopier>;

export class Copier {
  readonly rules: ValueRules;
  readonly steps: PathStep[] = [];
  depth = 0;
  readonly memory: MemoryRanges = new MemoryRanges();
  /** Whether buffers are really moved: only once the whole value has passed. */
  moving = false;
  movesMet = 0;
  private views: Map<ArrayBufferView, ViewParts> | undefined = undefined;
  private readonly seen = new SeenObjects();
  private readonly shapes = new ShapeTrie<ShapeCopier>();
  private readonly site: Site = new ShapeSite<ShapeCopier>();
  private generated = 0;
  private busy = false;

  constructor(options: CopierOptions) {
    this.rules = new ValueRules(options.inspector, options.references);
  }

  /**
   * The copy to give to a receiver in this thread. `root` begins the path of what is refused.
   *
   * @throws TroupeError TROUPE_VALUE_REFUSED
   */
  copy<T>(value: T, root = 'value'): T {
    const type = typeof value;
    if (type === 'number' || type === 'string' || type === 'boolean' || value === undefined || value === null)
      return value;
    if (value instanceof Shared && Object.getPrototypeOf(value) === Shared.prototype) return value.value as T;
    if (this.busy) throw reentered();
    this.busy = true;
    try {
      const copy = this.part(value);
      return (this.movesMet === 0 ? copy : this.move(value)) as T;
    } catch (thrown) {
      throw failedWalk(thrown, root, this.steps.slice(0, this.depth));
    } finally {
      this.busy = false;
      this.moving = false;
      this.depth = 0;
      this.movesMet = 0;
      this.seen.clear();
      this.memory.clear();
      this.views = undefined;
    }
  }

  /** Copies again, now taking the buffers; the first walk has shown that nothing is refused. */
  private move(value: unknown): unknown {
    this.seen.clear();
    this.memory.clear();
    this.moving = true;
    return this.part(value);
  }

  /** The copy of a part of the value. */
  part(value: unknown, site: Site = this.site): unknown {
    if (typeof value === 'object') return value === null ? null : this.object(value, site);
    if (typeof value === 'function' || typeof value === 'symbol') refusePrimitive(value);
    return value;
  }

  private object(value: object, site: Site): object {
    const { rules } = this;
    const { last } = site;
    if (last?.code !== undefined && !Array.isArray(value) && rules.isOf(last.code, value, last.keys)) {
      return this.before(value) ?? this.shaped(value, last.code);
    }
    const kind = rules.kindOf(value);
    if (kind === Kind.Reference) return value;
    if (kind !== Kind.Plain && kind !== Kind.Array) return copyRare(this, kind, value);
    const before = this.before(value);
    if (before !== undefined) return before;
    return kind === Kind.Plain ? this.plain(value, site) : this.array(value as unknown[], site);
  }

  /** The copy made before of an object that occurs again; else its number is taken, and `made` must follow. */
  before(value: object): object | undefined {
    const number = this.seen.meet(value);
    return number === -1 ? undefined : this.seen.made(number);
  }

  made<T extends object>(copy: T): T {
    this.seen.make(this.seen.count - 1, copy);
    return copy;
  }

  /** What a view is of. Once its buffer is moved only the first walk can tell. */
  viewParts(value: ArrayBufferView): ViewParts {
    const known = this.moving ? this.views?.get(value) : undefined;
    if (known !== undefined) return known;
    const parts = this.rules.viewParts(value);
    this.views ??= new Map();
    this.views.set(value, parts);
    return parts;
  }

  /** The number of a copy that can only be made from its parts. */
  reserve(): number {
    return this.seen.count - 1;
  }

  fill<T extends object>(number: number, copy: T): T {
    this.seen.make(number, copy);
    return copy;
  }

  enter(): number {
    if (this.depth >= DEPTH_MAX) refuseDepth();
    return this.depth++;
  }

  private plain(value: object, site: Site): object {
    const keys = this.rules.plainKeys(value);
    const shape = this.shapes.find(site, keys);
    if (shape.code === undefined) {
      if (shape.uses++ === USES_BEFORE_CODE) this.generate(shape);
    } else if (Object.keys(value).length === keys.length) return this.shaped(value, shape.code);
    return this.fields(value, keys, this.made(this.shallow(value, spread)));
  }

  /** Copies an object that has been found to be of a shape. */
  private shaped(value: object, code: ShapeCopier): object {
    const copy = this.made(this.shallow(value, code.shallow));
    const level = this.enter();
    code.deepen(this, copy, level);
    this.depth = level;
    return copy;
  }

  /** A copy of the fields alone, each read once. */
  shallow(value: object, spread: (value: object) => object): object {
    try {
      return spread(value);
    } catch (thrown) {
      throw brokenGetter(thrown, value) ?? thrown;
    }
  }

  private generate(shape: Shape<ShapeCopier>): void {
    if (shape.keys.length > SHAPE_KEYS_MAX || this.generated >= SHAPES_MAX) return;
    this.generated++;
    shape.code = generateCopier(shape.keys);
    this.shapes.keep(shape);
  }

  /** Checks and replaces the fields of a shallow copy. They are read from the copy, so that what is checked is what arrives. */
  fields(value: object, keys: readonly string[], copy: object): object {
    const { steps } = this;
    const { length } = keys;
    const level = this.enter();
    let index = 0;
    for (const key in copy) {
      if (index === length) break;
      if (key !== keys[index]) break;
      index++;
      const field = (copy as Record<string, unknown>)[key];
      if (typeof field === 'number' || typeof field === 'string' || typeof field === 'boolean') continue;
      steps[level] = key;
      const part = this.part(field);
      if (part !== field) (copy as Record<string, unknown>)[key] = part;
    }
    this.depth = level;
    if (index !== length) refuseHidden(value, keys);
    return copy;
  }

  private array(value: readonly unknown[], site: Site): object {
    if (!this.rules.isDense(value)) return copyRare(this, Kind.Array, value);
    const copy = this.made(value.slice());
    const { steps } = this;
    const { length } = copy;
    const level = this.enter();
    for (let index = 0; index < length; index++) {
      const element = copy[index];
      if (typeof element === 'number' || typeof element === 'string' || typeof element === 'boolean') continue;
      steps[level] = index;
      const part = this.part(element, site);
      if (part !== element) copy[index] = part;
    }
    this.depth = level;
    return copy;
  }
}

const spread = (value: object): object => ({ ...value });

function reentered(): TroupeError {
  return new TroupeError(
    'TROUPE_CODEC_REENTERED',
    'Expected no sending while a value is being copied, but a getter in the value sent another. Compute such values before sending.',
  );
}
