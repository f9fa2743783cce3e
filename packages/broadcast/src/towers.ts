/**
 * The usual towers of layers, ready to run over links that lose nothing, as between threads. Over links that do, put
 * a perfect link below the whole: `linked(causal<M>(), perfectLink())`. A node that comes back takes no part.
 */
import { beside, crashStop, keyed, stack, unkeyed } from '@troupe/protocol';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { type CausalEnvelope, causalBroadcast } from './causal-broadcast.ts';
import { eagerReliableBroadcast } from './eager-reliable-broadcast.ts';
import { eventualLeaderDetector } from './eventual-leader-detector.ts';
import { eventuallyPerfectFailureDetector } from './eventually-perfect-failure-detector.ts';
import { type FifoEnvelope, fifoBroadcast } from './fifo-broadcast.ts';
import { fixedSequencerBroadcast, type Placed } from './fixed-sequencer-broadcast.ts';
import type { Envelope } from './group.ts';
import { leaderBasedEpochChange } from './leader-based-epoch-change.ts';
import { leaderDrivenConsensus } from './leader-driven-consensus.ts';
import { type Batch, totalOrderBroadcast } from './total-order-broadcast.ts';
import { uniformReliableBroadcast } from './uniform-reliable-broadcast.ts';

const reliableLayers = <M>() => stack(eagerReliableBroadcast<M>(), bestEffortBroadcast<Envelope<M>>());
const leaderLayers = stack(eventualLeaderDetector, eventuallyPerfectFailureDetector);
const consensusLayers = <V>() =>
  stack(keyed(leaderDrivenConsensus<V>(), { numbered: true }), unkeyed(stack(leaderBasedEpochChange, leaderLayers)));

/** Reliable broadcast: all correct nodes deliver the same messages, in any order. */
export const reliable = <M>() => crashStop(reliableLayers<M>());

/** Uniform reliable broadcast: what any node delivers, even one that then crashes, all correct nodes do. */
export const uniform = <M>() => crashStop(stack(uniformReliableBroadcast<M>(), bestEffortBroadcast<Envelope<M>>()));

/** Reliable, and in the order of each sender. */
export const fifo = <M>() => crashStop(stack(fifoBroadcast<M>(), reliableLayers<FifoEnvelope<M>>()));

/** Reliable, and no message before what may have caused it. */
export const causal = <M>() => crashStop(stack(causalBroadcast<M>(), reliableLayers<CausalEnvelope<M>>()));

/** In one order everywhere, while nobody crashes: cheap, and without fail-over. */
export const sequenced = <M>() => crashStop(stack(fixedSequencerBroadcast<M>(), bestEffortBroadcast<Placed<M>>()));

/** Uniform, and in one order everywhere, while a majority is correct. */
export const totalOrder = <M>() =>
  crashStop(stack(totalOrderBroadcast<M>(), beside(reliableLayers<Envelope<M>>(), consensusLayers<Batch<M>>())));

/** One consensus for each number, all led by the same leader; those below a floor can be retired. */
export const consensus = <V>() => crashStop(consensusLayers<V>());

/** Sooner or later all trust the same correct node. */
export const leadership = () => crashStop(leaderLayers);
