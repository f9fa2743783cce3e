/** The codes of the shared-memory ring: what each means and what to do. */
export const RING_ERRORS = {
  TROUPE_FRAME_TOO_LARGE: 'A message is larger than the largest frame between two nodes. Send it in parts.',
  TROUPE_FRAME_FIELD_INVALID:
    'A field of a frame header is out of its range (type 1–255, kind 0–65535, target, sender and correlation unsigned 32-bit integers, deadline finite and not negative). Pass a value within it.',
  TROUPE_FRAME_TRANSFER_REFUSED:
    'A moved ArrayBuffer could not be handed over, for instance because it was already detached. Move each buffer once.',
  TROUPE_RING_OPTION_INVALID: 'An option of a ring, a doorbell or a pump is out of its range. Pass a value within it.',
  TROUPE_RING_MEMORY_INVALID:
    'What was given as ring memory was not made by createRingMemory, or was overwritten. Make it there and pass it on unchanged.',
  TROUPE_RING_MISUSED:
    'A ring was used against its contract: a sink held a frame in a ring that does not redeliver, or drained a ring within its own drain.',
} as const;
