/**
 * A frame in a ring: a header of int32 words at an offset that is a multiple of 8, then one encoded payload, then
 * perhaps one encoded extra value.
 *
 *   short (16 bytes)  magic(8) length(24) | type(8) kind(16) flags(8) | target | sender
 *   long  (32 bytes)  short, then deadline (float64, ms) | correlation | bytes of the payload
 *
 * A tell has no correlation, deadline or extra and takes the short one. `length` counts header and content, not the
 * padding to the next multiple of 8. A payload of `undefined` takes no bytes. Type 0 is padding up to the end of the
 * buffer. An out-of-band frame is long, and its content are four words: the ids and sizes of payload and extra.
 * The flags from ATTEMPT_UNIT upwards are the reader's: a redelivering reader marks there what was begun and released.
 */

export const MAGIC = 0xa7;
export const LENGTH_MASK = 0xff_ffff;
export const SHORT_HEADER_BYTES = 16;
export const LONG_HEADER_BYTES = 32;
export const PLACEHOLDER_BYTES = LONG_HEADER_BYTES + 16;
export const PADDING_BYTES_MIN = 8;
export const FRAME_BYTES_MAX = LENGTH_MASK & ~7;

export const TYPE_PADDING = 0;
export const TYPE_MAX = 0xff;
export const KIND_MAX = 0xffff;

export const FLAG_LONG = 1;
export const FLAG_PAYLOAD = 2;
export const FLAG_EXTRA = 4;
export const FLAG_OUT_OF_BAND = 8;
export const ATTEMPT_UNIT = 16;
export const ATTEMPT_MASK = 48;
export const ATTEMPTS_MAX = 3;
export const FLAG_RELEASED = 64;
export const READER_FLAGS = ATTEMPT_MASK | FLAG_RELEASED;
export const FLAG_UNKNOWN = 128;

/** What `RingWriter.write` answers. */
export const FULL = 0;
export const SENT = 1;
export type WriteResult = typeof FULL | typeof SENT;

/** What a sink answers: it has the frame. */
export const TAKEN = 0;
/** The target has no room: the ring offers the same frame again after `resume()`, and stops until then. */
export const LEAVE = 1;
/** The sink has the frame, and its memory stays until `release(position)`; only in a ring that redelivers. */
export const HELD = 2;
export type Verdict = typeof TAKEN | typeof LEAVE | typeof HELD;

/** Why a reader refused a frame. */
export const REFUSALS = ['length', 'header', 'payload', 'out-of-band', 'tail'] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface FrameSink {
  frame(
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: number,
    payload: unknown,
    extra: unknown,
    position: number,
  ): Verdict;
  /**
   * A frame that was counted and dropped. Its header fields are as they stood in memory and 0 where they can't be told;
   * `correlation` lets an ask be answered with the reason.
   */
  refused(
    reason: Refusal,
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    error: unknown,
  ): void;
}

/** Where announcements go that must outlive the decoder. */
export interface AnnouncementLog {
  /** `record` is a frame that announces the same, whatever its value is. False where there is no room: then it is not announced. */
  append(record: Uint8Array): boolean;
  /** What was announced since `mark` is taken back. */
  rewind(mark: number): void;
}

/**
 * What a ring asks of an encoder. It may announce shapes in band: what it announces is known to the decoder once the frames
 * before are decoded. The optional members are for encoders that do, or that move buffers.
 */
export interface FrameEncoder {
  /** The end offset, or -1 where it does not fit below `limit`, which leaves no trace. */
  encodeInto(value: unknown, target: Uint8Array, position: number, limit: number): number;
  /** Into a buffer of its own, in the same stream. */
  encode(value: unknown): Uint8Array;
  /** How much has been announced. Numbers are not reused, but after a `rewind`. */
  readonly mark?: number;
  /** Forgets what was announced since, in frames that were not sent. */
  rewind?(mark: number): void;
  /** Before the first frame: from then on nothing is announced that finds no room in the log. */
  logTo?(log: AnnouncementLog): void;
  /** The buffers that the last encoding moved rather than copied. Only a payload may move any. */
  readonly transfers?: readonly ArrayBuffer[];
}

export interface FrameDecoder {
  /** Throws on anything malformed. What it returns never aliases `source`. */
  decode(source: Uint8Array, start: number, end: number, transfers?: readonly ArrayBuffer[]): unknown;
}
