/**
 * Defects of links, and of best-effort, reliable and uniform broadcast: for each property of each layer, one that breaks
 * it, and the seeds within which the scenario finds it.
 */
import { beside, linked, type NodeId, stack } from '@troupe/protocol';
import { type Mutation, mutate } from '@troupe/protocol/testing';
import { bestEffortBroadcast } from '../best-effort-broadcast.ts';
import { eagerReliableBroadcast } from '../eager-reliable-broadcast.ts';
import type { Envelope } from '../group.ts';
import { lazyReliableBroadcast } from '../lazy-reliable-broadcast.ts';
import { perfectFailureDetector } from '../perfect-failure-detector.ts';
import { perfectLink } from '../perfect-link.ts';
import { addSequence, createSequenceSet, hasSequence } from '../sequence-set.ts';
import * as p from '../testing/properties.fixture.ts';
import { GRIM, ROUGH, SYNCHRONOUS } from '../testing/scenario.fixture.ts';
import { uniformReliableBroadcast } from '../uniform-reliable-broadcast.ts';
import { type Bug, bug, type ShapeOf } from './bug.ts';

type M = string;

const link = perfectLink<{ readonly message: M }>();
const badLink = (mutation: Mutation<ShapeOf<typeof link>>) => linked(bestEffortBroadcast<M>(), mutate(link, mutation));

const beb = bestEffortBroadcast<M>();
const badBeb = (mutation: Mutation<ShapeOf<typeof beb>>) => linked(mutate(beb, mutation), perfectLink());

const eager = eagerReliableBroadcast<M>();
const badEager = (mutation: Mutation<ShapeOf<typeof eager>>) =>
  linked(stack(mutate(eager, mutation), bestEffortBroadcast<Envelope<M>>()), perfectLink());

const lazy = lazyReliableBroadcast<M>();
const badLazy = (mutation: Mutation<ShapeOf<typeof lazy>>) =>
  stack(mutate(lazy, mutation), beside(bestEffortBroadcast<Envelope<M>>(), perfectFailureDetector));

const urb = uniformReliableBroadcast<M>();
const badUrb = (mutation: Mutation<ShapeOf<typeof urb>>) =>
  linked(stack(mutate(urb, mutation), bestEffortBroadcast<Envelope<M>>()), perfectLink());

