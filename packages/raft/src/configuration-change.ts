/**
 * Changes of the configuration: one counts from the moment that its entry is in the log. A leader begins one where none is
 * under way and an entry of its own term is committed, and leaves a joint configuration once that is committed.
 *
 * 1. L1 of term 1 adds n5 and is cut off before anyone hears; 2. L2 of term 2 adds n6 and commits that by a quorum without
 * n5; 3. L1 is elected in term 3 by a quorum of its own change, and has what L2 committed overwritten. Hence the entry of the
 * leader's own term: L2's would have made L1 fall behind.
 *
 * @paper Raft §6; Ongaro's thesis §4
 */
import { compareIds, type RequestId } from '@troupe/protocol';
import { ENTRY_BYTES } from './commit.ts';
import { configurationAt, forgetBefore } from './configurations.ts';
import type { Configuration, LogIndex, MembershipChange } from './entry.ts';
import { lastIndexOf, termAt } from './log.ts';
import { isLeaving, isMember, isSelfVoter } from './members.ts';
import { changeConfiguration, isJoint, membersOf } from './membership.ts';
import { createProgress } from './progress.ts';
import { refuse } from './refusal.ts';
import { appendOwn, logTime, replicate, sendHeartbeat, sendHeartbeats } from './replication.ts';
import { becomeFollower, becomeVoterOrLearner } from './roles.ts';
import type { Leadership, Step } from './state.ts';
import { bestSuccessor } from './transfer.ts';

export function onChangeMembership(step: Step, id: RequestId | null, change: MembershipChange): void {
  const { state, rules } = step;
  const { durable, volatile, leadership } = state;
  if (volatile.disk.hasFailed) return refuse(step, id, 'disk-failed', 'a disk that writes, got one that has failed');
  if (leadership === null) return refuse(step, id, 'not-leader', 'the leader, got a member that is not');
  if (isLeaving(step, leadership)) {
    return refuse(step, id, 'transferring', 'a leader that stays, got one that hands over');
  }
  const { index, configuration } = inForce(step);
  if (index > volatile.commitIndex) {
    return refuse(step, id, 'change-in-progress', `no change under way, got one at index ${index}`);
  }
  if (!rules.mayChangeMembership(termAt(durable.log, volatile.commitIndex), durable.term)) {
    return refuse(step, id, 'change-in-progress', 'a leader that has committed an entry of its term, got a new one');
  }
  const changed = changeConfiguration(configuration, change);
  if ('refused' in changed) {
    const { leader } = volatile;
    return step.out.reply(id, { kind: 'refused', reason: 'invalid-change', leader, detail: changed.refused });
  }
  leadership.change = { id, index: appendConfiguration(step, leadership, changed.ok) };
}

/** Another configuration is in force, by what was appended, truncated or installed. */
export function configurationChanged(step: Step): void {
  const { index, configuration } = inForce(step);
  adopt(step, configuration);
  step.out.indicate({ kind: 'configuration-changed', index, configuration });
}

/** These entries, all of them configurations, are committed. */
export function configurationsCommitted(step: Step, indices: readonly LogIndex[]): void {
  const { state, out } = step;
  const { configurations } = state.volatile;
  const { self } = state.settings;
  const isRemoved = indices.map((index) => {
    const before = configurationAt(configurations, (index - 1) as LogIndex).configuration;
    return isMember(before, self) && !isMember(configurationAt(configurations, index).configuration, self);
  });
  forgetBefore(configurations, indices[indices.length - 1] as LogIndex);
  adopt(step, inForce(step).configuration);
  if (isRemoved.includes(true)) out.indicate({ kind: 'removed' });
}

/** What a leader does about its configuration once more is committed. */
export function leadConfiguration(step: Step, leadership: Leadership): void {
  const { state, out, rules } = step;
  const { durable, volatile } = state;
  const { index, configuration } = inForce(step);
  if (index > volatile.commitIndex) return;
  const isOwnTerm = rules.mayChangeMembership(termAt(durable.log, volatile.commitIndex), durable.term);
  if (isJoint(configuration) && configuration.autoLeave && isOwnTerm) {
    const left = changeConfiguration(configuration, { kind: 'leave-joint' });
    if ('ok' in left) {
      const leaving = appendConfiguration(step, leadership, left.ok);
      if (leadership.change !== null) leadership.change.index = leaving;
    }
    return;
  }
  const { change } = leadership;
  if (change !== null && change.index <= volatile.commitIndex) {
    leadership.change = null;
    out.reply(change.id, { kind: 'membership-changed', index: change.index, configuration });
  }
  if (!isSelfVoter(step)) leave(step, leadership);
}

/** A member that is none any more has heard so, or won't. */
export function tellDeparting(step: Step, leadership: Leadership): void {
  const { volatile } = step.state;
  const { index } = inForce(step);
  if (index > volatile.commitIndex || !leadership.peers.some(({ isDeparting }) => isDeparting)) return;
  leadership.peers = leadership.peers.filter((peer) => {
    if (!peer.isDeparting || peer.matchIndex < index) return true;
    if (peer.toldCommit >= index) return false;
    sendHeartbeat(step, peer);
    return true;
  });
}

/** Those that are not heard of any more are given up. */
export function forgetDeparting(leadership: Leadership): void {
  leadership.peers = leadership.peers.filter(({ isDeparting, isActive }) => !isDeparting || isActive);
}

function appendConfiguration(step: Step, leadership: Leadership, data: Configuration): LogIndex {
  const { term, log } = step.state.durable;
  const time = logTime(step, leadership);
  appendOwn(step, leadership, [{ kind: 'configuration', term, time, bytes: ENTRY_BYTES, data }]);
  const index = lastIndexOf(log);
  configurationChanged(step);
  replicate(step, leadership);
  return index;
}

function adopt(step: Step, configuration: Configuration): void {
  const { state } = step;
  const { leadership, settings, durable } = state;
  becomeVoterOrLearner(step);
  if (leadership === null) return;
  const { lease } = leadership;
  // One that is added again before it was forgotten may come with an empty disk: nothing is known of it.
  const peers = leadership.peers.filter(({ node, isDeparting }) => !isDeparting || !isMember(configuration, node));
  leadership.peers = peers;
  for (const peer of peers) peer.isDeparting = !isMember(configuration, peer.node);
  for (const node of membersOf(configuration)) {
    if (node === settings.self || peers.some((peer) => peer.node === node)) continue;
    peers.push(createProgress(node, (lastIndexOf(durable.log) + 1) as LogIndex));
  }
  peers.sort((a, b) => compareIds(a.node, b.node));
  // Those who answered the rounds up to here may be no quorum of this configuration.
  lease.startedAt = null;
  lease.roundMin = leadership.round + 1;
}

/** It has led until a configuration without it was committed; the one that is furthest goes on. @paper Raft §6 */
function leave(step: Step, leadership: Leadership): void {
  const { state, out } = step;
  const { term } = state.durable;
  sendHeartbeats(step, leadership);
  const successor = bestSuccessor(step, leadership);
  if (successor !== undefined) out.send(successor.node, { kind: 'timeout-now', term });
  becomeFollower(step, term, null);
}

function inForce({ state, rules }: Step): ReturnType<typeof configurationAt> {
  const { configurations, commitIndex } = state.volatile;
  return rules.configurationInForce(configurations, commitIndex);
}
