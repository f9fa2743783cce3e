/** What the models that come with this package share: they take calls by name, and objects by key. */
import type { Call } from '../history/history.ts';
import { toJson } from '../show/json.ts';

/** Operations without a key are about one object. */
export const keyOf = ({ key }: Call): string | number => key ?? '';

/** Without the key: whoever shows operations shows those of one object. An output that says nothing new is left out. */
export function describeCall({ f, value = null }: Call, output: unknown): string {
  const argument = value === null ? '' : toJson(value);
  const isTold = output === undefined || (value !== null && (output === null || equals(output, value)));
  return `${f}(${argument})${isTold ? '' : ` → ${toJson(output)}`}`;
}

/** Strict equality of primitives, and of JSON values by what they hold. */
export function equals(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((part, i) => equals(part, b[i]));
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equals(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}

export function isPair(value: unknown): value is readonly [from: unknown, to: unknown] {
  return Array.isArray(value) && value.length === 2;
}
