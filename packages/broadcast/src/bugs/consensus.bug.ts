/**
 * Defects of leader-driven consensus, of the epoch-change and of the keys below it: what each breaks, and the seeds
 * within which the scenario finds it.
 */
import { type Core, crashStop, keyed, type NodeId, stack, unkeyed } from '@troupe/protocol';
import { type Mutation, mutate } from '@troupe/protocol/testing';
import { eventualLeaderDetector } from '../eventual-leader-detector.ts';
import { eventuallyPerfectFailureDetector } from '../eventually-perfect-failure-detector.ts';
import { leaderBasedEpochChange } from '../leader-based-epoch-change.ts';
import { leaderDrivenConsensus } from '../leader-driven-consensus.ts';
import {
  type ConsensusProperty,
  type ConsensusVerdict,
  integrity,
  judgeConsensus,
  proposedValues,
  termination,
  uniformAgreement,
} from '../testing/consensus-scenario.fixture.ts';
import type { ShapeOf } from './bug.ts';

const leaders = stack(eventualLeaderDetector, eventuallyPerfectFailureDetector);
const instance = leaderDrivenConsensus<string>();
type Instance = ShapeOf<typeof instance>;
type EpochChange = ShapeOf<typeof leaderBasedEpochChange>;

interface ConsensusBug {
  readonly property: string;
  readonly what: string;
  readonly seedsMax: number;
  readonly find: () => ConsensusVerdict['violation'];
}

const tower = (consensus: Core<Instance>, epochs: Core<EpochChange> = leaderBasedEpochChange) =>
  crashStop(forgetful(consensus, epochs));
const forgetful = (consensus: Core<Instance>, epochs: Core<EpochChange> = leaderBasedEpochChange) =>
  stack(keyed(consensus, { numbered: true }), unkeyed(stack(epochs, leaders)));

const bug = (
  [property, check]: readonly [string, ConsensusProperty],
  what: string,
  seedsMax: number,
  make: () => ReturnType<typeof tower>,
): ConsensusBug => ({
  property,
  what,
  seedsMax,
  find: () => judgeConsensus(make(), { [property]: check }, seedsMax).violation,
});

const bad = (mutation: Mutation<Instance>) => () => tower(mutate(instance, mutation));
const badEpochs = (mutation: Mutation<EpochChange>) => () => tower(instance, mutate(leaderBasedEpochChange, mutation));

const terminates = ['termination', termination] as const;
const isValid = ['validity', proposedValues] as const;
const hasIntegrity = ['integrity', integrity] as const;
const agrees = ['uniform agreement', uniformAgreement] as const;

const everyone = (answered: Set<NodeId>, nodes: readonly NodeId[]) => {
  for (const id of nodes) answered.add(id);
};

export const CONSENSUS_BUGS: readonly ConsensusBug[] = [
  bug(terminates, 'does not pass the decision on', 50, () =>
    tower(
      mutate(instance, {
        out: (out, { phase }) => ({
          send: (to, message) => (message.kind === 'decided' && phase !== 'done' ? undefined : out.send(to, message)),
        }),
      }),
    ),
  ),
  bug(
    terminates,
    'is taken out of its epoch by a leader that nobody follows',
    2_000,
    bad({
      event: (event, state) => {
        const message = event.kind === 'message' ? event.message : undefined;
        if ((message?.kind === 'read' || message?.kind === 'write') && message.epoch > state.epoch)
          Object.assign(state, { epoch: message.epoch, phase: 'idle' });
        return event;
      },
    }),
  ),
  bug(
    terminates,
    'forgets what a leader said before its epoch had started here',
    50,
    bad({ after: (_event, { early }) => early.clear() }),
  ),
  bug(
    terminates,
    'never says what stands in the way of a new leader',
    50,
    badEpochs({
      out: (out) => ({ send: (to, message) => (message.kind === 'nack' ? undefined : out.send(to, message)) }),
    }),
  ),
  bug(
    isValid,
    'decides what it was asked for in the round before',
    10,
    bad({ out: (out) => ({ indicate: (told) => out.indicate({ ...told, value: told.value.replace(/.$/, '9') }) }) }),
  ),
  bug(
    hasIntegrity,
    'decides at every word of it',
    10,
    bad({
      event: (event, state) => {
        if (event.kind === 'message' && event.message.kind === 'decided') state.decided = false;
        return event;
      },
    }),
  ),
  bug(
    agrees,
    'takes the first acceptance for most',
    500,
    bad({
      event: (event, { answered, nodes }) => {
        if (event.kind === 'message' && event.message.kind === 'accept') everyone(answered, nodes);
        return event;
      },
    }),
  ),
  bug(
    agrees,
    'takes the first answer for most',
    50,
    bad({
      event: (event, { answered, nodes }) => {
        if (event.kind === 'message' && event.message.kind === 'state') everyone(answered, nodes);
        return event;
      },
    }),
  ),
  bug(
    agrees,
    'writes its own proposal, whatever it has read',
    500,
    bad({
      event: (event) =>
        event.kind === 'message' && event.message.kind === 'state'
          ? { ...event, message: { ...event.message, written: null } }
          : event,
    }),
  ),
  bug(
    agrees,
    'takes what was read last, not what was written last',
    2_000,
    bad({
      event: (event, state) => {
        if (event.kind === 'message' && event.message.kind === 'state' && event.message.written !== null)
          state.candidate = { ...event.message.written, epoch: -1 };
        return event;
      },
    }),
  ),
  bug(
    agrees,
    'writes in an epoch that is over',
    2_000,
    bad({
      event: (event, state) => {
        const message = event.kind === 'message' ? event.message : undefined;
        if (message?.kind === 'write' && message.epoch < state.epoch) state.epoch = message.epoch;
        return event;
      },
    }),
  ),
  bug(agrees, 'comes again after it was retired', 1_000, () => {
    const core = tower(instance);
    return mutate(core, {
      event: (event) =>
        event.kind === 'request' && event.request.kind === 'retire'
          ? { ...event, request: { kind: 'remove', key: String(event.request.below - 1) } }
          : event,
    });
  }),
  bug(agrees, 'takes part after a restart, having forgotten what it wrote', 2_000, () =>
    // The driver's word that it was restarted is lost on it.
    mutate(crashStop(forgetful(instance)), {
      event: (event) => (event.kind === 'start' ? { ...event, restarted: false } : event),
    }),
  ),
];
