/** What a refusal means to the caller: that it is tried again, or an error with a code. */
import type { NodeId } from '@troupe/protocol';
import type { RaftReply, RefusalReason } from '@troupe/raft';
import { type RaftErrorCode, raftError } from '../errors.ts';

type Refused = Extract<RaftReply, { kind: 'refused' }>;

/** Undefined: it may be otherwise soon, or at another member. */
const CODES: { readonly [R in RefusalReason]: RaftErrorCode | undefined } = {
  'not-leader': undefined,
  transferring: undefined,
  'too-many-outstanding': undefined,
  'disk-failed': undefined,
  'not-for-this-role': undefined,
  'command-too-large': 'TROUPE_RAFT_COMMAND_TOO_LARGE',
  'malformed-request': 'TROUPE_RAFT_INVALID_CHANGE',
  'invalid-change': 'TROUPE_RAFT_INVALID_CHANGE',
  'change-in-progress': 'TROUPE_RAFT_CHANGE_IN_PROGRESS',
  'no-lease': 'TROUPE_RAFT_NO_LEASE',
};

export function refusalError({ reason, detail, leader }: Refused, node: NodeId): Error | undefined {
  const code = CODES[reason];
  return code === undefined ? undefined : raftError(code, sentence(detail), { reason, leader, node });
}

/** Of a request to one member alone. */
export function finalRefusalError(refused: Refused, node: NodeId): Error {
  const { reason, detail, leader } = refused;
  const error = refusalError(refused, node);
  if (error !== undefined) return error;
  const code: RaftErrorCode =
    reason === 'disk-failed'
      ? 'TROUPE_RAFT_DISK_FAILED'
      : reason === 'not-for-this-role'
        ? 'TROUPE_RAFT_ROLE'
        : reason === 'too-many-outstanding'
          ? 'TROUPE_RAFT_OVERLOADED'
          : 'TROUPE_RAFT_NO_LEADER';
  return raftError(code, sentence(detail), { reason, leader, node });
}

/** The core says what it expected and got, without a capital and a full stop. */
function sentence(detail: string): string {
  if (detail.startsWith('Expected')) return detail;
  return `Expected ${detail}.`;
}
