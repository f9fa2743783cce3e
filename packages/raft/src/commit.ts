/** From committed entries to the machine, and from its results to whoever proposed. @paper Raft §5.3, §5.4.2 */
import { assert, type RequestId } from '@troupe/protocol';
import { jointCommittedIndex } from '@troupe/quorum';
import type { Entry, LogIndex } from './entry.ts';
import { entryAt, lastIndexOf, termAt } from './log.ts';
import type { CommittedCommand, RaftResult } from './machine.ts';
import { isBlank, isBlind } from './members.ts';
import type { AppliedPieces, Leadership, Step } from './state.ts';

/** What an entry counts for beside its data. @units bytes */
export const ENTRY_BYTES = 64;

export function weightOf({ bytes }: Entry): number {
  return bytes + ENTRY_BYTES;
}

/** The greatest index that a quorum has, as far as the leader knows; that alone does not commit it. */
export function quorumIndex({ state, rules }: Step, leadership: Leadership): LogIndex {
  const { durable, volatile, settings } = state;
  const { voters, outgoing } = rules.configurationInForce(volatile.configurations, volatile.commitIndex).configuration;
  const own = rules.ownMatchIndex(durable.log, volatile.disk);
  const { peers } = leadership;
  return jointCommittedIndex(voters, outgoing, (node) => {
    if (node === settings.self) return own;
    for (const peer of peers) if (peer.node === node) return peer.matchIndex;
    return 0;
  }) as LogIndex;
}

/** Whether the leader may take that index for committed now. */
export function committableIndex(step: Step, leadership: Leadership): LogIndex | undefined {
  const { durable, volatile } = step.state;
  const index = Math.min(quorumIndex(step, leadership), lastIndexOf(durable.log)) as LogIndex;
  if (index <= volatile.commitIndex) return undefined;
  return step.rules.mayCommit(termAt(durable.log, index), durable.term) ? index : undefined;
}

/**
 * Everything up to this index is committed: the machine gets it, in one batch. Gives the places of
 * configurations among it, in order, for the caller to act on.
 */
export function commitTo(step: Step, index: LogIndex): readonly LogIndex[] {
  const { state, out } = step;
  const { durable, volatile, leadership } = state;
  const first = (volatile.commitIndex + 1) as LogIndex;
  volatile.commitIndex = index;
  volatile.lastApplied = index;
  const commands: CommittedCommand[] = [];
  const configurations: LogIndex[] = [];
  const hasMachine = !isBlind(step);
  for (let at = first; at <= index; at = (at + 1) as LogIndex) {
    const entry = entryAt(durable.log, at) as Entry;
    if (leadership !== null) leadership.uncommittedBytes -= weightOf(entry);
    if (entry.kind === 'command') {
      assert(!hasMachine || !isBlank(entry), 'a member with a machine to have all commands', { index: at });
      commands.push({ index: at, time: entry.time, data: entry.data });
    } else if (entry.kind === 'configuration') configurations.push(at);
  }
  // Whatever becomes of the member, its machine lacks these from here on.
  if (commands.length > 0 && !hasMachine) volatile.isBlind = true;
  if (commands.length > 0 && hasMachine) {
    const pieces = leadership === null ? NO_PIECES : takePieces(leadership, commands, index);
    if (pieces.length === 0) {
      out.apply({ kind: 'apply', commands });
    } else {
      volatile.applying.push(pieces);
      out.apply({ kind: 'apply', commands }, 'apply');
    }
  }
  return configurations;
}

/** The machine's results of a batch: those who proposed get theirs. */
export function onApplied({ state, out }: Step, result: Extract<RaftResult, { kind: 'applied' }>): void {
  const { volatile } = state;
  const pieces = volatile.applying.shift() ?? NO_PIECES;
  for (const { id, last, offset, count, isComplete } of pieces) {
    const part = result.results.slice(offset, offset + count);
    if (!isComplete) {
      for (const one of part) volatile.partialResults.push(one);
      continue;
    }
    const results = volatile.partialResults.length === 0 ? part : [...volatile.partialResults, ...part];
    volatile.partialResults = [];
    out.reply(id, { kind: 'committed', index: last, results });
  }
}

const NO_PIECES: AppliedPieces = [];

/** The proposals, or parts of them, that this batch of commands up to `index` answers. */
function takePieces(leadership: Leadership, commands: readonly CommittedCommand[], index: LogIndex): AppliedPieces {
  const { proposals } = leadership;
  const pieces: { id: RequestId; last: LogIndex; offset: number; count: number; isComplete: boolean }[] = [];
  let place = 0;
  let done = 0;
  for (const { id, first, last } of proposals) {
    if (first > index) break;
    // The commands of a proposal follow one another; between proposals there may be entries that are none.
    while (place < commands.length && (commands[place] as CommittedCommand).index < first) place++;
    const offset = place;
    const begin = (commands[offset] as CommittedCommand).index;
    const count = Math.min(last, index) - begin + 1;
    place += count;
    const isComplete = last <= index;
    pieces.push({ id, last, offset, count, isComplete });
    if (isComplete) done++;
  }
  if (done > 0) proposals.splice(0, done);
  return pieces;
}
