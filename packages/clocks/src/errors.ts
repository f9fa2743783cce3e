import type { ErrorCode } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const CLOCK_ERRORS = {
  TROUPE_CLOCK_BACKWARD:
    'The clock that ids are made from went back by more than is waited for: ids made now could repeat earlier ones. Wait until it has caught up, or take another machine id.',
  TROUPE_CLOCK_RANGE:
    'A time is outside of what an id can hold. Correct the epoch of the layout, or give its time more bits.',
  TROUPE_ID_MALFORMED: 'A text or number is no id of this kind. The data shows what was expected.',
} as const satisfies Readonly<Record<ErrorCode, string>>;
