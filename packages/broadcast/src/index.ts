export { type BestEffortBroadcast, bestEffortBroadcast } from './best-effort-broadcast.ts';
export { CAUSAL_PENDING_MAX, type CausalBroadcast, type CausalEnvelope, causalBroadcast } from './causal-broadcast.ts';
export type { ConsensusIndication, ConsensusRequest } from './consensus.ts';
export { type EagerReliableBroadcast, eagerReliableBroadcast } from './eager-reliable-broadcast.ts';
export { type EventualLeaderDetector, eventualLeaderDetector } from './eventual-leader-detector.ts';
export {
  type EventuallyPerfectFailureDetector,
  type EventuallyPerfectOptions,
  eventuallyPerfectFailureDetector,
  PERIOD_GROWTH_MAX,
} from './eventually-perfect-failure-detector.ts';
export type { CrashIndication, HeartbeatMessage, SuspicionIndication, TrustIndication } from './failure-detector.ts';
export { type FifoBroadcast, type FifoEnvelope, fifoBroadcast } from './fifo-broadcast.ts';
export { type FixedSequencerBroadcast, fixedSequencerBroadcast, type Placed } from './fixed-sequencer-broadcast.ts';
export type { BroadcastIndication, BroadcastRequest, Envelope, GroupOptions } from './group.ts';
export { type LazyReliableBroadcast, lazyReliableBroadcast, RETAINED_MAX } from './lazy-reliable-broadcast.ts';
export {
  EPOCHS_MAX,
  type EpochChangeMessage,
  type LeaderBasedEpochChange,
  leaderBasedEpochChange,
  type StartEpoch,
} from './leader-based-epoch-change.ts';
export {
  type LeaderDrivenConsensus,
  type LeaderDrivenMessage,
  leaderDrivenConsensus,
} from './leader-driven-consensus.ts';
export {
  type PerfectFailureDetector,
  type PerfectFailureDetectorOptions,
  perfectFailureDetector,
} from './perfect-failure-detector.ts';
export {
  type PerfectLink,
  type PerfectLinkMessage,
  type PerfectLinkOptions,
  perfectLink,
  RETRANSMIT_BATCH,
  RETRANSMIT_TICKS,
  WINDOW_MAX,
} from './perfect-link.ts';
export { AHEAD_MAX } from './sequence-set.ts';
export {
  type TokenRing,
  type TokenRingOptions,
  type TokenRingReply,
  type TokenRingRequest,
  tokenRing,
  WAITING_MAX,
} from './token-ring.ts';
export {
  BATCH_MAX,
  type Batch,
  type TotalOrderBroadcast,
  totalOrderBroadcast,
  UNORDERED_MAX,
} from './total-order-broadcast.ts';
export { causal, consensus, fifo, leadership, reliable, sequenced, totalOrder, uniform } from './towers.ts';
export {
  PENDING_MAX,
  type UniformReliableBroadcast,
  uniformReliableBroadcast,
} from './uniform-reliable-broadcast.ts';
