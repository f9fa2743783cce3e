/** Defects of Raft, by the numbers of the known traps: what explorer and simulator must find. */
import {
  type KeyValueCommand,
  keyValue,
  machineOf,
  type Raft,
  type SessionCommand,
  type StateMachine,
} from '@troupe/raft';
import { RULES, type Rules, raftWith } from '@troupe/raft/testing';
import type { InjectedBug, Simulation } from '@troupe/sim';
import type { RaftObserved } from './raft/observer.ts';
import { figure8, votesInDoubt } from './raft/outside.fixture.ts';

type RaftBug = InjectedBug<Raft, RaftObserved>;

const rules: readonly RaftBug[] = [
  bug('raft-1', 'an entry of an older term is committed by counting replicas', {
    mayCommit: (termThere) => termThere !== undefined,
  }),
  bug('raft-2', 'a stale append truncates the log, though its entries stand there already', {
    entriesPresent: () => 0,
  }),
  bug('raft-3', 'a new leader changes the members before it has committed an entry of its own', {
    mayChangeMembership: () => true,
  }),
  bug('raft-4', 'a pre-vote of a lower term is dropped, so that who asks never learns of the higher one', {
    answersLowerTerm: (kind) => kind !== 'pre-vote',
  }),
  bug(
    'raft-5',
    'a leader of a lower term is not answered, so that a shielded member with a higher one stays out for ever',
    {
      answersLowerTerm: (kind) => kind !== 'append-entries' && kind !== 'install-snapshot',
    },
  ),
  bug('raft-6', 'votes leave before they are on disk', { promiseWaitsFor: () => undefined }),
  bug('raft-7', 'a leader counts its own entries before they are durable', {
    ownMatchIndex: ({ base, entries }) => (base.index + entries.length) as ReturnType<Rules['ownMatchIndex']>,
  }),
  bug('raft-8', 'a read index is given before an entry of the term is committed', { mayServeReads: () => true }),
  bug('raft-9', 'a lease lasts until the leader notices that it has ended', {
    holdsLease: ({ startedAt, isVoid }) => startedAt !== null && !isVoid,
  }),
  bug('raft-10', 'a configuration takes effect once it is committed', {
    configurationInForce(configurations, commitIndex) {
      const committed = configurations.findLast(({ index }) => index <= commitIndex);
      return committed ?? RULES.configurationInForce(configurations, commitIndex);
    },
  }),
  bug('raft-10-rollback', 'a configuration stays in force when its entry is truncated', {
    configurationsTruncated: () => false,
  }),
  bug('raft-11', 'votes and acknowledgements of older terms count', { isStale: () => false }),
  bug('raft-12', 'an append that was overwritten is acknowledged as if it were still there', {
    logTruncated: () => {},
  }),
  bug('raft-13', 'a log snapshot that is older than what is committed moves the member back', {
    mayInstall: () => true,
  }),
  {
    id: 'raft-13-sessions',
    what: 'a retried command is applied again, for want of sessions',
    inject: (simulation) => ({ ...simulation, machine: () => machineOf(forgetful) }),
  },
];

/** Those that the audit finds by their rule, once more: by what they lead to, in a world made for that. */
export const bugs: readonly RaftBug[] = [
  ...rules,
  seenBy('raft-1', 'members apply different commands', figure8),
  seenBy('raft-6', 'two lead in one term', votesInDoubt),
];

function seenBy(
  id: string,
  what: string,
  world: (simulation: Simulation<Raft, RaftObserved>) => Simulation<Raft, RaftObserved>,
): RaftBug {
  const its = rules.find((each) => each.id === id);
  return {
    id: `${id}-outside`,
    what: `${its?.what}: seen from outside, ${what}`,
    inject: (simulation) => its?.inject(world(simulation)) ?? simulation,
  };
}

function bug(id: string, what: string, wrong: Partial<Rules>): RaftBug {
  const inject = (simulation: Simulation<Raft, RaftObserved>) => ({
    ...simulation,
    core: raftWith({ ...RULES, ...wrong }),
  });
  return { id, what, inject };
}

const store = keyValue();

/** Speaks as sessions do, and remembers nothing of what was done. */
const forgetful: StateMachine<
  ReturnType<typeof store.create>,
  SessionCommand<KeyValueCommand>,
  never,
  unknown,
  unknown
> = {
  ...store,
  apply(state, command, at) {
    if (command.kind === 'open-session') return { kind: 'session-opened', session: at.index };
    if (command.kind !== 'session-command') return { kind: 'session-kept' };
    return { kind: 'done', result: store.apply(state, command.command, at) };
  },
};
