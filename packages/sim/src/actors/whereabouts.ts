/**
 * Where a simulation is: the node, the actor and the kind of the message that is being handled, in memory that another
 * thread can read. So whoever ends a simulation that hangs can say where it hung.
 *
 * Texts are written once each; a message costs one store.
 */

/** Bytes of texts kept; of more, none is named. */
const TEXT_BYTES = 1 << 18;
/** Words before the texts: which is current, and how many bytes of texts there are. */
const CURRENT = 0;
const USED = 1;
const HEADER_BYTES = 8;

export class Whereabouts {
  /** Give it to the thread that is to read it. */
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly places = new Map<string, number>();

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(HEADER_BYTES + TEXT_BYTES)) {
    this.memory = memory;
    this.words = new Int32Array(memory, 0, 2);
    this.bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** A text's place, to be given to `enter`; 0 where there is no room for more texts. */
  place(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const encoded = new TextEncoder().encode(text);
    const used = this.words[USED] as number;
    const isFull = used + 4 + encoded.length > this.bytes.length;
    const place = isFull ? 0 : used + 1;
    if (!isFull) {
      new DataView(this.memory, HEADER_BYTES).setUint32(used, encoded.length);
      this.bytes.set(encoded, used + 4);
      this.words[USED] = used + 4 + encoded.length;
    }
    this.places.set(text, place);
    return place;
  }

  enter(place: number): void {
    this.words[CURRENT] = place;
  }
}

/** In another thread: where the simulation is; undefined where it is nowhere that has a name. */
export function readWhereabouts(memory: SharedArrayBuffer): string | undefined {
  const place = new Int32Array(memory, 0, 2)[CURRENT] as number;
  if (place <= 0) return undefined;
  const length = new DataView(memory, HEADER_BYTES).getUint32(place - 1);
  return new TextDecoder().decode(new Uint8Array(memory, HEADER_BYTES + place + 3, length).slice());
}
