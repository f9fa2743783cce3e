/** Ends what somebody waits for, where a role or a leader comes to its end: nothing is left without an answer. */
import type { NodeId } from '@troupe/protocol';
import type { Leadership, LocalRead, Step } from './state.ts';

/** This member led, and does so no more. */
export function endLeadership({ state, out }: Step, leadership: Leadership): void {
  const { volatile } = state;
  const { leader } = volatile;
  for (const { id } of leadership.proposals) out.reply(id, { kind: 'outcome-unknown', leader });
  // Of a proposal of which only a part was committed, nobody waits for the results; of the others they are still to come.
  const applying = volatile.applying.map((pieces) => pieces.filter(({ last }) => last <= volatile.commitIndex));
  volatile.applying = applying;
  if (applying.every((pieces) => pieces.length === 0)) volatile.partialResults = [];
  if (leadership.change !== null) out.reply(leadership.change.id, { kind: 'outcome-unknown', leader });
  for (const { of } of leadership.reads) if ('queries' in of) refuseRead({ state, out }, of);
}

/** The leader that reads were asked of is not the leader any more, or of another term. */
export function endFollowerReads({ state, out }: Pick<Step, 'state' | 'out'>): void {
  const { reads } = state.volatile;
  const waiting = [...reads.confirmed.map(({ read }) => read), ...reads.asked, ...reads.gathered];
  if (waiting.length === 0) return;
  reads.confirmed = [];
  reads.asked = [];
  reads.gathered = [];
  out.cancelTimer('read');
  for (const read of waiting) refuseRead({ state, out }, read);
}

/** Whoever had the leadership handed over hears where it went. */
export function tellTransfer({ state, out }: Step, leader: NodeId): void {
  const { volatile, durable, settings } = state;
  const request = volatile.transferRequest;
  if (request === null) return;
  volatile.transferRequest = null;
  const reply =
    leader === settings.self
      ? ({ kind: 'outcome-unknown', leader } as const)
      : ({ kind: 'leadership-transferred', leader, term: durable.term } as const);
  out.reply(request.id, reply);
}

/** It took too long: the member that was told to stand may yet do so. */
export function giveUpTransfer({ state, out }: Step): void {
  const { volatile } = state;
  const request = volatile.transferRequest;
  if (request === null) return;
  volatile.transferRequest = null;
  out.reply(request.id, { kind: 'outcome-unknown', leader: volatile.leader });
}

/** Also by a lease: the next leader may have one. */
function refuseRead({ state, out }: Pick<Step, 'state' | 'out'>, { id }: LocalRead): void {
  const { leader } = state.volatile;
  out.reply(id, {
    kind: 'refused',
    reason: 'not-leader',
    leader,
    detail: 'Expected the leader to confirm that it leads, got another term or no word of it. Ask again.',
  });
}
