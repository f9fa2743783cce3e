/** The codes of this package's errors: what each means, and what to do. The documentation's table is made from it. */

export const CODEC_ERRORS = {
  TROUPE_VALUE_REFUSED:
    'A value can not arrive equal, so it was refused where it was sent; `data.path` names the offending part. Send data or refs: leave that part out, or turn it into data.',
  TROUPE_FRAME_MALFORMED:
    'Received bytes are not a frame of this stream. The frame was dropped; count it. If later frames of the stream are refused too, ask the sender to call `Encoder.reset()`.',
  TROUPE_CODEC_REENTERED:
    'A getter or a reference hook of a value sent another value while the first was being walked. Compute such values before sending.',
} as const;

export type CodecErrorCode = keyof typeof CODEC_ERRORS;
