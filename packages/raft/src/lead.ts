/** What a leader does at its beginning, at each answer, and from one heartbeat to the next. @paper Raft, figure 2 (leaders) */
import { jointVoteResult } from '@troupe/quorum';
import { tryCommit } from './advance.ts';
import { ENTRY_BYTES, weightOf } from './commit.ts';
import { forgetDeparting, tellDeparting } from './configuration-change.ts';
import type { Entry } from './entry.ts';
import { configurationOf } from './members.ts';
import type { AppendEntriesReply } from './messages.ts';
import type { Progress } from './progress.ts';
import { beginHeartbeatRound, onRoundAnswered } from './reads.ts';
import { appendOwn, logTime, repair, replicate, sendEntries, sendHeartbeats, takeReply } from './replication.ts';
import { becomeFollower, becomeLeader } from './roles.ts';
import type { Leadership, Step } from './state.ts';
import { handOver } from './transfer.ts';

/** It has won: an entry of its own term goes first, so that it learns what is committed. @paper Raft §8 */
export function beginTerm(step: Step): void {
  const { state } = step;
  const { durable, volatile } = state;
  const { log } = durable;
  becomeLeader(step);
  const { leadership } = state;
  if (leadership === null) return;
  for (let place = volatile.commitIndex - log.base.index; place < log.entries.length; place++) {
    leadership.uncommittedBytes += weightOf(log.entries[place] as Entry);
  }
  const time = logTime(step, leadership);
  appendOwn(step, leadership, [{ kind: 'no-op', term: durable.term, time, bytes: ENTRY_BYTES, data: null }]);
  replicate(step, leadership);
}

export function onAppendEntriesReply(
  step: Step,
  leadership: Leadership,
  peer: Progress,
  message: AppendEntriesReply,
): void {
  const { state } = step;
  peer.shieldTicks = message.shieldTicks;
  if (message.round > peer.round && message.round <= leadership.round) {
    peer.round = message.round;
    onRoundAnswered(step, leadership);
  }
  if (takeReply(step, peer, message)) tryCommit(step);
  // By what was just committed it may have left its office.
  if (state.leadership !== leadership) return;
  handOver(step, leadership, peer);
  tellDeparting(step, leadership);
  sendEntries(step, peer);
}

/** What may have been lost is sent again. */
export function onHeartbeatTimeout(step: Step, leadership: Leadership): void {
  const { state, out } = step;
  out.setTimer('heartbeat', state.settings.heartbeatTicks);
  beginHeartbeatRound(step, leadership);
  repair(step, leadership);
  sendHeartbeats(step, leadership);
  // Alone it need not wait for anybody.
  onRoundAnswered(step, leadership);
}

/** A leader that a quorum has not spoken to for an election timeout leads nobody. @paper Ongaro's thesis §6.2 */
export function onCheckQuorum(step: Step, leadership: Leadership): void {
  const { state, out } = step;
  const { settings, durable } = state;
  const { voters, outgoing } = configurationOf(step);
  const { peers } = leadership;
  const isHeard = (node: string): boolean =>
    node === settings.self || peers.some((peer) => peer.node === node && peer.isActive);
  if (jointVoteResult(voters, outgoing, isHeard) !== 'won') return becomeFollower(step, durable.term, null);
  out.setTimer('check-quorum', settings.electionTimeoutTicks);
  forgetDeparting(leadership);
  for (const peer of leadership.peers) peer.isActive = false;
}
