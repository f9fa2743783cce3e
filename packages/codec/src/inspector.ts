/**
 * What only the host can tell about a value. The codec imports no `node:*`: production hosts pass Node's `util` to
 * `valueInspector`, tests may pass a stub.
 */

export interface ValueInspector {
  /** No trap of a proxy may run while a value is walked, so this is asked before anything else. */
  isProxy(value: object): boolean;
  isPromise?(value: object): boolean;
  /**
   * Whether `value`, an array or a typed array, has own properties besides its elements; `clean` is a fresh one of the same
   * class and length. Enumerating the keys of a long array makes a string for each index; this avoids it. A false alarm
   * costs time only, as the answer `true` is verified by enumeration.
   */
  hasExtraProperties?(value: object, clean: object): boolean;
}

/** The part of Node's `util` module that an inspector is made of. */
export interface InspectionUtil {
  readonly types: { isProxy(value: unknown): boolean; isPromise(value: unknown): boolean };
  inspect(value: unknown, options: Readonly<Record<string, unknown>>): string;
}

/** No elements, no nested values, no user code: what remains of the text depends on class, length and extra properties. */
const OUTLINE = {
  maxArrayLength: 0,
  depth: 0,
  showHidden: true,
  customInspect: false,
  getters: false,
  colors: false,
  breakLength: Number.POSITIVE_INFINITY,
} as const;

/** An inspector from Node's `util`: `valueInspector(await import('node:util'))`. */
export function valueInspector(util: InspectionUtil): ValueInspector {
  const { inspect } = util;
  return {
    isProxy: util.types.isProxy,
    isPromise: util.types.isPromise,
    hasExtraProperties: (value, clean) => inspect(value, OUTLINE) !== inspect(clean, OUTLINE),
  };
}

/** Reference values (actor refs): opaque to the codec. */
export interface ReferenceHook {
  is(value: object): boolean;
  /** Why this one can not be sent: what came, as a noun phrase, and what to do instead. Undefined where it can. */
  refusal?(value: object): readonly [got: string, advice: string] | undefined;
  /** Plain data that names what is referred to. */
  encode(value: object): unknown;
  /** The one object for that name; must throw when the data names nothing. */
  decode(data: unknown): object;
}
