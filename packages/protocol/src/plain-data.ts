/**
 * Plain data: what a core's state, events and effects are made of. Primitives, arrays, records, maps, sets, buffers and
 * binary views, without cycles, functions, symbols and class instances. So they can be encoded, cloned, fingerprinted and
 * shown. Reference versions, for tests and tools; a host may have faster ones.
 */
import { TroupeError } from './error.ts';

/** Deeper data is taken for a cycle. */
export const PLAIN_DEPTH_MAX = 200;

type View = ArrayBufferView & { slice(): ArrayBufferView } & ArrayLike<number | bigint>;

/**
 * A deep copy that shares nothing with the original.
 *
 * @throws TROUPE_NOT_PLAIN_DATA with the path to the first part that isn't
 */
export function clonePlain<T>(value: T): T {
  return clone(value, [], 0) as T;
}

/** A string that is equal exactly where two values of plain data are, whatever the order of keys and entries. */
export function fingerprint(value: unknown): string {
  return print(value, [], 0);
}

function clone(value: unknown, path: (string | number)[], depth: number): unknown {
  if (typeof value !== 'object' || value === null) return primitive(value, path);
  const kind = kindOf(value, path, depth);
  const child = (part: unknown, at: string | number) => {
    path.push(at);
    const copy = clone(part, path, depth + 1);
    path.pop();
    return copy;
  };
  switch (kind) {
    case 'array':
      return (value as unknown[]).map(child);
    case 'buffer':
      return (value as ArrayBuffer).slice(0);
    case 'view':
      return (value as View).slice();
    case 'map':
      return new Map([...(value as Map<unknown, unknown>)].map(([key, part], i) => [child(key, i), child(part, i)]));
    case 'set':
      return new Set([...(value as Set<unknown>)].map(child));
    case 'record':
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, child(part, key)]));
  }
}

function print(value: unknown, path: (string | number)[], depth: number): string {
  if (typeof value !== 'object' || value === null) return printPrimitive(primitive(value, path));
  const kind = kindOf(value, path, depth);
  const child = (part: unknown, at: string | number) => {
    path.push(at);
    const text = print(part, path, depth + 1);
    path.pop();
    return text;
  };
  switch (kind) {
    case 'array':
      return `[${(value as unknown[]).map(child).join(',')}]`;
    case 'buffer':
      return `ArrayBuffer(${new Uint8Array(value as ArrayBuffer).join(',')})`;
    case 'view':
      return `${value.constructor.name}(${Array.from(value as View).join(',')})`;
    case 'map':
      return `Map{${[...(value as Map<unknown, unknown>)].map(([key, part], i) => `${child(key, i)}:${child(part, i)}`).sort()}}`;
    case 'set':
      return `Set{${[...(value as Set<unknown>)].map(child).sort()}}`;
    case 'record':
      return `{${Object.entries(value)
        .map(([key, part]) => `${JSON.stringify(key)}:${child(part, key)}`)
        .sort()}}`;
  }
}

function printPrimitive(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function primitive(value: unknown, path: readonly (string | number)[]): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw notPlain(path, typeof value);
  return value;
}

function kindOf(
  value: object,
  path: readonly (string | number)[],
  depth: number,
): 'array' | 'buffer' | 'view' | 'map' | 'set' | 'record' {
  if (depth > PLAIN_DEPTH_MAX) throw notPlain(path, 'a cycle, or data too deep');
  if (Array.isArray(value)) return 'array';
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return 'record';
  if (prototype === Map.prototype) return 'map';
  if (prototype === Set.prototype) return 'set';
  if (prototype === ArrayBuffer.prototype) return 'buffer';
  if (ArrayBuffer.isView(value) && 'slice' in value) return 'view';
  throw notPlain(path, `an instance of ${prototype.constructor.name}`);
}

function notPlain(path: readonly (string | number)[], got: string): TroupeError {
  const at = path.length === 0 ? 'the value itself' : path.join('.');
  return new TroupeError(
    'TROUPE_NOT_PLAIN_DATA',
    `Expected plain data, got ${got} at ${at}. Store data there instead.`,
    {
      data: { path: [...path], got },
    },
  );
}
