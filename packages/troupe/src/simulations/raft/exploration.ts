/**
 * The small configurations that the explorer goes through. Three members in the middle of the paper's figure 8: n1 has led
 * term 1 and n3 term 2, each with an entry at index 1 that nobody else has got; n2 has an empty log. From there any of them
 * may be elected, in any order of messages, timeouts and writes, as far as the bound on depth lets it. And two members, as n1
 * and n3 are there, to the very end. Log snapshots, changes of members, pre-votes and the check of the quorum are off: each is
 * a timer or a message more.
 *
 * @paper Raft, figure 8 (b)
 */
import type { NodeId, Ticks } from '@troupe/protocol';
import { configurationOf, type Entry, type LogIndex, type Raft, type RaftRecord, type Term } from '@troupe/raft';
import type { Exploration, Observer, View } from '@troupe/sim';
import { LogAudit } from './audit.ts';
import { observer, type RaftObserved } from './observer.ts';

const CLUSTER = 'explored';

/** Of what was told, what was applied where and who has led: no state differs by the rest. */
const remembering: Observer<Raft, RaftObserved> = {
  init: observer.init,
  on: (observed, occurrence, now) => {
    if (occurrence.kind === 'applied' || occurrence.kind === 'indication' || occurrence.kind === 'restart')
      observer.on(observed, occurrence, now);
  },
};

type Stories = Readonly<Record<string, readonly RaftRecord[]>>;

function explorationOf(
  stories: Stories,
  bounds: Pick<Exploration<Raft, RaftObserved>, 'timeouts' | 'maxDepth'>,
): Exploration<Raft, RaftObserved> {
  const nodes = Object.keys(stories) as NodeId[];
  return {
    nodes: nodes.length,
    instead: {
      options: (self) => ({
        self,
        nodes,
        cluster: CLUSTER,
        // One way to draw a timeout: there is no time.
        electionTimeoutTicks: 1 as Ticks,
        heartbeatTicks: 1 as Ticks,
        preVote: false,
        checkQuorum: false,
        snapshotEntries: 0,
        appendEntriesMax: 1,
        inflightMax: 2,
      }),
      observer: remembering,
      always: { 'Raft’s properties hold': holdsInThisState },
      sometimes: {
        'an entry is committed': ({ nodes: all }) => all.some(({ state }) => state.volatile.commitIndex > 0),
        'somebody leads a later term': ({ nodes: all }) =>
          all.some(({ state }) => state.volatile.role === 'leader' && state.durable.term > 3),
      },
      finally: {},
      eventually: {},
    },
    records: (self) => [
      { kind: 'identity', cluster: CLUSTER, self, bootstrap: configurationOf(nodes) },
      ...(stories[self] ?? []),
    ],
    copies: 1,
    ...bounds,
  };
}

function voted(term: number, vote: string | null): RaftRecord {
  return { kind: 'hard-state', term: term as Term, vote: vote as NodeId | null };
}

function appended(term: number): RaftRecord {
  const entry: Entry = { kind: 'no-op', term: term as Term, time: 0 as Ticks, bytes: 0, data: null };
  return { kind: 'append', index: 1 as LogIndex, previousTerm: 0 as Term, entries: [entry] };
}

export const exploration = explorationOf(
  { n1: [voted(2, null), appended(1)], n2: [voted(2, 'n3')], n3: [voted(2, 'n3'), appended(2)] },
  // Two steps beyond where raft-1 shows itself.
  { timeouts: 2, maxDepth: 21 },
);

export const ofTwo = explorationOf(
  { n1: [voted(2, null), appended(1)], n2: [voted(2, 'n2'), appended(2)] },
  { timeouts: 4 },
);

function holdsInThisState({ nodes, observed }: View<Raft, RaftObserved>): boolean | string {
  const audit = new LogAudit(false);
  audit.look(nodes);
  const [broken] = [...audit.broken, ...observed.broken];
  return broken === undefined || broken.join(': ');
}
