/** The codes of Raft on threads: what each means, and what to do. */

import { type ErrorCode, TroupeError } from '@troupe/protocol';

export const RAFT_HOST_ERRORS = {
  TROUPE_RAFT_NO_LEADER:
    'No leader took the request in time, and nothing of it was done. A quorum of members must run and reach each other: look at handle.status(). data.last says how the last attempt ended.',
  TROUPE_RAFT_OUTCOME_UNKNOWN:
    'The time was over, the signal aborted or the session expired after the request had been sent: it may have been done, or may yet be. Read before you repeat it.',
  TROUPE_RAFT_CANCELLED: 'The signal of a request was aborted before it was sent. Nothing of it was done.',
  TROUPE_RAFT_OVERLOADED:
    'As many requests wait at this handle as may, or a bound of the leader stayed reached. Await some before the next.',
  TROUPE_RAFT_COMMAND_TOO_LARGE:
    'A command is larger than commandBytesMax. Split it, or keep large values elsewhere and replicate their names.',
  TROUPE_RAFT_COMMAND_MALFORMED:
    'A command is no plain data, so it can not stand in a log. Give primitives, arrays, records, maps, sets and typed arrays.',
  TROUPE_RAFT_INVALID_CHANGE:
    'A change of membership that makes no sense for the configuration as it is. The message says why; look at handle.status().',
  TROUPE_RAFT_CHANGE_IN_PROGRESS:
    'Another change of membership is under way, or the leader has committed nothing yet. Wait for it, then look whether yours is still wanted.',
  TROUPE_RAFT_DISK_FAILED:
    'The leader’s disk refuses writes, and went on to until the time was over. Make room or mend the disk, or transfer the leadership.',
  TROUPE_RAFT_NO_LEASE:
    'Lease reads are off, or too few members shield a leader for long enough. Read with consistency read-index, or give leaseReads to defineRaft.',
  TROUPE_RAFT_ROLE: 'A member was asked for what its role does not do. Ask another: data.node is who was asked.',
  TROUPE_RAFT_QUERY_FAILED: 'The machine’s query threw. The message is its own; the member goes on.',
  TROUPE_RAFT_REFUSED:
    'The key-value machine refused a command or a query, and changed nothing. The message says what was expected; data.reason is for programs.',
  TROUPE_RAFT_COMPACTED:
    'Changes since the revision that a watch was to go on from were dropped. Read the range anew, and watch from its revision.',
  TROUPE_RAFT_CLOSED: 'The handle has been closed.',
  TROUPE_RAFT_MEMBER_UNKNOWN: 'No member of that name is run by this handle. The message lists those that are.',
  TROUPE_RAFT_STORE_MISSING:
    'A member has no store where one is expected, and none is made unasked: a disk that is gone must not look like a fresh start. For a new cluster call bootstrap once; for a new member, handle.join; else check the path and the mount.',
  TROUPE_RAFT_STORE_EXISTS:
    'There is a store already where a new one was to be made. A cluster is bootstrapped once: start it; or choose another directory.',
  TROUPE_RAFT_STORE_DAMAGED:
    'A store lacks its first record, or one can not be read. Keep the files; restore a backup, or remove the member and join it anew under an empty path.',
  TROUPE_RAFT_BACKUP_MALFORMED:
    'The file is no backup, is of a later version, or is damaged. Take another; nothing was written.',
  TROUPE_RAFT_LOSS_NOT_ACCEPTED:
    'Recovery from a lost quorum may lose what was acknowledged, and was not told to accept that. Bring a quorum of the old members back instead; only if their disks are gone, accept the loss.',
} as const satisfies Readonly<Record<ErrorCode, string>>;

export type RaftErrorCode = keyof typeof RAFT_HOST_ERRORS;

export function raftError(
  code: RaftErrorCode | 'TROUPE_RAFT_FOREIGN_STORE',
  message: string,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): TroupeError {
  return new TroupeError(code, message, cause === undefined ? { data } : { data, cause });
}
