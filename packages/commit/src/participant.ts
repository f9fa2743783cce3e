/** A participant's side: it votes once, and asks while it is in doubt. */
import type { Effects, Event, NodeId, RequestEvent, RequestId } from '@troupe/protocol';
import type { CommitMessage, CommitRequest, Decision, Vote } from './messages.ts';
import type { ParticipantState, TwoPhaseCommit } from './state.ts';

type Out = Effects<TwoPhaseCommit>;

export function stepParticipant(state: ParticipantState, event: Event<TwoPhaseCommit>, out: Out): void {
  switch (event.kind) {
    case 'start':
      onStart(state, out);
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
      if (event.token === 'vote') onVoted(state, out);
      else becomeDecided(state, out);
      break;
    case 'persist-failed':
      out.setTimer('retry', state.retryTicks);
      break;
  }
}

/** Whoever comes back in doubt asks at once. */
function onStart(state: ParticipantState, out: Out): void {
  if (state.decision !== undefined) out.indicate({ kind: 'decided', decision: state.decision });
  else if (state.phase === 'prepared') ask(state, out);
}

function onRequest(state: ParticipantState, { id, request }: RequestEvent<CommitRequest>, out: Out): void {
  if (request.kind === 'begin') out.reply(id, { kind: 'refused', reason: 'begin is for the coordinator' });
  else if (state.vote !== undefined) out.reply(id, { kind: 'refused', reason: 'it has voted already' });
  else if (state.phase !== 'working') out.reply(id, { kind: 'refused', reason: 'it is decided already' });
  else becomeVoting(state, request.vote, id, out);
}

function onMessage(state: ParticipantState, from: NodeId, message: CommitMessage, out: Out): void {
  switch (message.kind) {
    case 'prepare':
      if (from === state.coordinator) onPrepare(state, out);
      else out.ignore('what only the coordinator says');
      break;
    case 'decision':
      onDecision(state, message.decision, out);
      break;
    case 'inquire':
      onInquiry(state, from, out);
      break;
    case 'vote':
      out.ignore('what only the coordinator hears');
      break;
  }
}

function onPrepare(state: ParticipantState, out: Out): void {
  state.asked = true;
  if (state.vote !== undefined) sendVote(state, state.vote, out);
  else if (state.phase === 'working') out.indicate({ kind: 'prepare' });
  // It has heard of an abort, and so never votes yes.
  else out.send(state.coordinator, { kind: 'vote', vote: 'no' }, 'decision');
}

function onDecision(state: ParticipantState, decision: Decision, out: Out): void {
  if (state.phase === 'deciding' || state.phase === 'decided') out.ignore('a decision that is known already');
  else if (decision === 'commit' && state.phase !== 'prepared') out.ignore('a commit without the vote of this node');
  else becomeDeciding(state, decision, out);
}

/**
 * Who is in doubt asks everyone; who has not voted yet takes the doubt away, by voting no. What is not durable yet is not
 * told: whoever asks does so again, and would only make a queue.
 */
function onInquiry(state: ParticipantState, from: NodeId, out: Out): void {
  if (state.phase === 'working') {
    becomeVoting(state, 'no', null, out);
    out.send(from, { kind: 'decision', decision: 'abort' }, 'vote');
  } else if (state.phase === 'decided' && state.decision !== undefined) {
    out.send(from, { kind: 'decision', decision: state.decision });
  } else {
    out.ignore('an inquiry of a node that is in doubt as well');
  }
}

function onTimeout(state: ParticipantState, timer: TwoPhaseCommit['Timer'], out: Out): void {
  if (timer === 'ask' && state.phase === 'prepared') ask(state, out);
  if (timer !== 'retry') return;
  if (state.phase === 'voting') writeVote(state, out);
  if (state.phase === 'deciding') writeDecision(state, out);
}

function becomeVoting(state: ParticipantState, vote: Vote, voter: RequestId | null, out: Out): void {
  state.phase = 'voting';
  state.vote = vote;
  state.voter = voter;
  writeVote(state, out);
}

function writeVote(state: ParticipantState, out: Out): void {
  const { vote } = state;
  if (vote === undefined) return;
  out.persist('vote', { kind: 'vote', vote });
  if (state.asked) sendVote(state, vote, out);
}

/**
 * 1. A participant sends its yes and crashes before that is on disk; 2. the coordinator commits; 3. the participant comes
 * back, knows of no vote, and votes no. Hence: no vote is sent before it is durable.
 */
function sendVote(state: ParticipantState, vote: Vote, out: Out): void {
  out.send(state.coordinator, { kind: 'vote', vote }, 'vote');
}

function onVoted(state: ParticipantState, out: Out): void {
  const { vote, voter } = state;
  if (vote === undefined) return;
  out.reply(voter, { kind: 'voted', vote });
  state.voter = null;
  if (state.phase !== 'voting') return;
  if (vote === 'yes') {
    becomePrepared(state, out);
  } else {
    // Without its vote nobody commits: its own no is the decision.
    state.decision = 'abort';
    becomeDecided(state, out);
  }
}

function becomePrepared(state: ParticipantState, out: Out): void {
  state.phase = 'prepared';
  out.setTimer('ask', state.askTicks);
}

function ask(state: ParticipantState, out: Out): void {
  out.send(state.coordinator, { kind: 'inquire' });
  for (const other of state.participants) if (other !== state.self) out.send(other, { kind: 'inquire' });
  out.setTimer('ask', state.askTicks);
}

function becomeDeciding(state: ParticipantState, decision: Decision, out: Out): void {
  state.phase = 'deciding';
  state.decision = decision;
  out.cancelTimer('ask');
  writeDecision(state, out);
}

function writeDecision(state: ParticipantState, out: Out): void {
  if (state.decision !== undefined) out.persist('decision', { kind: 'decision', decision: state.decision });
}

function becomeDecided(state: ParticipantState, out: Out): void {
  if (state.decision === undefined) return;
  state.phase = 'decided';
  out.indicate({ kind: 'decided', decision: state.decision });
}
