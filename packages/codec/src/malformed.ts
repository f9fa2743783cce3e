/** Thrown while decoding; the decoder makes the error of it. Not an Error: malformed frames may come in floods. */

export class Malformed {
  /** What came instead, as a noun phrase. */
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}
