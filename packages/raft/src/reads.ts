/**
 * Reads that need no entry in the log. A leader answers with what is committed once a round of heartbeats, sent after the
 * read came, has shown that it still led then; many reads share a round. With a lease it need not ask. A member that does
 * not lead asks the leader for the index, and answers once it has applied that.
 *
 * @paper Raft §8; Ongaro's thesis §6.4 (ReadIndex), §6.4.1 (leases)
 */
import type { NodeId, RequestId } from '@troupe/protocol';
import { jointCommittedIndex, jointVoteResult } from '@troupe/quorum';
import type { LogIndex } from './entry.ts';
import { termAt } from './log.ts';
import { configurationOf, isBlind } from './members.ts';
import type { ReadIndex, ReadIndexReply } from './messages.ts';
import type { Progress } from './progress.ts';
import { refuse } from './refusal.ts';
import { peerOf, sendHeartbeat, sendHeartbeats } from './replication.ts';
import type { RaftRequest } from './requests.ts';
import type { LeaderRead, Leadership, LocalRead, Step } from './state.ts';

type ReadRequest = Extract<RaftRequest, { kind: 'read' }>;

/** Batches of reads that one incarnation names before it draws another nonce. */
const BATCHES = 2 ** 22;
const NONCES = 2 ** 30;

export function onRead(step: Step, id: RequestId | null, { queries, consistency }: ReadRequest): void {
  const { state } = step;
  const { volatile, settings, leadership } = state;
  if (isBlind(step)) return refuseBlind(step, id);
  const isLease = consistency === 'lease';
  if (isLease && settings.leaseTicks === null) return refuse(step, id, 'no-lease', 'options.leaseReads, got none');
  const read: LocalRead = { id, queries, isLease };
  if (consistency === 'stale') return answer(step, [read]);
  if (leadership !== null) {
    if (isLease && holdsLease(step, leadership)) return answer(step, [read]);
    if (isLease && !mayHoldLease(step, leadership)) return refuseShieldless(step, id, leadership);
    if (leadership.reads.length >= settings.waitingReadsMax) return refuseMore(step, id);
    return waitForRound(step, leadership, read);
  }
  const { gathered, asked, confirmed } = volatile.reads;
  if (volatile.leader === null) return refuse(step, id, 'not-leader', 'a leader that is known, got none');
  if (gathered.length + asked.length + confirmed.length >= settings.waitingReadsMax) return refuseMore(step, id);
  gathered.push(read);
  if (asked.length === 0) askLeader(step);
}

/** Another member asks the leader. */
export function onReadIndex(step: Step, from: NodeId, { id, isLease }: ReadIndex): void {
  const { state, out } = step;
  const { leadership } = state;
  if (leadership === null) return out.ignore('a read index asked of one that does not lead');
  const peer = peerOf(leadership, from);
  if (peer === undefined) return out.ignore('a read index asked by a stranger');
  if (isLease && holdsLease(step, leadership))
    return answerRemote(step, leadership, from, id, state.volatile.commitIndex);
  // The same question again, since the answer is late: put off to the next round each time, it would never be answered.
  if (leadership.reads.some(({ of }) => 'node' in of && of.node === from && of.readId === id)) return;
  // One batch of each member: a newer one takes the place of what was asked for and given up.
  leadership.reads = leadership.reads.filter(({ of }) => !('node' in of && of.node === from));
  waitForRound(step, leadership, { node: from, readId: id });
}

/** The leader's answer to this member's batch. */
export function onReadIndexReply(step: Step, from: NodeId, { id, readIndex }: ReadIndexReply): void {
  const { state, out } = step;
  const { reads, leader } = state.volatile;
  if (from !== leader || id !== reads.id || reads.asked.length === 0) {
    return out.ignore('a read index that nobody waits for');
  }
  for (const read of reads.asked) reads.confirmed.push({ index: readIndex, read });
  reads.asked = [];
  out.cancelTimer('read');
  if (reads.gathered.length > 0) askLeader(step);
  answerConfirmed(step);
}

/** The question, or the answer, may be lost. */
export function onReadTimeout(step: Step): void {
  if (step.state.volatile.reads.asked.length > 0) sendQuestion(step);
}

