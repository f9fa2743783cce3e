import type { ErrorCode } from './error.ts';

/** The codes of this package: what each means, and what to do. */
export const PROTOCOL_ERRORS = {
  TROUPE_INVARIANT:
    'A protocol found its own state impossible: a defect in the core, or a state restored from elsewhere. The node stops; keep its history and replay it.',
  TROUPE_CORE_OPTIONS:
    'A core or an operator was given an option out of range. Correct the named option; each default stands in the package’s constant of defaults.',
  TROUPE_CORE_FAILED:
    'An event reached a core whose earlier step threw. Make a new driver from the durable records; the first error is the cause.',
  TROUPE_CORE_DRIVER:
    'A host broke the driver contract (a step within a step, an acknowledgement out of order, a record without fold). Correct the host.',
  TROUPE_CORE_OVERLOADED:
    'More sends wait for the disk than the named bound allows. The disk is too slow or has stalled; the node stops rather than grow without end.',
  TROUPE_CORE_NOT_CONFORMING:
    'A core broke a rule of cores (determinism, plain state, no aliasing, sorted ids). The message names the rule and the event.',
  TROUPE_NOT_PLAIN_DATA:
    'A value that must be plain data holds a function, a symbol or a class instance, or refers to itself. The data names the path; store data instead.',
} as const satisfies Readonly<Record<ErrorCode, string>>;
