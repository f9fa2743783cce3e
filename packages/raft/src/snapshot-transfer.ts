/**
 * A log snapshot on its way from the leader to a member that is too far behind: chunk after chunk, each once the one before
 * is there. A member keeps what it has of it while leaders change, as equal states make equal bytes.
 *
 * @paper Raft §7, figure 13; Ongaro's thesis §5.2
 */
import type { NodeId } from '@troupe/protocol';
import type { LogIndex, LogSnapshot } from './entry.ts';
import { restartAt, termAt } from './log.ts';
import { configurationOf } from './members.ts';
import type { InstallSnapshot, InstallSnapshotReply } from './messages.ts';
import { promise, writeSnapshot } from './persistence.ts';
import type { Progress } from './progress.ts';
import type { IncomingSnapshot, Step } from './state.ts';

const NOTHING = new Uint8Array(0);

/** The chunk that the member waits for. */
export function sendChunk(step: Step, peer: Progress): void {
  const { state, out } = step;
  const { snapshot, offset } = peer;
  if (snapshot === null) return;
  const { lastIncludedIndex, lastIncludedTerm, time, configuration } = snapshot;
  // A witness has no machine to restore.
  const all = configurationOf(step).witnesses.includes(peer.node) ? NOTHING : snapshot.data;
  peer.isPaused = true;
  out.send(peer.node, {
    kind: 'install-snapshot',
    term: state.durable.term,
    lastIncludedIndex,
    lastIncludedTerm,
    time,
    configuration,
    size: all.length,
    offset,
    data: all.slice(offset, offset + state.settings.snapshotChunkBytes),
  });
}

export function onInstallSnapshotReply(step: Step, peer: Progress, message: InstallSnapshotReply): void {
  const { out } = step;
  const { snapshot } = peer;
  const isWaitedFor =
    peer.state === 'snapshot' &&
    snapshot?.lastIncludedIndex === message.lastIncludedIndex &&
    snapshot.lastIncludedTerm === message.lastIncludedTerm;
  if (!isWaitedFor || message.offset > snapshot.data.length) return out.ignore('an answer to a chunk of another time');
  // The same offset again: the answer to a chunk that came twice. A heartbeat repeats what was lost.
  if (message.offset === peer.offset) return;
  peer.offset = message.offset;
  sendChunk(step, peer);
}

/** What came of a chunk: the member has got all and installed it, has it all in its log anyway, or waits for more. */
export type ChunkOutcome = 'installed' | 'present' | 'more';

export function onInstallSnapshot(step: Step, from: NodeId, message: InstallSnapshot): ChunkOutcome {
  const { state, out, rules } = step;
  const { durable, volatile } = state;
  const { lastIncludedIndex, lastIncludedTerm } = message;
  if (!rules.mayInstall(lastIncludedIndex, volatile.commitIndex)) {
    out.ignore('a log snapshot of what is committed here');
    return 'present';
  }
  if (termAt(durable.log, lastIncludedIndex) === lastIncludedTerm) return 'present';
  if (volatile.disk.hasFailed) {
    out.ignore('a log snapshot, while the disk fails');
    return 'more';
  }
  const incoming = receive(step, message);
  const { received, size } = incoming;
  if (received < size) {
    promise(step, from, {
      kind: 'install-snapshot-reply',
      term: durable.term,
      lastIncludedIndex,
      lastIncludedTerm,
      offset: received,
    });
    return 'more';
  }
  volatile.incoming = null;
  install(step, message, joined(incoming));
  return 'installed';
}

/** Takes the chunk, where it is the next one. */
function receive({ state }: Step, message: InstallSnapshot): IncomingSnapshot {
  const { volatile } = state;
  const { lastIncludedIndex, lastIncludedTerm, size, offset, data } = message;
  const known = volatile.incoming;
  const isSame =
    known?.lastIncludedIndex === lastIncludedIndex &&
    known.lastIncludedTerm === lastIncludedTerm &&
    known.size === size;
  const incoming = isSame ? known : { lastIncludedIndex, lastIncludedTerm, size, chunks: [], received: 0 };
  volatile.incoming = incoming;
  if (offset === incoming.received && data.length > 0) {
    incoming.chunks.push(data);
    incoming.received += data.length;
  }
  return incoming;
}

/** The log gives way to the snapshot, and the machine goes on from there. */
function install(step: Step, message: InstallSnapshot, data: Uint8Array): void {
  const { state, out, rules } = step;
  const { durable, volatile } = state;
  const { lastIncludedIndex, lastIncludedTerm, time, configuration } = message;
  const snapshot: LogSnapshot = { lastIncludedIndex, lastIncludedTerm, time, configuration, data };
  // What was committed here is part of the snapshot; what was not is gone.
  rules.logTruncated(volatile.disk, (volatile.commitIndex + 1) as LogIndex);
  restartAt(durable.log, { index: lastIncludedIndex, term: lastIncludedTerm, time });
  durable.snapshot = snapshot;
  writeSnapshot(step, snapshot);
  volatile.configurations.splice(0, volatile.configurations.length, { index: lastIncludedIndex, configuration });
  volatile.commitIndex = lastIncludedIndex;
  volatile.lastApplied = lastIncludedIndex;
  volatile.appliedBytes = 0;
  volatile.matchedIndex = lastIncludedIndex;
  volatile.isBlind = data.length === 0;
  if (!volatile.isBlind) out.apply({ kind: 'restore', data });
  out.indicate({ kind: 'log-snapshot-installed', lastIncludedIndex });
}

function joined({ chunks, size }: IncomingSnapshot): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
