import type { ErrorCode } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const RAFT_ERRORS = {
  TROUPE_RAFT_SNAPSHOT_MALFORMED:
    'A log snapshot can not be restored: it was made by another machine or version, or is damaged. Start the member with the machine that wrote it, or with an empty store under a new id.',
} as const satisfies Readonly<Record<ErrorCode, string>>;
