/**
 * The oracle of the property tests: whether two values are equal in everything that the codec promises. It sees -0, holes,
 * prototypes, key order, enumerability, and which objects are the same one.
 */

const intrinsic = (value: object): string => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return 'null';
  return value instanceof Error ? (prototype.constructor as { name: string }).name : identify(prototype);
};

const prototypes = new Map<object, string>();
function identify(prototype: object): string {
  let name = prototypes.get(prototype);
  if (name === undefined) {
    name = `prototype ${prototypes.size}`;
    prototypes.set(prototype, name);
  }
  return name;
}

/** Where and how `actual` differs from `expected`, or undefined. */
export function difference(actual: unknown, expected: unknown): string | undefined {
  return compare(actual, expected, 'value', new Map(), new Map());
}

type Pairs = Map<object, object>;

function compare(actual: unknown, expected: unknown, path: string, forth: Pairs, back: Pairs): string | undefined {
  if (!isObject(actual) || !isObject(expected)) {
    return Object.is(actual, expected) ? undefined : `${path}: ${String(actual)} is not ${String(expected)}`;
  }
  if (forth.has(actual) || back.has(expected)) {
    return forth.get(actual) === expected && back.get(expected) === actual ? undefined : `${path}: another object`;
  }
  forth.set(actual, expected);
  back.set(expected, actual);
  if (actual === expected) return `${path}: not a copy`;
  if (intrinsic(actual) !== intrinsic(expected)) return `${path}: of another prototype`;
  const down = (one: unknown, other: unknown, key: string) => compare(one, other, `${path}.${key}`, forth, back);
  return contents(actual, expected, down, path) ?? properties(actual, expected, down, path);
}

type Down = (one: unknown, other: unknown, key: string) => string | undefined;

function contents(actual: object, expected: object, down: Down, path: string): string | undefined {
  if (actual instanceof Date) return down(actual.getTime(), (expected as Date).getTime(), 'time');
  if (actual instanceof RegExp) return down(String(actual), String(expected), 'source');
  if (actual instanceof Map)
    return down([...actual].flat(1), [...(expected as Map<unknown, unknown>)].flat(1), 'entries');
  if (actual instanceof Set) return down([...actual], [...(expected as Set<unknown>)], 'members');
  if (actual instanceof ArrayBuffer) return bytes(actual, expected as ArrayBuffer, path);
  if (ArrayBuffer.isView(actual)) {
    const other = expected as ArrayBufferView;
    if (actual.byteLength !== other.byteLength) return `${path}: of another length`;
    // What of a Buffer's memory lies around it is the allocator's business.
    if (Buffer.isBuffer(actual)) return actual.equals(other as Buffer) ? undefined : `${path}: other bytes`;
    return down(actual.byteOffset, other.byteOffset, 'byteOffset') ?? down(actual.buffer, other.buffer, 'buffer');
  }
  return undefined;
}

function bytes(actual: ArrayBuffer, expected: ArrayBuffer, path: string): string | undefined {
  return Buffer.from(actual).equals(Buffer.from(expected)) ? undefined : `${path}: other bytes`;
}

function properties(actual: object, expected: object, down: Down, path: string): string | undefined {
  if (ArrayBuffer.isView(actual)) return undefined;
  const keys = Reflect.ownKeys(actual);
  const others = Reflect.ownKeys(expected);
  if (keys.length !== others.length) return `${path}: keys ${keys.map(String)} instead of ${others.map(String)}`;
  for (const [index, key] of keys.entries()) {
    if (key !== others[index]) return `${path}: key ${String(key)} instead of ${String(others[index])}`;
    const enumerable = Object.prototype.propertyIsEnumerable.call(actual, key);
    if (enumerable !== Object.prototype.propertyIsEnumerable.call(expected, key))
      return `${path}: ${String(key)} shows`;
    const found = down(Reflect.get(actual, key), Reflect.get(expected, key), String(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
