/**
 * Generates the functions that write, or copy, the fields of the objects of one shape. Unlike a loop over keys, such a
 * function has type feedback of its own for each field, and a site of its own for what stands there.
 *
 * Where the host forbids code from strings, the loops go on.
 */

import type { Copier } from './copier.ts';
import type { Encoder } from './encoder.ts';
import { ShapeSite } from './shape-trie.ts';

/** Objects of one shape that the loop handles before code is generated. */
export const USES_BEFORE_CODE = 16;

/** Writes the fields of a plain object of this shape, whose keys have been checked, at `at`; returns the end. */
export type ShapeWriter = (encoder: Encoder, out: Encoder['out'], value: object, at: number, level: number) => number;

/** A shallow copy of a plain object of this shape, whose keys have been checked. Then its fields are to be copied. */
export interface ShapeCopier {
  readonly shallow: (value: object) => object;
  /** Checks the fields of the shallow copy, and copies those that are objects. */
  readonly deepen: (copier: Copier, copy: object, level: number) => void;
}

export function generateWriter(keys: readonly string[]): ShapeWriter | undefined {
  const fields = keys.map((key, index) => {
    const name = quoted(key);
    return `field = value[${name}];
if (typeof field === 'number') at = out.number(field, at);
else if (typeof field === 'string') at = out.string(field, at);
else { encoder.steps[level] = ${name}; at = encoder.write(field, at, sites[${index}]); }`;
  });
  const source = `return function (encoder, out, value, at, level) { let field;\n${fields.join('\n')}\nreturn at; }`;
  return compile<ShapeWriter>(source, keys);
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
  const source = `return {
  shallow: (value) => ({ ...value }),
  deepen: (copier, copy, level) => { let field;\n${fields.join('\n')}\n},
};`;
  return compile<ShapeCopier>(source, keys);
}

/** Quoting by JSON.stringify keeps a key from being anything but a key. */
function quoted(key: string): string {
  return JSON.stringify(key);
}

function compile<Code>(source: string, keys: readonly string[]): Code | undefined {
  try {
    const make = new Function('sites', source) as (sites: readonly ShapeSite<Code>[]) => Code;
    return make(keys.map(() => new ShapeSite<Code>()));
  } catch {
    return undefined;
  }
}
