/** The error codes of `@troupe/snapshot`: what each means, and what to do. The documentation's table is made from this. */

export const SNAPSHOT_ERRORS = {
  TROUPE_SNAPSHOT_BYTES:
    'Bytes that should be a snapshot are none: of something else, cut off, changed since, of another version, or of a snapshot of another sort. data.what says which. Read them from where they were written, or take another snapshot.',
} as const satisfies Record<`TROUPE_${string}`, string>;

export type SnapshotErrorCode = keyof typeof SNAPSHOT_ERRORS;
