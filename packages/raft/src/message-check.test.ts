import { EffectRecorder, nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, LogIndex, Term } from './entry.ts';
import { configurationOf } from './membership.ts';
import { isRaftMessage } from './message-check.ts';
import type { RaftMessage } from './messages.ts';
import { raft } from './raft.ts';
import type { Raft } from './state.ts';

const [n1, n2, n3] = [nodeId('n1'), nodeId('n2'), nodeId('n3')];
const term = 3 as Term;
const index = 5 as LogIndex;
const time = 0 as Ticks;
const configuration = configurationOf([n1, n2, n3]);
const entry: Entry = { kind: 'command', term: 2 as Term, time, bytes: 1, data: 'x' };

const messages: readonly RaftMessage[] = [
  { kind: 'request-vote', term, lastLogIndex: index, lastLogTerm: term, isTransfer: false },
  { kind: 'request-vote-reply', term, voteGranted: true },
  { kind: 'pre-vote', term, lastLogIndex: index, lastLogTerm: term },
  { kind: 'pre-vote-reply', term, askedIn: term, voteGranted: true },
  {
    kind: 'append-entries',
    term,
    prevLogIndex: index,
    prevLogTerm: 1 as Term,
    entries: [entry, { ...entry, term }, { kind: 'configuration', term, time, bytes: 64, data: configuration }],
    leaderCommit: index,
    round: 1,
  },
  {
    kind: 'append-entries-reply',
    term,
    success: true,
    matchIndex: index,
    prevLogIndex: index,
    hintIndex: index,
    hintTerm: term,
    round: 1,
    shieldTicks: time,
  },
  {
    kind: 'install-snapshot',
    term,
    lastIncludedIndex: index,
    lastIncludedTerm: term,
    time,
    configuration,
    size: 3,
    offset: 1,
    data: new Uint8Array(2),
  },
  { kind: 'install-snapshot-reply', term, lastIncludedIndex: index, lastIncludedTerm: term, offset: 1 },
  { kind: 'timeout-now', term },
  { kind: 'read-index', term, id: 1, isLease: false },
  { kind: 'read-index-reply', term, id: 1, readIndex: index },
];

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '', 'x', -1, 0.5, Number.NaN, 2 ** 60, [], {}, [null], true),
  fc.anything(),
);

describe('messages of peers', () => {
  it('are known by their fields', () => {
    for (const message of messages) expect([message.kind, isRaftMessage(message)]).toEqual([message.kind, true]);
  });

  it('are none where a field is missing or is of another type', () => {
    for (const message of messages) {
      for (const field of Object.keys(message)) {
        for (const wrong of [undefined, null, -1, 'x', {}]) {
          expect([message.kind, field, isRaftMessage({ ...message, [field]: wrong })]).toEqual([
            message.kind,
            field,
            false,
          ]);
        }
      }
    }
  });

  it('are none where their fields contradict one another', () => {
    const [append, install] = [messages[4], messages[6]] as readonly unknown[] as Record<string, unknown>[];
    const wrong: object[] = [
      { ...append, prevLogTerm: 4 },
      { ...append, prevLogTerm: 3 },
      { ...append, entries: [{ ...entry, term: 4 }] },
      { ...append, entries: [{ ...entry, kind: 'unknown' }] },
      { ...append, entries: [{ ...entry, kind: 'configuration', data: { ...configuration, voters: [n2, n1] } }] },
      { ...install, offset: 2 },
      { ...install, configuration: { ...configuration, voters: [] } },
      { ...install, lastIncludedTerm: 4 },
    ];
    for (const message of wrong) expect(isRaftMessage(message as RaftMessage)).toBe(false);
  });

  it('never bring a member down, whatever they say', () => {
    const mangled = fc
      .tuple(
        fc.constantFrom(...messages),
        fc.dictionary(
          fc.constantFrom(
            'term',
            'kind',
            'entries',
            'offset',
            'data',
            'round',
            'hintIndex',
            'leaderCommit',
            'prevLogIndex',
            'matchIndex',
          ),
          junk,
        ),
      )
      .map(([message, changes]) => ({ ...message, ...changes }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(n2, n3), fc.oneof(mangled, junk)), { maxLength: 8 }),
        (arrivals) => {
          const out = new EffectRecorder<Raft>();
          const state = raft.init({ self: n1, nodes: [n1, n2, n3], cluster: 'c' }, undefined);
          raft.step(state, { kind: 'start', now: time, restarted: false }, out);
          raft.step(state, { kind: 'persisted', now: time, token: 'identity' }, out);
          out.take();
          for (const [from, message] of arrivals) {
            raft.step(state, { kind: 'message', now: time, from, message: message as RaftMessage }, out);
            for (const effect of out.take()) {
              if (effect.kind === 'persist')
                raft.step(state, { kind: 'persisted', now: time, token: effect.token }, out);
            }
            if (!isRaftMessage(message as RaftMessage)) continue;
            raft.step(state, { kind: 'timeout', now: time, timer: 'election' }, out);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
