import * as util from 'node:util';
import { valueInspector } from '@troupe/codec';
import { expect, test } from 'vitest';
import { CHILD_DEFAULTS } from '../supervision/policy.ts';
import { ActorAddress } from './actor-address.ts';
import { mustBeSnapshot } from './check-snapshot.ts';
import { recordedOf } from './record-value.ts';
import { originOf, snapshotOf } from './recorded-snapshot.ts';
import { type ActorSnapshot, SYSTEM_SNAPSHOT_VERSION, type SystemSnapshot } from './system-snapshot.ts';

const inspector = valueInspector(util);
/** More than have room beside an id. */
const KEYS = Array.from({ length: 300 }, (_, at) => `file:///actors.ts#A${String(at).padStart(3, '0')}`);
const at = (node: string, id: number, key = 0, name?: string): ActorAddress =>
  new ActorAddress(node, id, KEYS[key] as string, name);

const plain = (node: string, id: number): ActorSnapshot => ({
  ...{ node, id, name: undefined, definition: KEYS[0] as string, parent: undefined, argument: undefined, state: {} },
  ...{ hasFailed: false, behaviours: [], signals: [], mailbox: [], stash: [], timers: [], links: [], monitors: [] },
  ...{ offers: [], topics: [], policy: CHILD_DEFAULTS, overflow: undefined, suspended: undefined, serving: undefined },
  asks: [],
});

const ADDRESSES = [at('n1', 1), at('n2', 2 ** 32 - 2, 255), at('n2', 7, 256), at('n1', 3, 299, 'three')];
const MESSAGE = { kind: 'say', payload: ADDRESSES, sender: at('n2', 5), wants: 'an answer' } as const;
const full: ActorSnapshot = {
  ...plain('n1', 9),
  ...{ name: 'nine', parent: at('n2', 4), argument: [undefined, -0], state: { refs: ADDRESSES } },
  ...{ hasFailed: true, behaviours: ['open'], signals: [{ signal: 'started', payload: undefined }] },
  ...{ mailbox: [MESSAGE], stash: [{ ...MESSAGE, sender: undefined, wants: 'nothing' }] },
  timers: [{ name: 'tick', left: 1.5, period: undefined, kind: 'say', payload: 1 }],
  ...{ links: [at('n2', 8)], monitors: [at('n2', 8), at('n1', 1)], offers: ['key'] },
  topics: [{ topic: 'news', kind: 'say' }],
  policy: { ...CHILD_DEFAULTS, restart: 'permanent' },
  overflow: { capacity: 3, rules: ['fail', 'block'] },
  ...{ suspended: 'it awaits', serving: MESSAGE },
  asks: [{ target: at('n2', 5), kind: 'say', left: undefined }],
};
const snapshot: SystemSnapshot = {
  ...{ kind: 'system-snapshot', version: SYSTEM_SNAPSHOT_VERSION, id: 'main/1', takenAt: 17 },
  nodes: ['main', 'n1', 'n2'].map((name) => ({ name, lastId: 10 })),
  definitions: KEYS.map((key) => ({ key, kinds: ['say'], streams: [] })),
  actors: [plain('n1', 1), full, plain('n2', 5)],
  channels: [
    {
      ...{ from: 'n1', to: 'n2', lane: 'messages' },
      messages: [{ type: 'message', to: at('n2', 5), ...MESSAGE }],
    },
    {
      ...{ from: 'n1', to: 'n2', lane: 'answers' },
      messages: [
        { type: 'answer', from: at('n1', 9, 0, 'nine'), to: at('n2', 5), kind: 'say', value: ADDRESSES },
        { type: 'control', op: 'link', message: { op: 'link', from: at('n1', 9), to: at('n2', 5) } },
      ],
    },
  ],
  suspended: [{ actor: 'n1/nine', node: 'n1', id: 9, why: 'it awaits' }],
};

test('what a program has made of a snapshot is recorded, and is read as it was', () => {
  expect(snapshotOf(recordedOf(snapshot, inspector))).toEqual(mustBeSnapshot(snapshot));
});

test('what nodes have recorded is not recorded again', () => {
  const recorded = recordedOf(snapshot, inspector);
  const read = snapshotOf(recorded);
  expect(originOf(read)).toBe(recorded);
  expect(recordedOf(read, inspector)).toBe(recorded);
  expect(recordedOf({ ...read }, inspector)).not.toBe(recorded);
});

test.each([
  ['a node', new ActorAddress('elsewhere', 1, KEYS[0] as string, undefined), 'node elsewhere'],
  ['a definition', new ActorAddress('n1', 1, 'file:///other.ts#Other', undefined), 'other.ts#Other'],
])('an address of %s that the snapshot does not have is refused, with its path', (_, address, named) => {
  const changed = { ...snapshot, actors: [{ ...plain('n1', 1), state: { friends: [address] } }], suspended: [] };
  expect(() => recordedOf(changed, inspector)).toThrow(
    expect.objectContaining({
      code: 'TROUPE_VALUE_REFUSED',
      message: expect.stringMatching(new RegExp(`actor\\.state\\.friends\\[0\\].*${named}|${named}.*state`, 's')),
    }),
  );
});
