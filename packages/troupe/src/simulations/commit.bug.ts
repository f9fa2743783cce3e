/** Defects of two-phase commit, by the numbers of the known traps: what explorer and simulator must find. */
import { type CommitMessage, type TwoPhaseCommit, twoPhaseCommit } from '@troupe/commit';
import type { Core, Effects, Event } from '@troupe/protocol';
import type { InjectedBug } from '@troupe/sim';
import type { CommitObserved } from './commit.ts';

type State = TwoPhaseCommit['State'];
type Out = Effects<TwoPhaseCommit>;
type Step = (state: State, event: Event<TwoPhaseCommit>, out: Out) => void;

export const bugs: readonly InjectedBug<TwoPhaseCommit, CommitObserved>[] = [
  bug('commit-1', 'a coordinator that comes back without a decision waits instead of aborting', (state, event, out) => {
    if (event.kind === 'start' && event.restarted && state.role === 'coordinator') return;
    twoPhaseCommit.step(state, event, out);
  }),
  bug('commit-2', 'a vote is sent before it is durable', (state, event, out) =>
    twoPhaseCommit.step(state, event, sendingAtOnce('vote', out)),
  ),
  bug('commit-3', 'a decision is sent before it is durable', (state, event, out) =>
    twoPhaseCommit.step(state, event, state.role === 'coordinator' ? sendingAtOnce('decision', out) : out),
  ),
  bug('commit-4', 'a participant that voted yes aborts alone when it has waited long enough', (state, event, out) => {
    if (event.kind === 'timeout' && event.timer === 'ask' && state.phase === 'prepared') {
      state.phase = 'deciding';
      state.decision = 'abort';
      out.persist('decision', { kind: 'decision', decision: 'abort' });
    } else {
      twoPhaseCommit.step(state, event, out);
    }
  }),
];

function bug(id: string, what: string, step: Step): InjectedBug<TwoPhaseCommit, CommitObserved> {
  const core: Core<TwoPhaseCommit> = { ...twoPhaseCommit, step };
  return { id, what, inject: (simulation) => ({ ...simulation, core }) };
}

/** The same effects, but for messages of this kind, which wait for no write. */
function sendingAtOnce(kind: CommitMessage['kind'], out: Out): Out {
  return {
    send: (to, message, after) => (message.kind === kind ? out.send(to, message) : out.send(to, message, after)),
    setTimer: (timer, delay) => out.setTimer(timer, delay),
    cancelTimer: (timer) => out.cancelTimer(timer),
    persist: (token, record) => out.persist(token, record),
    apply: (command, token) => out.apply(command, token),
    reply: (id, reply) => out.reply(id, reply),
    indicate: (indication) => out.indicate(indication),
    request: (request, token) => out.request(request, token),
    choose: (label, n) => out.choose(label, n),
    buggify: (label) => out.buggify(label),
    ignore: (reason) => out.ignore(reason),
  };
}
