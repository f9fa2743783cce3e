/**
 * The usual towers of layers, ready to run over links that lose nothing, as between threads. Over links that do, put
 * a perfect link below the whole: `linked(causal<M>(), perfectLink())`.
 */
import { stack } from '@troupe/protocol';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { type CausalEnvelope, causalBroadcast } from './causal-broadcast.ts';
import { eagerReliableBroadcast } from './eager-reliable-broadcast.ts';
import { type FifoEnvelope, fifoBroadcast } from './fifo-broadcast.ts';
import type { Envelope } from './group.ts';
import { type TotalOrderMessage, totalOrderBroadcast } from './total-order-broadcast.ts';
import { uniformReliableBroadcast } from './uniform-reliable-broadcast.ts';

/** Reliable broadcast: all correct nodes deliver the same messages, in any order. */
export const reliable = <M>() => stack(eagerReliableBroadcast<M>(), bestEffortBroadcast<Envelope<M>>());

/** Uniform reliable broadcast: what any node delivers, even one that then crashes, all correct nodes do. */
export const uniform = <M>() => stack(uniformReliableBroadcast<M>(), bestEffortBroadcast<Envelope<M>>());

/** Reliable, and in the order of each sender. */
export const fifo = <M>() => stack(fifoBroadcast<M>(), reliable<FifoEnvelope<M>>());

/** Reliable, and no message before what may have caused it. */
export const causal = <M>() => stack(causalBroadcast<M>(), reliable<CausalEnvelope<M>>());

/** Uniform, and in one order everywhere, while the first node of the group is correct. */
export const totalOrder = <M>() => stack(totalOrderBroadcast<M>(), uniform<TotalOrderMessage<M>>());
