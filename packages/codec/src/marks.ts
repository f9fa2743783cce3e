/** The two ways of sending without a copy: sharing an immutable value within a thread, and moving a buffer across threads. */

/** A value whose sender promises that nobody changes it any more. Made by `share`. */
export class Shared<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

/** A buffer that its sender gives away. Made by `move`. */
export class Moved {
  readonly buffer: ArrayBuffer;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }
}

/**
 * Opts out of the copy within a thread: the receiver gets `value` itself, unchecked. Across threads it is checked and encoded
 * as usual. Neither side may change it afterwards.
 */
export function share<T>(value: T): Shared<T> {
  return new Shared(value);
}

/** Transfers `buffer` instead of copying it. Once sent, it is detached (of length 0) here. The receiver gets an ArrayBuffer. */
export function move(buffer: ArrayBuffer): Moved {
  return new Moved(buffer);
}
