/** Whether a message of a peer is one: its fields have their types and bounds, and agree with one another. */
import type { Configuration, Entry } from './entry.ts';
import type { RaftMessage } from './messages.ts';

/** Terms and indices are below; none may bring numbers to their end. */
export const RAFT_NUMBERS_MAX = 2 ** 48;
/** Entries of one message, whatever its sender's options are. */
export const MESSAGE_ENTRIES_MAX = 65_536;
/** Members of a configuration that a peer may name. */
export const MEMBERS_MAX = 1_024;
/** A log snapshot. @units bytes */
export const SNAPSHOT_BYTES_MAX = 2 ** 32;

export function isRaftMessage(value: RaftMessage): boolean {
  if (typeof value !== 'object' || value === null || !isNumber(value.term)) return false;
  // Before any election there is nothing to say but whether one might be won.
  if (value.term === 0 && value.kind !== 'pre-vote' && value.kind !== 'pre-vote-reply') return false;
  switch (value.kind) {
    case 'request-vote':
      return isNumber(value.lastLogIndex) && isNumber(value.lastLogTerm) && typeof value.isTransfer === 'boolean';
    case 'pre-vote':
      return isNumber(value.lastLogIndex) && isNumber(value.lastLogTerm);
    case 'request-vote-reply':
      return typeof value.voteGranted === 'boolean';
    case 'pre-vote-reply':
      return typeof value.voteGranted === 'boolean' && isNumber(value.askedIn);
    case 'append-entries':
      return isNumber(value.leaderCommit) && isNumber(value.round) && areEntries(value);
    case 'append-entries-reply':
      return (
        typeof value.success === 'boolean' &&
        isNumber(value.matchIndex) &&
        isNumber(value.prevLogIndex) &&
        isNumber(value.hintIndex) &&
        isNumber(value.hintTerm) &&
        isNumber(value.round) &&
        isNumber(value.shieldTicks)
      );
    case 'install-snapshot':
      return isChunk(value);
    case 'install-snapshot-reply':
      return isNumber(value.lastIncludedIndex) && isNumber(value.lastIncludedTerm) && isNumber(value.offset);
    case 'timeout-now':
      return true;
    case 'read-index':
      return isId(value.id) && typeof value.isLease === 'boolean';
    case 'read-index-reply':
      return isId(value.id) && isNumber(value.readIndex);
    default:
      return false;
  }
}

/** Terms don't fall along a log, and none is above its leader's. */
function areEntries(message: Extract<RaftMessage, { kind: 'append-entries' }>): boolean {
  const { term, prevLogIndex, prevLogTerm, entries } = message;
  if (!isNumber(prevLogIndex) || !isNumber(prevLogTerm) || prevLogTerm > term) return false;
  if (!Array.isArray(entries) || entries.length > MESSAGE_ENTRIES_MAX) return false;
  let least: number = prevLogTerm;
  for (const entry of entries as readonly Entry[]) {
    if (typeof entry !== 'object' || entry === null) return false;
    if (!isNumber(entry.term) || entry.term < least || entry.term > term) return false;
    if (!isNumber(entry.time) || !isNumber(entry.bytes)) return false;
    if (
      entry.kind === 'configuration' ? !isConfiguration(entry.data) : entry.kind !== 'command' && entry.kind !== 'no-op'
    )
      return false;
    least = entry.term;
  }
  return least > 0 || entries.length === 0;
}

function isChunk(message: Extract<RaftMessage, { kind: 'install-snapshot' }>): boolean {
  const { term, lastIncludedIndex, lastIncludedTerm, time, configuration, size, offset, data } = message;
  return (
    isNumber(lastIncludedIndex) &&
    lastIncludedIndex > 0 &&
    isNumber(lastIncludedTerm) &&
    lastIncludedTerm > 0 &&
    lastIncludedTerm <= term &&
    isNumber(time) &&
    isConfiguration(configuration) &&
    isNumber(size) &&
    size <= SNAPSHOT_BYTES_MAX &&
    isNumber(offset) &&
    data instanceof Uint8Array &&
    offset + data.length <= size
  );
}

function isConfiguration(value: Configuration): boolean {
  if (typeof value !== 'object' || value === null || typeof value.autoLeave !== 'boolean') return false;
  const { voters, outgoing, learners, learnersNext, witnesses } = value;
  // By nobody everything is agreed to.
  if (!Array.isArray(voters) || voters.length === 0) return false;
  return [voters, outgoing, learners, learnersNext, witnesses].every(areNodes);
}

/** In their order, each once. */
function areNodes(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > MEMBERS_MAX) return false;
  return value.every((node, at) => typeof node === 'string' && node.length > 0 && (at === 0 || value[at - 1] < node));
}

/** Made of a nonce and a count. */
function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A whole number from 0 up. */
function isNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < RAFT_NUMBERS_MAX;
}
