/**
 * The frames that nodes exchange. Small integers go in a frame's header, values in its payload.
 *
 * Data lane: Tell, Ask. Reply lane, which no full mailbox holds up: Reply, Failure, Control.
 */

export const FrameType = { Tell: 1, Ask: 2, Reply: 3, Failure: 4, Control: 5 } as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** What a kernel says of a frame that it was handed. */
export const Verdict = { Taken: 0, Leave: 1, Held: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Where an actor is: the node's index and the id under which that node exported it. */
export type Address = readonly [node: number, id: number];

/** A ref inside a message: address, type's key, kinds, name. */
export type RefData = readonly [
  node: number,
  id: number,
  key: string,
  kinds: readonly string[],
  streams: readonly number[],
  name: string | null,
];

/** Ids are 32 bits on the wire; 0 is none. */
export const ID_MAX = 0xffff_fffe;
/** In the place of an actor's id: it is the node itself. */
export const NOBODY = 0;

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
export const isId = (value: unknown): value is number => isCount(value) && value > 0 && value <= ID_MAX;
export const isAddress = (value: unknown): value is Address =>
  Array.isArray(value) && value.length === 2 && isCount(value[0]) && isId(value[1]);
