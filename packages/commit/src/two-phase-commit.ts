/**
 * Two-phase commit of one transaction: either every node commits or every node aborts, and it commits only where all
 * participants voted yes. Many transactions are `keyed(twoPhaseCommit)`.
 *
 * Votes and the decision are durable before they are sent. A coordinator that comes back without a decision aborts:
 * nobody can have heard of another. A participant in doubt asks the coordinator and the other participants; one that has
 * not voted yet then votes no, so that the answer is known (cooperative termination). While all that are up are in
 * doubt, they wait: two-phase commit blocks. Nothing is forgotten: a node answers for its decision while it lives.
 *
 * Assumes crash-recovery with durable records; links may lose, repeat and reorder.
 *
 * @paper Gray: Notes on data base operating systems (1978); Bernstein, Hadzilacos, Goodman (1987), §7.4
 */
import { assertOption, type Core, sortedIds, type Ticks } from '@troupe/protocol';
import { stepCoordinator } from './coordinator.ts';
import { type CommitDurable, isCommitMessage } from './messages.ts';
import { stepParticipant } from './participant.ts';
import type { CommitOptions, CommitState, TwoPhaseCommit } from './state.ts';

/** @units ticks */
export const COMMIT_DEFAULTS = {
  voteTicks: 100 as Ticks,
  askTicks: 50 as Ticks,
  retryTicks: 20 as Ticks,
} as const satisfies Partial<CommitOptions>;

export const twoPhaseCommit: Core<TwoPhaseCommit> = {
  name: 'two-phase-commit',

  init(options, durable) {
    const { self, nodes, coordinator } = options;
    assertOption(nodes.includes(self), 'options.nodes to include options.self', { self, nodes });
    assertOption(nodes.includes(coordinator), 'options.nodes to include options.coordinator', { coordinator, nodes });
    const { voteTicks, askTicks, retryTicks } = { ...COMMIT_DEFAULTS, ...options };
    for (const ticks of [voteTicks, askTicks, retryTicks])
      assertOption(Number.isSafeInteger(ticks) && ticks >= 1, 'timeouts in whole ticks from 1 up', ticks);
    const participants = sortedIds(nodes).filter((node) => node !== coordinator);
    const place = { self, coordinator, participants, voteTicks, askTicks, retryTicks };
    return self === coordinator ? asCoordinator(place, durable) : asParticipant(place, durable);
  },

  step(state, event, out) {
    if (event.kind === 'message') {
      const { from, message } = event;
      if (!isCommitMessage(message)) return out.ignore('a malformed message');
      if (from !== state.coordinator && !state.participants.includes(from))
        return out.ignore('a message of a stranger');
    }
    if (state.role === 'coordinator') stepCoordinator(state, event, out);
    else stepParticipant(state, event, out);
  },

  fold(durable = { vote: undefined, decision: undefined }, record) {
    if (record.kind === 'vote') durable.vote = record.vote;
    else durable.decision = record.decision;
    return durable;
  },
};

type Place = Pick<CommitState, 'self' | 'coordinator' | 'participants' | 'voteTicks' | 'askTicks' | 'retryTicks'>;

function asCoordinator(place: Place, durable: CommitDurable | undefined): CommitState {
  const decision = durable?.decision;
  const phase = decision === undefined ? 'idle' : 'decided';
  return { role: 'coordinator', ...place, phase, yes: new Set(), waiting: [], decision };
}

function asParticipant(place: Place, durable: CommitDurable | undefined): CommitState {
  const vote = durable?.vote;
  const decision = durable?.decision ?? (vote === 'no' ? 'abort' : undefined);
  const phase = decision !== undefined ? 'decided' : vote === 'yes' ? 'prepared' : 'working';
  return { role: 'participant', ...place, phase, asked: false, vote, voter: null, decision };
}
