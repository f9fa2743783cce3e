/** The coordinator's side: it asks for votes, decides, writes it down, and answers for it from then on. */
import type { Effects, Event, NodeId, RequestEvent, RequestId } from '@troupe/protocol';
import type { CommitMessage, CommitRequest, Decision, Vote } from './messages.ts';
import type { CoordinatorState, TwoPhaseCommit } from './state.ts';

/** Requests that wait for one outcome; more are refused. */
export const WAITING_MAX = 64;

type Out = Effects<TwoPhaseCommit>;

export function stepCoordinator(state: CoordinatorState, event: Event<TwoPhaseCommit>, out: Out): void {
  switch (event.kind) {
    case 'start':
      onStart(state, event.restarted, out);
      break;
    case 'request':
      onRequest(state, event, out);
      break;
    case 'message':
      onMessage(state, event.from, event.message, out);
      break;
    case 'timeout':
      onTimeout(state, event.timer, out);
      break;
    case 'persisted':
      becomeDecided(state, out);
      break;
    case 'persist-failed':
      out.setTimer('retry', state.retryTicks);
      break;
  }
}

/** Whoever comes back without a decision has sent none: it may abort, and does, so that nobody waits for ever. */
function onStart(state: CoordinatorState, restarted: boolean, out: Out): void {
  if (state.decision !== undefined) out.indicate({ kind: 'decided', decision: state.decision });
  else if (restarted) becomeDeciding(state, 'abort', out);
}

function onRequest(state: CoordinatorState, { id, request }: RequestEvent<CommitRequest>, out: Out): void {
  if (request.kind === 'vote') {
    out.reply(id, { kind: 'refused', reason: 'vote is for participants' });
  } else if (state.phase === 'decided' && state.decision !== undefined) {
    out.reply(id, { kind: 'outcome', decision: state.decision });
  } else if (state.waiting.length === WAITING_MAX) {
    out.reply(id, { kind: 'refused', reason: 'too many wait for the outcome' });
  } else {
    onBegin(state, id, out);
  }
}

function onBegin(state: CoordinatorState, id: RequestId | null, out: Out): void {
  if (id !== null) state.waiting.push(id);
  if (state.phase === 'idle') becomePreparing(state, out);
}

function onMessage(state: CoordinatorState, from: NodeId, message: CommitMessage, out: Out): void {
  switch (message.kind) {
    case 'vote':
      onVote(state, from, message.vote, out);
      break;
    case 'inquire':
      if (state.phase === 'decided' && state.decision !== undefined)
        out.send(from, { kind: 'decision', decision: state.decision });
      else out.ignore('an inquiry before the decision is durable');
      break;
    case 'prepare':
    case 'decision':
      out.ignore('what only the coordinator says');
      break;
  }
}

function onVote(state: CoordinatorState, from: NodeId, vote: Vote, out: Out): void {
  if (state.phase !== 'preparing') {
    out.ignore('a vote that nobody waits for');
  } else if (vote === 'no') {
    becomeDeciding(state, 'abort', out);
  } else {
    state.yes.add(from);
    if (state.yes.size === state.participants.length) becomeDeciding(state, 'commit', out);
  }
}

function onTimeout(state: CoordinatorState, timer: TwoPhaseCommit['Timer'], out: Out): void {
  if (timer === 'vote' && state.phase === 'preparing') becomeDeciding(state, 'abort', out);
  if (timer === 'retry' && state.phase === 'deciding') writeDecision(state, out);
}

function becomePreparing(state: CoordinatorState, out: Out): void {
  if (state.participants.length === 0) {
    becomeDeciding(state, 'commit', out);
    return;
  }
  state.phase = 'preparing';
  out.setTimer('vote', state.voteTicks);
  for (const participant of state.participants) out.send(participant, { kind: 'prepare' });
}

function becomeDeciding(state: CoordinatorState, decision: Decision, out: Out): void {
  state.phase = 'deciding';
  state.decision = decision;
  out.cancelTimer('vote');
  writeDecision(state, out);
}

/**
 * 1. The coordinator sends `commit` to n2, which commits; 2. it crashes before its record is on disk; 3. it comes back,
 * finds no decision and aborts; 4. n3 hears of that. Hence: no decision is sent before it is durable.
 */
function writeDecision(state: CoordinatorState, out: Out): void {
  const { decision } = state;
  if (decision === undefined) return;
  out.persist('decision', { kind: 'decision', decision });
  for (const participant of state.participants) out.send(participant, { kind: 'decision', decision }, 'decision');
}

function becomeDecided(state: CoordinatorState, out: Out): void {
  const { decision } = state;
  if (decision === undefined) return;
  state.phase = 'decided';
  for (const id of state.waiting.splice(0)) out.reply(id, { kind: 'outcome', decision });
  out.indicate({ kind: 'decided', decision });
}
