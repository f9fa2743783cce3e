/**
 * Defects of FIFO, causal and total-order broadcast: for each property of each layer, one that breaks it, and the seeds
 * within which the scenario finds it.
 */
import { beside, linked, stack } from '@troupe/protocol';
import { type Mutation, mutate } from '@troupe/protocol/testing';
import { bestEffortBroadcast } from '../best-effort-broadcast.ts';
import { type CausalEnvelope, causalBroadcast } from '../causal-broadcast.ts';
import { type FifoEnvelope, fifoBroadcast } from '../fifo-broadcast.ts';
import { fixedSequencerBroadcast, type Placed } from '../fixed-sequencer-broadcast.ts';
import type { Envelope } from '../group.ts';
import { perfectLink } from '../perfect-link.ts';
import { createSequenceSet, hasSequence } from '../sequence-set.ts';
import * as p from '../testing/properties.fixture.ts';
import { ALL_CORRECT, ELECTING, GRIM } from '../testing/scenario.fixture.ts';
import { type Batch, totalOrderBroadcast } from '../total-order-broadcast.ts';
import { consensus, reliable } from '../towers.ts';
import { type Bug, bug, type ShapeOf } from './bug.ts';

type M = string;

const fifo = fifoBroadcast<M>();
const badFifo = (mutation: Mutation<ShapeOf<typeof fifo>>) =>
  linked(stack(mutate(fifo, mutation), reliable<FifoEnvelope<M>>()), perfectLink());

const causal = causalBroadcast<M>();
const badCausal = (mutation: Mutation<ShapeOf<typeof causal>>) =>
  linked(stack(mutate(causal, mutation), reliable<CausalEnvelope<M>>()), perfectLink());

const sequencer = fixedSequencerBroadcast<M>();
const badSequencer = (mutation: Mutation<ShapeOf<typeof sequencer>>) =>
  linked(stack(mutate(sequencer, mutation), bestEffortBroadcast<Placed<M>>()), perfectLink());

const total = totalOrderBroadcast<M>();
const badTotal = (mutation: Mutation<ShapeOf<typeof total>>) =>
  linked(stack(mutate(total, mutation), beside(reliable<Envelope<M>>(), consensus<Batch<M>>())), perfectLink());

