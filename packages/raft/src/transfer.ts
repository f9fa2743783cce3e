/** The leader hands its office over, to a member that has its whole log. @paper Ongaro's thesis §3.10 */
import type { NodeId, RequestId } from '@troupe/protocol';
import { lastIndexOf } from './log.ts';
import { configurationOf, isVoter } from './members.ts';
import type { Progress } from './progress.ts';
import { refuse } from './refusal.ts';
import { peerOf, sendEntries } from './replication.ts';
import type { Leadership, Step } from './state.ts';
import { giveUpTransfer } from './waiting.ts';

export function onTransferLeadership(step: Step, id: RequestId | null, to: NodeId | null): void {
  const { state, out } = step;
  const { durable, volatile, settings, leadership } = state;
  if (leadership === null) return refuse(step, id, 'not-leader', 'the leader, got a member that is not');
  if (leadership.transfer !== null) {
    return refuse(step, id, 'transferring', `one transfer at a time, got another than to ${leadership.transfer.to}`);
  }
  if (to === settings.self) {
    return out.reply(id, { kind: 'leadership-transferred', leader: settings.self, term: durable.term });
  }
  const peer = to === null ? bestSuccessor(step, leadership) : peerOf(leadership, to);
  if (peer === undefined || !maySucceed(step, peer.node)) {
    return refuse(step, id, 'not-for-this-role', `another voter that keeps commands, got ${to ?? 'none'}`);
  }
  leadership.transfer = { to: peer.node, isTimeoutNowSent: false };
  volatile.transferRequest = { id };
  out.setTimer('transfer', settings.electionTimeoutTicks);
  sendEntries(step, peer);
  handOver(step, leadership, peer);
}

/** Tells it to stand, once it has everything. */
export function handOver(step: Step, leadership: Leadership, peer: Progress): void {
  const { state, out } = step;
  const { transfer, lease } = leadership;
  const { term, log } = state.durable;
  if (transfer?.to !== peer.node || transfer.isTimeoutNowSent || peer.matchIndex < lastIndexOf(log)) return;
  transfer.isTimeoutNowSent = true;
  // It may stand at any later time, and others will help it: nobody can rely on this leader's lease from here on.
  lease.isVoid = true;
  out.send(peer.node, { kind: 'timeout-now', term });
}

/** The other has not taken over in time. */
export function onTransferTimeout(step: Step, leadership: Leadership): void {
  leadership.transfer = null;
  giveUpTransfer(step);
}

/** The voter that is furthest, among those that were heard of. */
export function bestSuccessor(step: Step, { peers }: Leadership): Progress | undefined {
  let best: Progress | undefined;
  for (const peer of peers) {
    if (!peer.isActive || !maySucceed(step, peer.node)) continue;
    if (best === undefined || peer.matchIndex > best.matchIndex) best = peer;
  }
  return best;
}

function maySucceed(step: Step, node: NodeId): boolean {
  const configuration = configurationOf(step);
  return isVoter(configuration, node) && !configuration.witnesses.includes(node);
}
