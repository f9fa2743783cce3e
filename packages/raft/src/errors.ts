import type { ErrorCode } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const RAFT_ERRORS = {
  TROUPE_RAFT_FOREIGN_STORE:
    'The store of a member says that it belongs to another member or to another cluster. Give each member its own store; one that is to join begins with an empty one.',
  TROUPE_RAFT_SNAPSHOT_MALFORMED:
    'A log snapshot can not be restored: it was made by another machine or version, or is damaged. Start the member with the machine that wrote it, or with an empty store under a new id.',
} as const satisfies Readonly<Record<ErrorCode, string>>;
