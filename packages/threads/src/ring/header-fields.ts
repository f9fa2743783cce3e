/** What a frame's header can carry; anything else would arrive changed. */
import { TroupeError } from '@troupe/protocol';
import { KIND_MAX, TYPE_MAX, TYPE_PADDING } from './frame.ts';

export function assertFields(
  type: number,
  kind: number,
  target: number,
  sender: number,
  correlation: number,
  deadline: number,
): void {
  if (
    type !== TYPE_PADDING &&
    (type & TYPE_MAX) === type &&
    (kind & KIND_MAX) === kind &&
    target >>> 0 === target &&
    sender >>> 0 === sender &&
    correlation >>> 0 === correlation &&
    deadline >= 0 &&
    deadline < Number.POSITIVE_INFINITY
  ) {
    return;
  }
  throw new TroupeError(
    'TROUPE_FRAME_FIELD_INVALID',
    `Expected type 1–${TYPE_MAX}, kind 0–${KIND_MAX}, unsigned 32-bit target, sender and correlation, and a finite deadline, got ${type}, ${kind}, ${target}, ${sender}, ${correlation}, ${deadline}.`,
    { data: { type, kind, target, sender, correlation, deadline } },
  );
}
