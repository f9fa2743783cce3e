/** What can be asked of a member at any time. */
import type { Ticks } from '@troupe/protocol';
import type { LogIndex } from './entry.ts';
import { lastIndexOf } from './log.ts';
import { configurationOf } from './members.ts';
import type { RaftStatus } from './requests.ts';
import type { Leadership, Step } from './state.ts';

export function statusOf(step: Step): RaftStatus {
  const { durable, volatile, settings, leadership } = step.state;
  const { log } = durable;
  return {
    self: settings.self,
    role: volatile.role,
    term: durable.term,
    vote: durable.vote,
    leader: volatile.leader,
    commitIndex: volatile.commitIndex,
    lastApplied: volatile.lastApplied,
    firstLogIndex: (log.base.index + 1) as LogIndex,
    lastLogIndex: lastIndexOf(log),
    durableIndex: volatile.disk.durableIndex,
    configuration: configurationOf(step),
    progress: (leadership?.peers ?? []).map(({ node, state, matchIndex, nextIndex, isActive, shieldTicks }) => ({
      node,
      state,
      matchIndex,
      nextIndex,
      isActive,
      shieldTicks,
    })),
    leaseUntil: leadership === null ? null : leaseUntil(step, leadership),
  };
}

function leaseUntil({ state }: Step, { lease }: Leadership): Ticks | null {
  const { leaseTicks } = state.settings;
  if (leaseTicks === null || lease.startedAt === null || lease.isVoid) return null;
  return (lease.startedAt + leaseTicks) as Ticks;
}
