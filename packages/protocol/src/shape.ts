/**
 * The types of one core, gathered under one name: `Core<S>`, `Event<S>` and `Effects<S>` all take the same shape, so
 * that an operator computes one type instead of fifteen.
 */
import type { Name } from './name.ts';

export interface CoreShape {
  /** Plain data given to `init`. Operators intersect the options of their parts: one flat record serves all. */
  Options: unknown;
  /** What `fold` makes of the records that survived. */
  Durable: unknown;
  /** Everything the core knows; plain data that `step` owns and may mutate. */
  State: unknown;
  /** What this core sends to itself on other nodes. */
  Message: unknown;
  Timer: Name;
  /** Names a persist, an apply or a lower request, so that its outcome can be told apart. */
  Token: Name;
  /** One atomic durable write. */
  Record: unknown;
  /** What whoever stands above asks for, and may be answered. */
  Request: unknown;
  Reply: unknown;
  /** What whoever stands above is told. */
  Indication: unknown;
  /** What a local state machine is given, and what it returns. */
  Command: unknown;
  Result: unknown;
  /** What the layer below is asked for, answers, and tells. */
  LowerRequest: unknown;
  LowerReply: unknown;
  LowerIndication: unknown;
}

/** Fills in a shape: what is left out can't occur (`never`), and its events and effects vanish from the types. */
export type Shape<Given extends Partial<CoreShape>> = {
  [K in keyof CoreShape]: K extends keyof Given ? Given[K] : K extends 'Options' ? object : never;
};

// biome-ignore lint/suspicious/noExplicitAny: the erased shape, for what works on any core without looking inside.
export type AnyShape = { [K in keyof CoreShape]: K extends 'Timer' | 'Token' ? Name : any };
