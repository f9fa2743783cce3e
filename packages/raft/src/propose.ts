/** Commands into the leader's log. */
import type { RequestId } from '@troupe/protocol';
import type { Entry, LogIndex } from './entry.ts';
import { lastIndexOf } from './log.ts';
import { isLeaving } from './members.ts';
import { refuse } from './refusal.ts';
import { appendOwn, logTime, replicate } from './replication.ts';
import type { Proposal } from './requests.ts';
import type { Step } from './state.ts';

/** All of the commands are appended, or none. */
export function onPropose(step: Step, id: RequestId | null, commands: readonly Proposal[]): void {
  const { state } = step;
  const { durable, volatile, settings, leadership } = state;
  if (volatile.disk.hasFailed) return refuse(step, id, 'disk-failed', 'a disk that writes, got one that has failed');
  if (leadership === null) return refuse(step, id, 'not-leader', 'the leader, got a member that is not');
  if (isLeaving(step, leadership)) {
    return refuse(step, id, 'transferring', 'a leader that stays, got one that hands over');
  }
  const { term, log } = durable;
  const { commandBytesMax, uncommittedBytesMax } = settings;
  const time = logTime(step, leadership);
  const entries: Entry[] = [];
  let bytesInAll = 0;
  for (const { data, bytes } of commands) {
    if (bytes > commandBytesMax) {
      return refuse(
        step,
        id,
        'command-too-large',
        `a command of at most ${commandBytesMax} bytes, got one of ${bytes}`,
      );
    }
    bytesInAll += bytes;
    entries.push({ kind: 'command', term, time, bytes, data });
  }
  // What is too much by itself may still go alone.
  if (leadership.uncommittedBytes > 0 && leadership.uncommittedBytes + bytesInAll > uncommittedBytesMax) {
    const got = `${leadership.uncommittedBytes} and ${bytesInAll} more`;
    return refuse(step, id, 'too-many-outstanding', `at most ${uncommittedBytesMax} bytes that wait, got ${got}`);
  }
  const first = (lastIndexOf(log) + 1) as LogIndex;
  appendOwn(step, leadership, entries);
  if (id !== null) leadership.proposals.push({ id, first, last: lastIndexOf(log) });
  replicate(step, leadership);
}
