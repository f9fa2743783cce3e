export { BATCH_MAX, type Coalesced, type CoalescedState, type CoalesceOptions, coalesce } from './coalesce.ts';
export type {
  CommandEntry,
  Configuration,
  ConfigurationEntry,
  Entry,
  LogIndex,
  LogSnapshot,
  MembershipChange,
  NodeChange,
  NoOpEntry,
  Term,
} from './entry.ts';
export { RAFT_ERRORS } from './errors.ts';
export type { Applying, CommittedCommand, RaftCommand, RaftResult, StateMachine } from './machine.ts';
export { keyValue } from './machines/key-value.ts';
export { KEY_VALUE_DEFAULTS, type KeyValueLimits, type KeyValueState } from './machines/key-value-state.ts';
export type {
  Expectation,
  KeyValueAnswer,
  KeyValueChange,
  KeyValueCommand,
  KeyValueEntry,
  KeyValueLease,
  KeyValueQuery,
  KeyValueRefusal,
  KeyValueResult,
} from './machines/key-value-types.ts';
export { machineOf } from './machines/machine-of.ts';
export { plainFromBytes, plainSize, plainToBytes } from './machines/plain-bytes.ts';
export {
  SESSION_DEFAULTS,
  type SessionCommand,
  type SessionOptions,
  type SessionRefusal,
  type SessionResult,
  type Sessions,
  withSessions,
} from './machines/sessions.ts';
export {
  type ChangedConfiguration,
  changeConfiguration,
  configurationOf,
  isJoint,
  membersOf,
  votersOf,
} from './membership.ts';
export { isRaftMessage } from './message-check.ts';
export type {
  AppendEntries,
  AppendEntriesReply,
  InstallSnapshot,
  InstallSnapshotReply,
  PreVote,
  PreVoteReply,
  RaftMessage,
  ReadIndex,
  ReadIndexReply,
  RequestVote,
  RequestVoteReply,
  TimeoutNow,
} from './messages.ts';
export { RAFT_DEFAULTS, type RaftOptions } from './options.ts';
export { raft } from './raft.ts';
export type { RaftDurable, RaftRecord } from './records.ts';
export type {
  PeerStatus,
  Proposal,
  RaftIndication,
  RaftReply,
  RaftRequest,
  RaftRole,
  RaftStatus,
  ReadConsistency,
  RefusalReason,
} from './requests.ts';
export type { DurableState, Raft, RaftState, RaftTimer, RaftToken, VolatileState } from './state.ts';
