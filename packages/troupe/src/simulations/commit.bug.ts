/** Defects of two-phase commit, by the numbers of the known traps: what explorer and simulator must find. */
import { type CommitMessage, type TwoPhaseCommit, twoPhaseCommit } from '@troupe/commit';
import type { Effects } from '@troupe/protocol';
import { type Mutation, mutate } from '@troupe/protocol/testing';
import type { InjectedBug } from '@troupe/sim';
import type { CommitObserved } from './commit.ts';

type Out = Effects<TwoPhaseCommit>;

export const bugs: readonly InjectedBug<TwoPhaseCommit, CommitObserved>[] = [
  bug('commit-1', 'a coordinator that comes back without a decision waits instead of aborting', {
    event: (event, state) =>
      event.kind === 'start' && event.restarted && state.role === 'coordinator' ? undefined : event,
  }),
  bug('commit-2', 'a vote is sent before it is durable', { out: (out) => ({ send: sendAtOnce('vote', out) }) }),
  bug('commit-3', 'a decision is sent before it is durable', {
    out: (out, { role }) => (role === 'coordinator' ? { send: sendAtOnce('decision', out) } : {}),
  }),
  bug('commit-4', 'a participant that voted yes aborts alone when it has waited long enough', {
    event: (event, state, out) => {
      if (event.kind !== 'timeout' || event.timer !== 'ask' || state.phase !== 'prepared') return event;
      state.phase = 'deciding';
      state.decision = 'abort';
      out.persist('decision', { kind: 'decision', decision: 'abort' });
      return undefined;
    },
  }),
];

function bug(
  id: string,
  what: string,
  mutation: Mutation<TwoPhaseCommit>,
): InjectedBug<TwoPhaseCommit, CommitObserved> {
  return { id, what, inject: (simulation) => ({ ...simulation, core: mutate(twoPhaseCommit, mutation) }) };
}

/** Messages of this kind wait for no write. */
function sendAtOnce(kind: CommitMessage['kind'], out: Out): Out['send'] {
  return (to, message, after) => (message.kind === kind ? out.send(to, message) : out.send(to, message, after));
}
