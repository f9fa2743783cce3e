export { WAITING_MAX } from './coordinator.ts';
export type {
  CommitDurable,
  CommitIndication,
  CommitMessage,
  CommitRecord,
  CommitReply,
  CommitRequest,
  Decision,
  RefusalReason,
  Vote,
} from './messages.ts';
export type { CommitOptions, CommitState, CoordinatorState, ParticipantState, TwoPhaseCommit } from './state.ts';
export { COMMIT_DEFAULTS, twoPhaseCommit } from './two-phase-commit.ts';
