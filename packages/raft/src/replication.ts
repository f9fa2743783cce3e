/** The leader's side of log replication: its own log first, then everybody else's. @paper Raft §5.3 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { configurationsAppended } from './configurations.ts';
import { type Entry, type LogIndex, type Term, weightOf } from './entry.ts';
import { lastIndexOf, lastIndexUpToTerm, lastTimeOf, sliceFrom, termAt } from './log.ts';
import { configurationOf } from './members.ts';
import type { AppendEntriesReply } from './messages.ts';
import { writeEntries } from './persistence.ts';
import {
  becomeProbe,
  becomeReplicate,
  becomeSnapshot,
  entriesSent,
  matched,
  maySend,
  mismatched,
  type Progress,
} from './progress.ts';
import { sendChunk } from './snapshot-transfer.ts';
import type { Leadership, Step } from './state.ts';

const NO_ENTRIES: readonly Entry[] = [];
const NOWHERE = 0 as LogIndex;
const NEVER = 0 as Term;

/** What the leader's clock has measured since it began, on top of what the log said then. It never goes back. */
export function logTime({ state, now }: Step, { timeBase, startedAt }: Leadership): Ticks {
  return Math.max(lastTimeOf(state.durable.log), timeBase + now - startedAt) as Ticks;
}

/**
 * Appends entries to the leader's log and sends them. Its own disk and the messages go side by side: the leader counts
 * itself once its disk is done. True where a configuration is among them.
 *
 * @paper Raft §5.3; Ongaro's thesis §10.2.1
 */
export function appendOwn(step: Step, leadership: Leadership, entries: readonly Entry[]): boolean {
  const { durable, volatile } = step.state;
  const first = (lastIndexOf(durable.log) + 1) as LogIndex;
  writeEntries(step, first, entries);
  for (const entry of entries) {
    durable.log.entries.push(entry);
    leadership.uncommittedBytes += weightOf(entry);
  }
  return configurationsAppended(volatile.configurations, entries, first);
}

export function replicate(step: Step, leadership: Leadership): void {
  for (const peer of leadership.peers) sendEntries(step, peer);
}

/** As many messages with entries as the window lets through. */
export function sendEntries(step: Step, peer: Progress): void {
  const { state, out } = step;
  const { settings, durable, volatile } = state;
  const { log } = durable;
  // 1. The leader's newest entry reaches the witness; 2. the leader crashes, and its disk has lost it; 3. the witness's log
  // is longer than any with commands in it, and nobody can be elected. Hence a witness gets what is durable here.
  const isWitness = configurationOf(step).witnesses.includes(peer.node);
  const last = isWitness ? volatile.disk.durableIndex : lastIndexOf(log);
  while (peer.nextIndex <= last && maySend(peer, settings.window)) {
    const prevLogIndex = (peer.nextIndex - 1) as LogIndex;
    const prevLogTerm = termAt(log, prevLogIndex);
    if (prevLogTerm === undefined) return sendSnapshot(step, peer);
    const most = out.buggify('raft: one entry a message') ? 1 : settings.appendEntriesMax;
    const entriesMax = Math.min(most, last - prevLogIndex);
    const entries = sliceFrom(log, peer.nextIndex, entriesMax, settings.appendBytesMax);
    let bytes = 0;
    for (const entry of entries) bytes += entry.bytes;
    send(step, peer, prevLogIndex, prevLogTerm, isWitness ? entries.map(blank) : entries);
    entriesSent(peer, (prevLogIndex + entries.length) as LogIndex, bytes);
  }
}

/**
 * Without entries. It follows on what was sent last, so that one who has missed that refuses, and a probe that was lost is
 * made good; to one whose place in the log is gone it says nothing but who leads.
 */
export function sendHeartbeat(step: Step, peer: Progress): void {
  const prevLogIndex = (peer.state === 'snapshot' ? NOWHERE : peer.nextIndex - 1) as LogIndex;
  const prevLogTerm = prevLogIndex === 0 ? NEVER : termAt(step.state.durable.log, prevLogIndex);
  if (prevLogTerm === undefined) send(step, peer, NOWHERE, NEVER, NO_ENTRIES);
  else send(step, peer, prevLogIndex, prevLogTerm, NO_ENTRIES);
}

/** To everybody. */
export function sendHeartbeats(step: Step, leadership: Leadership): void {
  for (const peer of leadership.peers) sendHeartbeat(step, peer);
}

/**
 * Makes good what no heartbeat can: a chunk that was not answered since the last one; and entries that were lost on their
 * way, where the log has been compacted past them meanwhile.
 */
export function repair(step: Step, leadership: Leadership): void {
  const { log } = step.state.durable;
  for (const peer of leadership.peers) {
    if (peer.state === 'snapshot') {
      if (peer.isPaused) sendChunk(step, peer);
    } else if (termAt(log, (peer.nextIndex - 1) as LogIndex) === undefined) {
      sendSnapshot(step, peer);
    }
  }
}

/** True where the member has more than was known: something may be committed by that. */
export function takeReply(step: Step, peer: Progress, message: AppendEntriesReply): boolean {
  const { state, out } = step;
  const { log } = state.durable;
  const { success, matchIndex, prevLogIndex, hintIndex, hintTerm } = message;
  if (!success) {
    const equalIndex = lastIndexUpToTerm(log, hintIndex, hintTerm);
    if (!mismatched(peer, prevLogIndex, equalIndex)) out.ignore('a refusal of what was sent earlier');
    return false;
  }
  if (Math.max(matchIndex, hintIndex) > lastIndexOf(log)) {
    out.ignore('an acknowledgement of more than there is');
    return false;
  }
  const isNews = matched(peer, matchIndex);
  if (peer.state === 'probe') peer.isPaused = false;
  if (peer.state === 'probe' && hintIndex >= peer.nextIndex - 1) becomeReplicate(peer, hintIndex);
  if (peer.state === 'snapshot') leaveSnapshot(step, peer);
  return isNews;
}

function send(step: Step, peer: Progress, prevLogIndex: LogIndex, prevLogTerm: Term, entries: readonly Entry[]): void {
  const { state, out } = step;
  const { durable, volatile, leadership } = state;
  const leaderCommit = volatile.commitIndex;
  peer.toldCommit = leaderCommit;
  const round = leadership?.round ?? 0;
  out.send(peer.node, {
    kind: 'append-entries',
    term: durable.term,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round,
  });
}

/** What its log has to go on from is gone. */
function sendSnapshot(step: Step, peer: Progress): void {
  const { snapshot } = step.state.durable;
  if (snapshot === null) return;
  becomeSnapshot(peer, snapshot);
  sendChunk(step, peer);
}

/** It has what it was sent, or has got further otherwise. The entries after that may be gone again by now. */
function leaveSnapshot({ state }: Step, peer: Progress): void {
  const { matchIndex, snapshot } = peer;
  if (termAt(state.durable.log, matchIndex) !== undefined) becomeReplicate(peer, matchIndex);
  else if (snapshot === null || matchIndex >= snapshot.lastIncludedIndex)
    becomeProbe(peer, (matchIndex + 1) as LogIndex);
}

/** A witness gets the place of a command, and not the command. */
function blank(entry: Entry): Entry {
  return entry.kind === 'command' ? { ...entry, bytes: 0, data: null } : entry;
}

export function peerOf({ peers }: Leadership, node: NodeId): Progress | undefined {
  for (const peer of peers) if (peer.node === node) return peer;
  return undefined;
}
