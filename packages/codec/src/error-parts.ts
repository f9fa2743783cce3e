/**
 * Errors taken apart and put together again.
 *
 * A builtin error arrives as an instance of its class. An error of the user's own class arrives as an instance of a class of
 * the same name, made here, below the builtin class that it descends from: its own class is code, which does not travel.
 * Within a thread it is the same, so that nothing depends on where the receiver is.
 */

import { className, DOMExceptionClass } from './kinds.ts';
import { Refusal } from './refusal.ts';

export interface ErrorProperty {
  readonly key: string;
  readonly enumerable: boolean;
  readonly value: unknown;
}

export interface ErrorParts {
  readonly className: string;
  /** The builtin class that it is, or descends from. */
  readonly base: string;
  /** The name it inherits, where that is not its base's. */
  readonly name: string | undefined;
  readonly message: string;
  readonly properties: readonly ErrorProperty[];
}

type ErrorClass = new (message?: string) => Error;

const BASES: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ['Error', Error],
  ['TypeError', TypeError],
  ['RangeError', RangeError],
  ['SyntaxError', SyntaxError],
  ['ReferenceError', ReferenceError],
  ['EvalError', EvalError],
  ['URIError', URIError],
  ['AggregateError', AggregateError as unknown as ErrorClass],
  ...(DOMExceptionClass === undefined ? [] : ([['DOMException', DOMExceptionClass as unknown as ErrorClass]] as const)),
]);
const baseNames = new Map<object, string>([...BASES].map(([name, { prototype }]) => [prototype, name]));

/** Classes made for the user's own; when there are more, further errors arrive as their base. */
const CLASSES_MAX = 1024;
const NAME_LENGTH_MAX = 256;
const classes = new Map<string, ErrorClass>();

/** @throws Refusal for symbol keys */
export function takeErrorApart(error: Error): ErrorParts {
  const prototype = Object.getPrototypeOf(error) as object;
  const base = baseOf(prototype);
  const inherited = base === 'DOMException' ? 'Error' : inheritedName(error, prototype);
  const properties: ErrorProperty[] = [];
  for (const key of Reflect.ownKeys(error)) {
    if (typeof key === 'symbol') {
      throw new Refusal(`an error with the symbol key ${String(key)}`, 'Use a string key.');
    }
    const descriptor = Object.getOwnPropertyDescriptor(error, key) as PropertyDescriptor;
    // V8 keeps the stack behind an accessor of each error's own.
    const value = 'value' in descriptor ? (descriptor.value as unknown) : (Reflect.get(error, key) as unknown);
    properties.push({ key, enumerable: descriptor.enumerable === true, value });
  }
  return {
    className: className(prototype).slice(0, NAME_LENGTH_MAX),
    base,
    name: base === 'DOMException' ? error.name : inherited === BASES.get(base)?.prototype.name ? undefined : inherited,
    message: base === 'DOMException' ? error.message : '',
    properties,
  };
}

function baseOf(prototype: object): string {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const name = baseNames.get(at);
    if (name !== undefined) return name;
  }
  return 'Error';
}

/** The name that the error's class gives it, by property or by getter. */
function inheritedName(error: Error, prototype: object): string {
  const name: unknown = Reflect.get(prototype, 'name', error);
  return typeof name === 'string' ? name.slice(0, NAME_LENGTH_MAX) : 'Error';
}

/** The error without its properties; the caller adds them with `addErrorProperty`, as they may refer to it. */
export function newError(parts: Omit<ErrorParts, 'properties'>): Error {
  const limit = Error.stackTraceLimit;
  // Its own stack arrives as a property; the one made here would name the codec.
  Error.stackTraceLimit = 0;
  try {
    if (parts.base === 'DOMException' && DOMExceptionClass !== undefined) {
      return new DOMExceptionClass(parts.message, parts.name ?? 'Error');
    }
    const error = Reflect.construct(
      errorBase(parts.base),
      parts.base === 'AggregateError' ? [[]] : [],
      errorClass(parts),
    ) as Error;
    for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key);
    return error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

export function addErrorProperty(error: Error, key: string, enumerable: boolean, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

function errorBase(base: string): ErrorClass {
  return BASES.get(base) ?? Error;
}

function errorClass({ className: name, base, name: inherited }: Omit<ErrorParts, 'properties'>): ErrorClass {
  const parent = errorBase(base);
  if (name === base && inherited === undefined) return parent;
  const key = JSON.stringify([base, name, inherited]);
  const known = classes.get(key);
  if (known !== undefined) return known;
  if (classes.size >= CLASSES_MAX || name.length > NAME_LENGTH_MAX) return parent;
  const made = { [name]: class extends parent {} }[name] as ErrorClass;
  if (inherited !== undefined) {
    Object.defineProperty(made.prototype, 'name', { value: inherited, writable: true, configurable: true });
  }
  classes.set(key, made);
  return made;
}
