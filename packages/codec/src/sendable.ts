/** What of the rules types can say cheaply. What they can't see (class instances, proxies, hidden keys) is refused at run time. */

import type { Moved, Shared } from './marks.ts';

type Refused =
  | ((...args: never[]) => unknown)
  | symbol
  | Promise<unknown>
  | WeakKeyed
  | WeakRef<object>
  | SharedArrayBuffer;
type WeakKeyed = WeakMap<object, unknown> | WeakSet<object>;
type Whole =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Date
  | RegExp
  | ArrayBuffer
  | ArrayBufferView
  | Error
  | Moved;

/**
 * `T` where all of it may be sent, with `never` in the place of each part that may not: `tell(value: Sendable<T>)`.
 * A part of type `unknown` is left to the check at run time.
 */
export type Sendable<T> = unknown extends T
  ? T
  : T extends Whole
    ? T
    : T extends Refused
      ? never
      : T extends Shared<infer V>
        ? Shared<Sendable<V>>
        : T extends ReadonlyMap<infer K, infer V>
          ? ReadonlyMap<Sendable<K>, Sendable<V>>
          : T extends ReadonlySet<infer M>
            ? ReadonlySet<Sendable<M>>
            : T extends object
              ? { [K in keyof T]: Sendable<T[K]> }
              : never;
