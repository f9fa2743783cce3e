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
export type { Applying, CommittedCommand, RaftCommand, RaftResult, StateMachine } from './machine.ts';
export { RAFT_DEFAULTS, type RaftOptions } from './options.ts';
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
