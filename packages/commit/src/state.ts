/** What a node of a transaction knows, by its role; and the shape of the core. */
import type { NodeId, RequestId, Shape, Ticks } from '@troupe/protocol';
import type {
  CommitDurable,
  CommitIndication,
  CommitMessage,
  CommitRecord,
  CommitReply,
  CommitRequest,
  Decision,
  Vote,
} from './messages.ts';

export interface CommitOptions {
  readonly self: NodeId;
  /** All nodes of the transaction; those that aren't the coordinator are its participants. */
  readonly nodes: readonly NodeId[];
  readonly coordinator: NodeId;
  /** How long the coordinator waits for votes before it aborts. @units ticks */
  readonly voteTicks?: Ticks;
  /** How long a participant in doubt waits before it asks, again and again. @units ticks */
  readonly askTicks?: Ticks;
  /** How long after a failed write it is tried again. @units ticks */
  readonly retryTicks?: Ticks;
}

interface Place {
  readonly self: NodeId;
  readonly coordinator: NodeId;
  /** In the one order of ids. */
  readonly participants: readonly NodeId[];
  readonly voteTicks: Ticks;
  readonly askTicks: Ticks;
  readonly retryTicks: Ticks;
}

export interface CoordinatorState extends Place {
  readonly role: 'coordinator';
  /** `deciding`: the decision is made, and being written. */
  phase: 'idle' | 'preparing' | 'deciding' | 'decided';
  readonly yes: Set<NodeId>;
  /** Whoever is to be told the outcome. */
  readonly waiting: RequestId[];
  decision: Decision | undefined;
}

export interface ParticipantState extends Place {
  readonly role: 'participant';
  /** `voting`: the vote is being written. `prepared`: it has voted yes, is in doubt, and may not decide alone. */
  phase: 'working' | 'voting' | 'prepared' | 'deciding' | 'decided';
  /** The coordinator waits for its vote. */
  asked: boolean;
  vote: Vote | undefined;
  /** Whom to tell that the vote is durable. */
  voter: RequestId | null;
  decision: Decision | undefined;
}

export type CommitState = CoordinatorState | ParticipantState;

export type TwoPhaseCommit = Shape<{
  Options: CommitOptions;
  Durable: CommitDurable;
  State: CommitState;
  Message: CommitMessage;
  Timer: 'vote' | 'ask' | 'retry';
  Token: 'vote' | 'decision';
  Record: CommitRecord;
  Request: CommitRequest;
  Reply: CommitReply;
  Indication: CommitIndication;
}>;
