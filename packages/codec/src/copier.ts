/**
 * Checks and copies a value in one walk, for a receiver in the same thread. It keeps the rules of the encoder, and what it
 * makes is what would arrive from another thread; primitives and references pass as they are.
 */

import { TroupeError } from '@troupe/protocol';
import { copyRare } from './copy-rare.ts';
import type { ReferenceHook, ValueInspector } from './inspector.ts';
import { Kind } from './kinds.ts';
import { Shared } from './marks.ts';
import { failedWalk } from './refusal.ts';
import { DEPTH_MAX, hiddenKey, refuseDepth, refusePrimitive, ValueRules } from './rules.ts';
import { SeenObjects } from './seen-objects.ts';
import type { PathStep } from './value-path.ts';

export interface CopierOptions {
  readonly inspector: ValueInspector;
  readonly references?: ReferenceHook;
}

export class Copier {
  readonly rules: ValueRules;
  readonly steps: PathStep[] = [];
  depth = 0;
  /** Whether buffers are really moved: only once the whole value has passed. */
  moving = false;
  movesMet = 0;
  private readonly seen = new SeenObjects();
  /** The copies of the objects seen, by number. */
  private readonly copies: (object | undefined)[] = [];
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
      this.forget();
    }
  }

  /** Copies again, now taking the buffers; the first walk has shown that nothing is refused. */
  private move(value: unknown): unknown {
    this.forget();
    this.moving = true;
    return this.part(value);
  }

  private forget(): void {
    this.seen.clear();
    this.copies.length = 0;
  }

  /** The copy of a part of the value. */
  part(value: unknown): unknown {
    if (typeof value === 'object') return value === null ? null : this.object(value);
    if (typeof value === 'function' || typeof value === 'symbol') refusePrimitive(value);
    return value;
  }

  private object(value: object): object {
    const kind = this.rules.kindOf(value);
    if (kind === Kind.Reference) return value;
    if (kind !== Kind.Plain && kind !== Kind.Array) return copyRare(this, kind, value);
    const before = this.before(value);
    if (before !== undefined) return before;
    return kind === Kind.Plain ? this.plain(value) : this.array(value as unknown[]);
  }

  /** The copy made before of an object that occurs again; else its number is taken, and `made` must follow. */
  before(value: object): object | undefined {
    const number = this.seen.meet(value);
    return number === -1 ? undefined : this.copies[number];
  }

  made<T extends object>(copy: T): T {
    this.copies.push(copy);
    return copy;
  }

  /** The number of a copy that can only be made from its parts. */
  reserve(): number {
    return this.copies.push(undefined) - 1;
  }

  fill<T extends object>(number: number, copy: T): T {
    this.copies[number] = copy;
    return copy;
  }

  enter(): number {
    if (this.depth >= DEPTH_MAX) refuseDepth();
    return this.depth++;
  }

  private plain(value: object): object {
    const keys = this.rules.plainKeys(value);
    return this.fields(keys, this.made({ ...value }));
  }

  /** Checks and replaces the fields of a shallow copy. They are read from the copy, so that what is checked is what arrives. */
  fields(keys: readonly string[], copy: object): object {
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
    if (index !== length) hiddenKey(keys[index] as string);
    return copy;
  }

  private array(value: readonly unknown[]): object {
    if (!this.rules.isDense(value)) return copyRare(this, Kind.Array, value);
    const copy = this.made(value.slice());
    const { steps } = this;
    const { length } = copy;
    const level = this.enter();
    for (let index = 0; index < length; index++) {
      const element = copy[index];
      if (typeof element === 'number' || typeof element === 'string' || typeof element === 'boolean') continue;
      steps[level] = index;
      const part = this.part(element);
      if (part !== element) copy[index] = part;
    }
    this.depth = level;
    return copy;
  }
}

function reentered(): TroupeError {
  return new TroupeError(
    'TROUPE_CODEC_REENTERED',
    'Expected no sending while a value is being copied, but a getter in the value sent another. Compute such values before sending.',
  );
}