/** More is applied: reads that waited for it are answered. */
export function answerConfirmed(step: Step): void {
  const { reads, lastApplied } = step.state.volatile;
  if (reads.confirmed.length === 0) return;
  const ready = reads.confirmed.filter(({ index }) => index <= lastApplied);
  if (ready.length === 0) return;
  reads.confirmed = reads.confirmed.filter(({ index }) => index > lastApplied);
  answer(
    step,
    ready.map(({ read }) => read),
  );
}

/** The first entry of the leader's term is committed: reads that came before know now up to where they must see. */
export function onTermCommitted(step: Step, leadership: Leadership): void {
  let isWaiting = false;
  for (const read of leadership.reads) {
    if (read.index !== null) continue;
    read.index = step.state.volatile.commitIndex;
    read.round = leadership.round + 1;
    isWaiting = true;
  }
  if (isWaiting) beginRound(step, leadership);
}

/** A member has answered a round. */
export function onRoundAnswered(step: Step, leadership: Leadership): void {
  if (step.state.settings.leaseTicks !== null) renewLease(step, leadership);
  const confirmed = roundOfQuorum(step, leadership, () => true);
  if (confirmed <= leadership.confirmedRound) return;
  leadership.confirmedRound = confirmed;
  answerRound(step, leadership);
  beginRound(step, leadership);
}

function roundOfQuorum(step: Step, { peers, round }: Leadership, counts: (peer: Progress) => boolean): number {
  const { settings } = step.state;
  const { voters, outgoing } = configurationOf(step);
  return jointCommittedIndex(voters, outgoing, (node) => {
    if (node === settings.self) return round;
    for (const peer of peers) if (peer.node === node) return counts(peer) ? peer.round : 0;
    return 0;
  });
}

/** A lease rests on those alone who shield the leader for as long as it counts on. */
function renewLease(step: Step, leadership: Leadership): void {
  const { lease } = leadership;
  const confirmed = roundOfQuorum(step, leadership, (peer) => isShielding(step, peer));
  if (confirmed < lease.roundMin) return;
  const sent = lease.sent.findLast(({ round }) => round <= confirmed);
  if (sent === undefined) return;
  lease.startedAt = sent.at;
  lease.sent = lease.sent.filter(({ round }) => round > confirmed);
}

function isShielding({ state }: Step, { shieldTicks }: Progress): boolean {
  return shieldTicks !== null && shieldTicks >= state.settings.electionTimeoutTicks;
}

/** False where so many voters are known not to shield a leader that no quorum is left which does. */
function mayHoldLease(step: Step, { peers }: Leadership): boolean {
  const { voters, outgoing } = configurationOf(step);
  const isOpen = (node: NodeId): boolean => {
    const peer = peers.find((each) => each.node === node);
    return peer === undefined || peer.shieldTicks === null || isShielding(step, peer);
  };
  return jointVoteResult(voters, outgoing, isOpen) === 'won';
}

/** A heartbeat is due: with leases, or where reads wait for one, it begins a round. */
export function beginHeartbeatRound(step: Step, leadership: Leadership): void {
  const { reads, round } = leadership;
  if (step.state.settings.leaseTicks !== null || reads.some((read) => read.round > round)) nextRound(step, leadership);
}

export function holdsLease({ state, rules, now }: Step, { lease }: Leadership): boolean {
  const { settings, volatile, durable } = state;
  if (settings.leaseTicks === null) return false;
  const isReady = rules.mayServeReads(termAt(durable.log, volatile.commitIndex), durable.term);
  return isReady && rules.holdsLease(lease, settings.leaseTicks, now);
}

/** The machine's answers, in the order of the queries. */
export function onAnswered({ state, out }: Step, answers: readonly unknown[]): void {
  const batch = state.volatile.answering.shift();
  let offset = 0;
  for (const { id, count } of batch?.reads ?? []) {
    out.reply(id, { kind: 'read', index: batch?.index as LogIndex, answers: answers.slice(offset, offset + count) });
    offset += count;
  }
}

function waitForRound(step: Step, leadership: Leadership, of: LeaderRead['of']): void {
  const { durable, volatile } = step.state;
  const isReady = step.rules.mayServeReads(termAt(durable.log, volatile.commitIndex), durable.term);
  // The round must leave after the read came, so a round that is under way will not do.
  leadership.reads.push({ of, index: isReady ? volatile.commitIndex : null, round: leadership.round + 1 });
  if (isReady) beginRound(step, leadership);
}

