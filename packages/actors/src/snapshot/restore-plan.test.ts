import { expect, test } from 'vitest';
import { CHILD_DEFAULTS } from '../supervision/policy.ts';
import { ActorAddress } from './actor-address.ts';
import { mustBeSnapshot } from './check-snapshot.ts';
import { type Body, restorePlan } from './restore-plan.ts';
import {
  type ActorSnapshot,
  type MessageSnapshot,
  SYSTEM_SNAPSHOT_VERSION,
  type SystemSnapshot,
} from './system-snapshot.ts';

const KEY = 'file:///actors.ts#Actor';
const at = (node: string, id: number): ActorAddress => new ActorAddress(node, id, KEY, undefined);
const asked = (sender: ActorAddress): MessageSnapshot => ({
  kind: 'ask',
  payload: sender.id,
  sender,
  wants: 'an answer',
});

const actor = (node: string, id: number, more: Partial<ActorSnapshot> = {}): ActorSnapshot => ({
  node,
  id,
  name: undefined,
  definition: KEY,
  parent: undefined,
  argument: undefined,
  state: {},
  hasFailed: false,
  behaviours: [],
  signals: [],
  mailbox: [],
  stash: [],
  timers: [],
  links: [],
  monitors: [],
  offers: [],
  topics: [],
  policy: CHILD_DEFAULTS,
  overflow: undefined,
  suspended: undefined,
  serving: undefined,
  asks: [],
  ...more,
});

const snapshotOf = (actors: readonly ActorSnapshot[], channels: SystemSnapshot['channels'] = []): SystemSnapshot =>
  mustBeSnapshot({
    kind: 'system-snapshot',
    version: SYSTEM_SNAPSHOT_VERSION,
    id: 'main/1',
    takenAt: 0,
    nodes: ['main', 'n1'].map((name) => ({ name, lastId: 9 })),
    definitions: [{ key: KEY, kinds: ['ask'], streams: [] }],
    actors,
    channels,
    suspended: [],
  });

const planOf = (snapshot: SystemSnapshot) => restorePlan({ nodes: { all: ['main', 'n1'] } } as never, 1, snapshot);
const bodyOf = (snapshot: SystemSnapshot, node: number, id: number): Body =>
  planOf(snapshot).nodes[node]?.records.find((record) => record.record === 'actor' && record.id === id) as Body;

test('an actor whose supervisor is not there ends, and all below it', () => {
  const plan = planOf(
    snapshotOf([
      actor('n1', 2),
      actor('n1', 3, { parent: at('n1', 2) }),
      actor('n1', 5, { parent: at('n1', 4) }),
      actor('main', 6, { parent: at('n1', 5) }),
    ]),
  );
  expect(plan.orphans).toEqual(['n1/5', 'main/6']);
  expect(plan.nodes.map(({ heads }) => heads.map(({ id }) => id))).toEqual([[], [2, 3]]);
  // Home is told of the child elsewhere that the program had started.
  expect(plan.nodes[0]?.records).toMatchObject([{ record: 'child', parent: 1, node: 1, id: 2 }]);
});

test('actors that supervise one another in a ring end, and the plan with them', () => {
  const ring = snapshotOf([actor('n1', 2, { parent: at('n1', 3) }), actor('n1', 3, { parent: at('n1', 2) })]);
  expect(planOf(ring).orphans).toEqual(['n1/2', 'n1/3']);
});

test('of the asks of a handler that was interrupted, those that nobody had begun are taken back, the last ones', () => {
  const asker = at('n1', 2);
  const target = at('main', 3);
  const ask = { target, kind: 'ask', left: undefined };
  const serving: MessageSnapshot = { kind: 'ask', payload: 0, sender: undefined, wants: 'nothing' };
  const snapshot = snapshotOf(
    [
      actor('n1', 2, { suspended: 'it awaits', serving, asks: [ask, ask, ask, ask] }),
      actor('main', 3, { mailbox: [asked(asker), asked(at('n1', 7))] }),
    ],
    [
      { from: 'n1', to: 'main', lane: 'messages', messages: [{ type: 'message', to: target, ...asked(asker) }] },
      {
        from: 'main',
        to: 'n1',
        lane: 'answers',
        messages: [{ type: 'answer', from: target, to: asker, kind: 'ask', value: 42 }],
      },
    ],
  );
  expect(bodyOf(snapshot, 1, 2).interrupted?.asks.map(({ progress, answer }) => [progress, answer])).toEqual([
    ['answered', 42],
    ['begun', undefined],
    ['not begun', undefined],
    ['not begun', undefined],
  ]);
  // Whoever else asked is answered to nobody, but handled.
  expect(bodyOf(snapshot, 0, 3).mailbox.map(({ payload }) => payload)).toEqual([7]);
  expect(planOf(snapshot).nodes[1]?.records.filter(({ record }) => record === 'resent')).toEqual([]);
});
