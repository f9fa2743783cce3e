/**
 * What every message is asked for first: its shape, who sent it, and its term. Then each kind has its own function.
 *
 * Requests are taken from anybody, a stranger too: the configuration that makes a member of it may be on its way
 * (Ongaro's thesis §4.1). Answers count only where they were asked for.
 */
import { type NodeId, unreachable } from '@troupe/protocol';
import { advanceTo } from './advance.ts';
import { overtakeSnapshot } from './compaction.ts';
import { configurationChanged } from './configuration-change.ts';
import { onPreVote, onPreVoteReply, onRequestVote, onRequestVoteReply, onTimeoutNow } from './election.ts';
import { acknowledge, hear, onAppendEntries, refuse } from './follow.ts';
import { beginTerm, onAppendEntriesReply } from './lead.ts';
import { configurationOf, isMember } from './members.ts';
import { isRaftMessage } from './message-check.ts';
import type { AppendEntries, InstallSnapshot, RaftMessage } from './messages.ts';
import { promise } from './persistence.ts';
import type { Progress } from './progress.ts';
import { onReadIndex, onReadIndexReply } from './reads.ts';
import { peerOf } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { onInstallSnapshot, onInstallSnapshotReply } from './snapshot-transfer.ts';
import type { Leadership, Step } from './state.ts';

export function onMessage(step: Step, from: NodeId, message: RaftMessage): void {
  const { state, out, rules } = step;
  const { durable, volatile, settings } = state;
  if (!isRaftMessage(message)) return out.ignore('a malformed message');
  if (from === settings.self) return out.ignore('a message of its own');
  if (!volatile.disk.isIdentified) return out.ignore('a message before the store has its identity');
  if (isAnswer(message) && !isAsked(step, from)) return out.ignore('an answer of a stranger');
  if (message.term > durable.term) {
    if (!enterLaterTerm(step, from, message)) return;
  } else if (message.kind !== 'pre-vote-reply' && rules.isStale(message.term, durable.term)) {
    // Whoever would vote in the term after this one need not have come to this one: of a pre-vote its question's term counts.
    return onLowerTerm(step, from, message);
  }
  dispatch(step, from, message);
}

/** False where the message is not to be heard. @paper Raft §5.1 */
function enterLaterTerm(step: Step, from: NodeId, message: RaftMessage): boolean {
  const { state, out, rules } = step;
  const { volatile } = state;
  switch (message.kind) {
    case 'pre-vote':
      // Whoever asks for it has not begun that term, and neither does who answers.
      return true;
    case 'request-vote':
      if (rules.isShielded(state, message)) {
        out.ignore('a candidate, while the leader lives');
        return false;
      }
      becomeFollower(step, message.term, null);
      // Nothing was promised, or whoever it was promised to has asked for this election.
      volatile.isLeaderRecent = false;
      return true;
    case 'append-entries':
    case 'install-snapshot':
      becomeFollower(step, message.term, from);
      return true;
    default:
      becomeFollower(step, message.term, null);
      return true;
  }
}

/**
 * 1. n3 is cut off, stands for election again and again, and comes back with a high term; 2. n1 leads in a lower one, and n2
 * shields it from n3; 3. n3 takes nothing from n1 either. Hence n1 must hear of that term, and have a new election.
 */
function onLowerTerm(step: Step, from: NodeId, message: RaftMessage): void {
  const { state, out, rules } = step;
  switch (message.kind) {
    case 'append-entries':
      if (rules.answersLowerTerm(message.kind)) refuse(step, from, message);
      return;
    case 'install-snapshot':
      if (rules.answersLowerTerm(message.kind))
        refuse(step, from, { prevLogIndex: message.lastIncludedIndex, prevLogTerm: message.lastIncludedTerm });
      return;
    case 'pre-vote':
      return onPreVote(step, from, message);
    case 'request-vote':
      if (!rules.answersLowerTerm(message.kind)) return;
      return promise(step, from, { kind: 'request-vote-reply', term: state.durable.term, voteGranted: false });
    default:
      return out.ignore('a message of a term that is over');
  }
}

function dispatch(step: Step, from: NodeId, message: RaftMessage): void {
  switch (message.kind) {
    case 'request-vote':
      return onRequestVote(step, from, message);
    case 'request-vote-reply':
      return onRequestVoteReply(step, from, message, beginTerm);
    case 'pre-vote':
      return onPreVote(step, from, message);
    case 'pre-vote-reply':
      return onPreVoteReply(step, from, message, beginTerm);
    case 'append-entries':
      return hear(step, from) ? follow(step, from, message) : undefined;
    case 'append-entries-reply':
      return withPeer(step, from, (leadership, peer) => onAppendEntriesReply(step, leadership, peer, message));
    case 'install-snapshot':
      return hear(step, from) ? receive(step, from, message) : undefined;
    case 'install-snapshot-reply':
      return withPeer(step, from, (_leadership, peer) => onInstallSnapshotReply(step, peer, message));
    case 'timeout-now':
      return onTimeoutNow(step, from, beginTerm);
    case 'read-index':
      return onReadIndex(step, from, message);
    case 'read-index-reply':
      return onReadIndexReply(step, from, message);
    default:
      return unreachable(message);
  }
}

function follow(step: Step, from: NodeId, message: AppendEntries): void {
  const { committed, hasNewConfiguration } = onAppendEntries(step, from, message);
  if (hasNewConfiguration) configurationChanged(step);
  advanceTo(step, committed);
}

function receive(step: Step, from: NodeId, message: InstallSnapshot): void {
  const { volatile } = step.state;
  const { lastIncludedIndex } = message;
  const outcome = onInstallSnapshot(step, from, message);
  if (outcome === 'installed') {
    overtakeSnapshot(step, lastIncludedIndex);
    configurationChanged(step);
  } else if (outcome === 'present') {
    // What a log snapshot holds is committed, and here it is in the log.
    if (lastIncludedIndex > volatile.matchedIndex) volatile.matchedIndex = lastIncludedIndex;
    advanceTo(step, lastIncludedIndex);
    acknowledge(step, from);
  }
}

function withPeer(step: Step, from: NodeId, then: (leadership: Leadership, peer: Progress) => void): void {
  const { leadership } = step.state;
  const peer = leadership === null ? undefined : peerOf(leadership, from);
  if (leadership === null || peer === undefined) return step.out.ignore('an answer that nobody waits for');
  peer.isActive = true;
  then(leadership, peer);
}

function isAnswer({ kind }: RaftMessage): boolean {
  return (
    kind === 'append-entries-reply' ||
    kind === 'install-snapshot-reply' ||
    kind === 'request-vote-reply' ||
    kind === 'pre-vote-reply'
  );
}

function isAsked(step: Step, from: NodeId): boolean {
  const { leadership } = step.state;
  return isMember(configurationOf(step), from) || (leadership !== null && peerOf(leadership, from) !== undefined);
}