/** One at a time: what comes while one is under way shares the next. */
function beginRound(step: Step, leadership: Leadership): void {
  const { reads, round, confirmedRound } = leadership;
  if (confirmedRound < round || !reads.some((read) => read.index !== null && read.round > round)) return;
  nextRound(step, leadership);
  sendHeartbeats(step, leadership);
  // Alone it need not wait for anybody.
  onRoundAnswered(step, leadership);
}

function nextRound({ state, now }: Step, leadership: Leadership): void {
  const { lease } = leadership;
  leadership.round++;
  const { leaseTicks } = state.settings;
  // One for each tick, and none that could not be held any more: so there are never more than a lease has ticks.
  if (leaseTicks === null || lease.sent.at(-1)?.at === now) return;
  if (lease.sent[0] !== undefined && lease.sent[0].at + leaseTicks <= now) lease.sent.shift();
  lease.sent.push({ round: leadership.round, at: now });
}

function answerRound(step: Step, leadership: Leadership): void {
  const { confirmedRound } = leadership;
  const ready = leadership.reads.filter(({ index, round }) => index !== null && round <= confirmedRound);
  if (ready.length === 0) return;
  leadership.reads = leadership.reads.filter(({ index, round }) => index === null || round > confirmedRound);
  const local: LocalRead[] = [];
  for (const { of, index } of ready) {
    if ('queries' in of) local.push(of);
    else answerRemote(step, leadership, of.node, of.readId, index as LogIndex);
  }
  if (local.length > 0) answer(step, local);
}

/** The member must hear as well that so much is committed. */
function answerRemote(step: Step, leadership: Leadership, node: NodeId, id: number, readIndex: LogIndex): void {
  const { state, out } = step;
  const peer = peerOf(leadership, node);
  if (peer !== undefined && peer.toldCommit < readIndex) sendHeartbeat(step, peer);
  out.send(node, { kind: 'read-index-reply', term: state.durable.term, id, readIndex });
}

function answer(step: Step, reads: readonly LocalRead[]): void {
  const { state, out } = step;
  const { volatile } = state;
  if (isBlind(step)) {
    for (const { id } of reads) refuseBlind(step, id);
    return;
  }
  const queries = reads.length === 1 ? (reads[0] as LocalRead).queries : reads.flatMap((read) => read.queries);
  volatile.answering.push({
    index: volatile.lastApplied,
    reads: reads.map(({ id, queries: { length } }) => ({ id, count: length })),
  });
  out.apply({ kind: 'query', queries }, 'query');
}

function askLeader(step: Step): void {
  const { reads } = step.state.volatile;
  reads.asked = reads.gathered;
  reads.gathered = [];
  reads.id = nextId(step);
  sendQuestion(step);
}

function sendQuestion({ state, out }: Step): void {
  const { volatile, durable, settings } = state;
  const { reads, leader } = volatile;
  if (leader === null) return;
  const isLease = reads.asked.every((read) => read.isLease);
  out.send(leader, { kind: 'read-index', term: durable.term, id: reads.id, isLease });
  out.setTimer('read', settings.heartbeatTicks);
}

/**
 * An answer to an earlier incarnation must not be taken for one to this: it may be older than what was written in between.
 * So a member that has come back draws a nonce when it first asks.
 */
function nextId({ state, out }: Step): number {
  const { reads } = state.volatile;
  const sequence = (reads.id + 1) % BATCHES;
  if (reads.nonce === null || sequence === 0)
    reads.nonce = state.isRestarted ? out.choose('nonce of reads', NONCES) : 0;
  return reads.nonce * BATCHES + sequence;
}

function refuseBlind(step: Step, id: RequestId | null): void {
  refuse(step, id, 'not-for-this-role', 'a member with a machine, got a witness');
}

function refuseShieldless(step: Step, id: RequestId | null, { peers }: Leadership): void {
  const { electionTimeoutTicks } = step.state.settings;
  const others = peers
    .filter((peer) => !isShielding(step, peer))
    .map(({ node, shieldTicks }) => `${node} (${shieldTicks ?? 'unknown'})`);
  refuse(
    step,
    id,
    'no-lease',
    `a quorum with leaseReads on and electionTimeoutTicks of at least ${electionTimeoutTicks}, got members that shield a leader for less: ${others.join(', ')}`,
  );
}

function refuseMore(step: Step, id: RequestId | null): void {
  const { waitingReadsMax } = step.state.settings;
  refuse(step, id, 'too-many-outstanding', `at most ${waitingReadsMax} reads that wait, got one more`);
}
