/**
 * Generates the functions that write, or copy, the fields of the objects of one shape. Unlike a loop over keys, such a
 * function has type feedback of its own for each field, and a site of its own for what stands there.
 *
 * Where the host forbids code from strings, the loops go on.
 */

import type { Copier } from './copier.ts';
import type { Encoder } from './encoder.ts';
import { ShapeSite } from './shape-trie.ts';
import { TextSite } from './text-site.ts';

/** Objects of one shape that the loop handles before code is generated. */
export const USES_BEFORE_CODE = 16;

interface Matcher {
  /** Whether a loop over the object shows these keys in this order, and it is plain. For objects that are no proxies. */
  readonly matches: (value: object) => boolean;
}

export interface ShapeWriter extends Matcher {
  /** Writes the fields of an object of this shape at `at`; returns the end. */
  readonly write: (encoder: Encoder, out: Encoder['out'], value: object, at: number, level: number) => number;
}

export interface ShapeCopier extends Matcher {
  readonly shallow: (value: object) => object;
  /** Checks the fields of a shallow copy, and copies those that are objects. */
  readonly deepen: (copier: Copier, copy: object, level: number) => void;
}

export function generateWriter(keys: readonly string[]): ShapeWriter | undefined {
  const fields = keys.map((key, index) => {
    const name = quoted(key);
    // The commonest integers take one byte, and need no call.
    return `field = value[${name}];
if (typeof field === 'number') {
  if (field > 0 && field < 64 && (field | 0) === field && at < out.limit) out.bytes[at++] = field;
  else at = out.number(field, at);
} else if (typeof field === 'string') at = texts[${index}].write(out, field, at);
else { encoder.steps[level] = ${name}; at = encoder.write(field, at, sites[${index}]); }`;
  });
  return compile<ShapeWriter>(
    keys,
    `write: (encoder, out, value, at, level) => { let field;\n${fields.join('\n')}\nreturn at; },`,
  );
}

export function generateCopier(keys: readonly string[]): ShapeCopier | undefined {
  const fields = keys.map((key, index) => {
    const name = quoted(key);
    return `field = copy[${name}];
if (typeof field !== 'number' && typeof field !== 'string' && typeof field !== 'boolean') {
  copier.steps[level] = ${name};
  const part = copier.part(field, sites[${index}]);
  if (part !== field) copy[${name}] = part;
}`;
  });
  return compile<ShapeCopier>(
    keys,
    `shallow: (value) => ({ ...value }),
deepen: (copier, copy, level) => { let field;\n${fields.join('\n')}\n},`,
  );
}

/** Quoting by JSON.stringify keeps a key from being anything but a key. */
function quoted(key: string): string {
  return JSON.stringify(key);
}

function compile<Code extends Matcher>(keys: readonly string[], methods: string): Code | undefined {
  // `in` tells the optimizing compiler the object's hidden class, and with that its prototype: what would be a call becomes a
  // constant. A load would tell it too, but run a getter.
  const source = `return {
matches: (value) => {
  let index = 0;
  for (const key in value) if (key !== keys[index++]) return false;
  if (index !== ${keys.length}) return false;
  return ${quoted(keys[0] as string)} in value && getPrototypeOf(value) === ObjectPrototype;
},
${methods}
};`;
  try {
    const make = new Function('keys', 'texts', 'sites', 'getPrototypeOf', 'ObjectPrototype', source) as (
      ...given: unknown[]
    ) => Code;
    const sites = keys.map(() => new ShapeSite<Code>());
    return make(
      keys,
      keys.map(() => new TextSite()),
      sites,
      Object.getPrototypeOf,
      Object.prototype,
    );
  } catch {
    return undefined;
  }
}