export const RELIABLE_BUGS: readonly Bug[] = [
  bug('perfect link', 'validity', 'never sends again', 10, p.validity, GRIM, () =>
    badLink({ event: (event) => (event.kind === 'timeout' ? undefined : event) }),
  ),
  bug('perfect link', 'validity', 'takes an acknowledgement for all that are due', 50, p.validity, GRIM, () =>
    badLink({
      after: (event, { peers }) => {
        if (event.kind === 'message' && event.message.kind === 'acknowledge')
          peers.get(event.from)?.unacknowledged.clear();
      },
    }),
  ),
  bug('perfect link', 'no duplication', 'forgets what it delivered', 10, p.noDuplication, GRIM, () =>
    badLink({
      event: (event, { peers }) => {
        const peer = event.kind === 'message' ? peers.get(event.from) : undefined;
        if (peer !== undefined) peer.delivered = createSequenceSet();
        return event;
      },
    }),
  ),
  bug('perfect link', 'no creation', 'says that it comes from elsewhere', 10, p.noCreation, GRIM, () =>
    badLink({
      out: (out, { peers }) => ({
        indicate: (told) => out.indicate({ ...told, from: [...peers.keys()][0] as NodeId }),
      }),
    }),
  ),

  bug('best-effort broadcast', 'validity', 'leaves out the last node', 10, p.validity, GRIM, () =>
    badBeb({
      out: (out, { nodes }) => ({ send: (to, message) => (to === nodes.at(-1) ? undefined : out.send(to, message)) }),
    }),
  ),
  bug('best-effort broadcast', 'no duplication', 'sends twice', 10, p.noDuplication, GRIM, () =>
    badBeb({
      out: (out) => ({
        send: (to, message) => {
          out.send(to, message);
          out.send(to, message);
        },
      }),
    }),
  ),
  bug('best-effort broadcast', 'no creation', 'makes up what it delivers', 10, p.noCreation, GRIM, () =>
    badBeb({ out: (out) => ({ indicate: (told) => out.indicate({ ...told, message: `${told.message}?` }) }) }),
  ),

  bug('eager reliable broadcast', 'validity', 'gives every message the same number', 10, p.validity, GRIM, () =>
    badEager({ after: (_event, state) => void (state.nextSequence = 0) }),
  ),
  bug('eager reliable broadcast', 'no duplication', 'delivers relays too', 10, p.noDuplication, GRIM, () =>
    badEager({
      event: (event, { delivered }, out) => {
        if (event.kind !== 'indication') return event;
        const { origin, sequence, message } = event.indication.message;
        if (hasSequence(delivered.get(origin) ?? createSequenceSet(), sequence))
          out.indicate({ kind: 'deliver', from: origin, message });
        return event;
      },
    }),
  ),
  bug('eager reliable broadcast', 'no creation', 'takes who relays for the origin', 50, p.noCreation, GRIM, () =>
    badEager({
      out: (out, _state, event) => ({
        indicate: (told) => out.indicate(event.kind === 'indication' ? { ...told, from: event.indication.from } : told),
      }),
    }),
  ),
  bug('eager reliable broadcast', 'agreement', 'does not relay', 200, p.agreement, GRIM, () =>
    badEager({
      out: (out, _state, event) => ({ request: (r) => (event.kind === 'indication' ? undefined : out.request(r)) }),
    }),
  ),

  bug('lazy reliable broadcast', 'validity', 'gives every message the same number', 10, p.validity, SYNCHRONOUS, () =>
    badLazy({ after: (_event, state) => void (state.nextSequence = 0) }),
  ),
  bug('lazy reliable broadcast', 'no duplication', 'delivers relays too', 50, p.noDuplication, SYNCHRONOUS, () =>
    badLazy({
      event: (event, { senders }, out) => {
        if (event.kind !== 'indication' || event.indication.side !== 'left') return event;
        const { origin, sequence, message } = event.indication.indication.message;
        if (hasSequence(senders.get(origin)?.delivered ?? createSequenceSet(), sequence))
          out.indicate({ kind: 'deliver', from: origin, message });
        return event;
      },
    }),
  ),
  bug(
    'lazy reliable broadcast',
    'no creation',
    'takes who relays for the origin',
    1_000,
    p.noCreation,
    SYNCHRONOUS,
    () =>
      badLazy({
        out: (out, _state, event) => ({
          indicate: (told) =>
            out.indicate(
              event.kind === 'indication' && event.indication.side === 'left'
                ? { ...told, from: event.indication.indication.from }
                : told,
            ),
        }),
      }),
  ),
  bug('lazy reliable broadcast', 'agreement', 'relays nothing at a crash', 200, p.agreement, SYNCHRONOUS, () =>
    badLazy({
      out: (out, _state, event) => ({
        request: (r) => (event.kind === 'indication' && event.indication.side === 'right' ? undefined : out.request(r)),
      }),
    }),
  ),

  bug('uniform reliable broadcast', 'validity', 'does not count its own relay', 50, p.validity, ROUGH, () =>
    badUrb({
      event: (event, { self }) => (event.kind === 'indication' && event.indication.from === self ? undefined : event),
    }),
  ),
  bug(
    'uniform reliable broadcast',
    'no duplication',
    'delivers after the majority too',
    10,
    p.noDuplication,
    ROUGH,
    () =>
      badUrb({
        event: (event, { senders }, out) => {
          if (event.kind !== 'indication') return event;
          const { origin, sequence, message } = event.indication.message;
          if (hasSequence(senders.get(origin)?.delivered ?? createSequenceSet(), sequence))
            out.indicate({ kind: 'deliver', from: origin, message });
          return event;
        },
      }),
  ),
  bug('uniform reliable broadcast', 'no creation', 'takes who relays for the origin', 10, p.noCreation, ROUGH, () =>
    badUrb({
      out: (out, _state, event) => ({
        indicate: (told) => out.indicate(event.kind === 'indication' ? { ...told, from: event.indication.from } : told),
      }),
    }),
  ),
  bug('uniform reliable broadcast', 'uniform agreement', 'does not wait', 500, p.uniformAgreement, ROUGH, () =>
    badUrb({
      after: (event, { senders }, out) => {
        if (event.kind !== 'indication') return;
        const { origin, sequence, message } = event.indication.message;
        const sender = senders.get(origin);
        if (sender === undefined || !addSequence(sender.delivered, sequence)) return;
        sender.acknowledgements.delete(sequence);
        out.indicate({ kind: 'deliver', from: origin, message });
      },
    }),
  ),
];