export const ORDERED_BUGS: readonly Bug[] = [
  bug('FIFO broadcast', 'validity', 'drops what comes early', 50, p.validity, GRIM, () =>
    badFifo({ event: (event, { senders }) => (isEarly(event, senders) ? undefined : event) }),
  ),
  bug('FIFO broadcast', 'no duplication', 'delivers early, and in its turn', 50, p.noDuplication, GRIM, () =>
    badFifo({
      event: (event, { senders }, out) => {
        if (event.kind === 'indication' && isEarly(event, senders))
          out.indicate({ ...event.indication, message: event.indication.message.message });
        return event;
      },
    }),
  ),
  bug('FIFO broadcast', 'no creation', 'hands its envelope up', 10, p.noCreation, GRIM, () =>
    badFifo({
      out: (out) => ({ indicate: (told) => out.indicate({ ...told, message: { message: told.message } as never }) }),
    }),
  ),
  bug('FIFO broadcast', 'agreement', 'drops what comes early', 50, p.agreement, GRIM, () =>
    badFifo({ event: (event, { senders }) => (isEarly(event, senders) ? undefined : event) }),
  ),
  bug('FIFO broadcast', 'FIFO order', 'does not wait for what is missing', 50, p.fifoOrder, GRIM, () =>
    badFifo({
      event: (event, { senders }) => {
        const sender = isEarly(event, senders) && event.kind === 'indication' && senders.get(event.indication.from);
        if (sender) sender.next = event.indication.message.sequence;
        return event;
      },
    }),
  ),

  bug('causal broadcast', 'validity', 'counts the message among its own causes', 10, p.validity, GRIM, () =>
    badCausal({
      out: (out, { rank }) => ({
        request: ({ kind, message: { vector, message } }) =>
          out.request({ kind, message: { vector: vector.map((n, i) => (i === rank ? n + 1 : n)), message } }),
      }),
    }),
  ),
  bug('causal broadcast', 'no duplication', 'lets what it delivered wait on', 50, p.noDuplication, GRIM, () =>
    badCausal({
      after: (event, state) => {
        if (event.kind !== 'indication') return;
        const { from, message: envelope } = event.indication;
        state.waiting.push({ rank: state.nodes.indexOf(from), ...envelope });
      },
    }),
  ),
  bug('causal broadcast', 'no creation', 'hands its envelope up', 10, p.noCreation, GRIM, () =>
    badCausal({
      out: (out) => ({ indicate: (told) => out.indicate({ ...told, message: { message: told.message } as never }) }),
    }),
  ),
  bug('causal broadcast', 'agreement', 'has room for one that waits', 50, p.agreement, GRIM, () =>
    badCausal({
      event: (event, state) => {
        if (event.kind === 'indication') state.waiting.pop();
        return event;
      },
    }),
  ),
  bug('causal broadcast', 'FIFO order', 'forgets that its own messages are causes', 50, p.fifoOrder, GRIM, () =>
    badCausal({
      out: (out, { rank }) => ({
        request: ({ kind, message: { vector, message } }) =>
          out.request({ kind, message: { vector: vector.map((n, i) => (i === rank ? 0 : n)), message } }),
      }),
    }),
  ),
  bug('causal broadcast', 'causal order', 'waits for the sender alone, as FIFO does', 200, p.causalOrder, GRIM, () =>
    badCausal({
      event: (event, { nodes }) => {
        if (event.kind !== 'indication') return event;
        const { from, message: envelope } = event.indication;
        const vector = envelope.vector.map((n, i) => (nodes[i] === from ? n : 0));
        return { ...event, indication: { ...event.indication, message: { ...envelope, vector } } };
      },
    }),
  ),

  bug('fixed sequencer', 'validity', 'gives its own messages no place', 10, p.validity, ALL_CORRECT, () =>
    badSequencer({
      event: (event, { self }) => (event.kind === 'message' && event.from === self ? undefined : event),
    }),
  ),
  bug('fixed sequencer', 'no duplication', 'gives two places', 10, p.noDuplication, ALL_CORRECT, () =>
    badSequencer({
      out: (out, state) => ({
        request: ({ kind, message }) => {
          out.request({ kind, message });
          out.request({ kind, message: { ...message, position: state.nextPosition++ } });
        },
      }),
    }),
  ),
  bug('fixed sequencer', 'no creation', 'takes itself for the origin', 10, p.noCreation, ALL_CORRECT, () =>
    badSequencer({
      out: (out, { self }) => ({
        request: ({ kind, message }) => out.request({ kind, message: { ...message, origin: self } }),
      }),
    }),
  ),
  bug('fixed sequencer', 'agreement', 'drops what comes early', 50, p.agreement, ALL_CORRECT, () =>
    badSequencer({
      event: (event, { nextDelivery }) =>
        event.kind === 'indication' && event.indication.message.position > nextDelivery ? undefined : event,
    }),
  ),
  bug('fixed sequencer', 'total order', 'does not wait for the places before', 50, p.totalOrder, GRIM, () =>
    badSequencer({
      event: (event, state) => {
        if (event.kind === 'indication') state.nextDelivery = event.indication.message.position;
        return event;
      },
    }),
  ),

  bug('total-order broadcast', 'validity', 'proposes nothing of others', 50, p.validity, ELECTING, () =>
    badTotal({
      event: (event, { self }) =>
        event.kind === 'indication' && event.indication.side === 'left' && event.indication.indication.from !== self
          ? undefined
          : event,
    }),
  ),
  bug(
    'total-order broadcast',
    'no duplication',
    'forgets what was decided before it came',
    200,
    p.noDuplication,
    ELECTING,
    () =>
      badTotal({
        event: (event, { delivered }) => {
          if (event.kind !== 'indication' || event.indication.side !== 'left') return event;
          const { origin, sequence } = event.indication.indication.message;
          if (hasSequence(delivered.get(origin) ?? createSequenceSet(), sequence))
            delivered.set(origin, createSequenceSet());
          return event;
        },
      }),
  ),
  bug('total-order broadcast', 'no creation', 'hands its envelope up', 10, p.noCreation, ELECTING, () =>
    badTotal({
      out: (out) => ({ indicate: (told) => out.indicate({ ...told, message: { message: told.message } as never }) }),
    }),
  ),
  bug(
    'total-order broadcast',
    'uniform agreement',
    'skips a round whose decision is late',
    1_000,
    p.uniformAgreement,
    ELECTING,
    () => badTotal({ event: skipRounds }),
  ),
  bug(
    'total-order broadcast',
    'total order',
    'skips a round whose decision is late',
    1_000,
    p.totalOrder,
    ELECTING,
    () => badTotal({ event: skipRounds }),
  ),
  bug(
    'total-order broadcast',
    'total order',
    'delivers its own batch for the one decided',
    50,
    p.totalOrder,
    ELECTING,
    () =>
      badTotal({
        event: (event, { unordered }) => {
          if (event.kind !== 'indication' || event.indication.side !== 'right' || unordered.length === 0) return event;
          const { key, indication } = event.indication.indication;
          const value = unordered as Batch<M>;
          return { ...event, indication: { side: 'right', indication: { key, indication: { ...indication, value } } } };
        },
      }),
  ),
];

type FifoEvent = Parameters<NonNullable<Mutation<ShapeOf<typeof fifo>>['event']>>[0];
type TotalEvent = Parameters<NonNullable<Mutation<ShapeOf<typeof total>>['event']>>[0];

function isEarly(event: FifoEvent, senders: ShapeOf<typeof fifo>['State']['senders']): boolean {
  if (event.kind !== 'indication') return false;
  return event.indication.message.sequence > (senders.get(event.indication.from)?.next ?? 0);
}

function skipRounds(event: TotalEvent, state: ShapeOf<typeof total>['State']): TotalEvent {
  if (event.kind === 'indication' && event.indication.side === 'right')
    state.round = Math.max(state.round, Number(event.indication.indication.key));
  return event;
}
