/** What a node says of a snapshot is another thread's word: it is refused and counted, it ends that snapshot at most, and never a node. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import * as util from 'node:util';
import { defineActor, FrameType, type SystemSnapshot } from '@troupe/actors';
import { Encoder, valueInspector } from '@troupe/codec';
import { describe, expect, it } from 'vitest';
import { DATA, generator, HostileNode, REPLY, Stage } from './hostile-node.fixture.ts';

const Keeper = defineActor(import.meta, 'Keeper', { init: () => ({ items: 0 }), on: { get: (state) => state.items } });

const inspector = valueInspector(util);
const encoded = (record: unknown): Uint8Array => new Encoder({ inspector }).encode(record);
const piece = (bytes: Uint8Array, ...ends: number[]): object => ({
  op: 'snapshot-part',
  definitions: [],
  piece: { bytes, ends: Uint32Array.from(ends) },
});
const part = (record: unknown): object => {
  const bytes = encoded(record);
  return piece(bytes, bytes.length);
};

/** Home takes a snapshot, in which both others have a part. */
async function taking(
  stage: Stage,
  first: HostileNode,
): Promise<{ end: Promise<SystemSnapshot | unknown>; id: string }> {
  const end = stage.system.snapshot({ timeout: 5_000 }).catch((error: unknown) => error);
  const [id] = stage.kernel.snapshots.takings.keys();
  // Those of the one before may come late.
  await stage.until('its marker', () => {
    first.drain();
    return first.heard.some(({ payload }) => (payload as { id?: unknown } | null)?.id === id);
  });
  return { end, id: id as string };
}

async function answers(node: HostileNode, id: string, said: readonly object[]): Promise<void> {
  const marker = { op: 'snapshot-marker', id, nodes: [0, 1, 2], bytesMax: 1 << 20, onlyIdle: false };
  await node.say(DATA, { type: FrameType.Tell, payload: marker });
  await node.control(marker);
  for (const message of said) await node.control({ id, ...message });
}

const DONE = { op: 'snapshot-done', lastId: 5 };

describe('home, which takes snapshots', () => {
  it('ends one in which a part is malformed, names the node, and takes the next', async () => {
    await using stage = new Stage();
    using one = new HostileNode(stage, 1);
    using two = new HostileNode(stage, 2);
    await stage.system.spawn(Keeper, undefined, { node: 'main' });
    const wrong: readonly (readonly object[])[] = [
      [piece(new Uint8Array(4), 9)],
      [piece(new Uint8Array(4), 3, 1)],
      [piece(new Uint8Array(4), 3)],
      [piece(new Uint8Array(4), 0, 4)],
      [piece(new Uint8Array(4))],
      [{ op: 'snapshot-part', definitions: [], piece: { bytes: 'four', ends: [4] } }],
      [DONE, DONE],
      [DONE, piece(new Uint8Array(0))],
    ];
    for (const said of wrong) {
      const { end, id } = await taking(stage, one);
      await answers(one, id, said);
      expect(await end, JSON.stringify(said)).toMatchObject({
        code: 'TROUPE_SNAPSHOT_ABORTED',
        data: { reason: 'what is malformed', node: 'n1' },
      });
    }
    const { end, id } = await taking(stage, one);
    await answers(one, id, [DONE]);
    await answers(two, id, [DONE]);
    expect(((await end) as SystemSnapshot).actors).toHaveLength(1);
    expect(stage.kernel.snapshots.takings.size).toBe(0);
    expect(stage.thrown).toEqual([]);
  });

  it('says of one whose records are malformed what node has made them, when it is looked into', async () => {
    await using stage = new Stage();
    using one = new HostileNode(stage, 1);
    using two = new HostileNode(stage, 2);
    await stage.system.spawn(Keeper, undefined, { node: 'main' });
    const keeper = { key: 'k#K', kinds: [], streams: [] };
    const wrong: readonly object[] = [
      piece(new Uint8Array([1, 2, 3]), 3),
      piece(new Uint8Array([0xc1]), 1),
      part(null),
      part({ no: 'such' }),
      { ...part({ definition: 0 }), definitions: [keeper] },
      { ...part({ definition: 0, id: 3, parent: 5, argument: 1, state: {} }), definitions: [keeper] },
      part({ definition: 0, id: 3, parent: undefined, argument: 1, state: {} }),
      part([9, 0, {}]),
      part([0, 7, { type: 'message' }]),
      part([0, 0, { type: 'message' }]),
    ];
    for (const said of wrong) {
      const { end, id } = await taking(stage, one);
      await answers(one, id, [said, DONE]);
      await answers(two, id, [DONE]);
      const taken = (await end) as SystemSnapshot;
      for (const look of ['actors', 'channels', 'suspended', 'definitions'] as const)
        expect(() => taken[look], JSON.stringify(said)).toThrow(
          expect.objectContaining({ code: 'TROUPE_SNAPSHOT_INVALID', message: expect.stringContaining('n1 recorded') }),
        );
    }
    expect(stage.thrown).toEqual([]);
  });

  it('is told of snapshots that it does not take, and says that they are over', async () => {
    await using stage = new Stage();
    using one = new HostileNode(stage, 1);
    using _two = new HostileNode(stage, 2);
    await one.control({ id: 'none', ...part(1) });
    await one.control({ op: 'snapshot-done', id: 'none', lastId: 1 });
    await one.control({ op: 'snapshot-refused', id: 'none', why: 'timed out', of: 'x' });
    await one.control({ op: 'snapshot-refused', id: 'none', why: 'no reason', of: 'x' });
    await one.control({ op: 'snapshot-done', id: 'x'.repeat(5_000), lastId: 1 });
    await one.isRead();
    await stage.heard(one, 'snapshot-over');
    expect(stage.counters.framesRefused).toBe(4);
  });
});

describe('a node that has a part in snapshots', () => {
  it('records as many as it may, whatever markers come, and gives them up where it is told so by home alone', async () => {
    await using stage = new Stage({ index: 1 });
    using home = new HostileNode(stage, 0);
    using other = new HostileNode(stage, 2);
    const marker = (id: string): object => ({
      op: 'snapshot-marker',
      id,
      nodes: [0, 1, 2],
      bytesMax: 1_000,
      onlyIdle: false,
    });
    for (let count = 0; count < 100; count++) await other.control(marker(`s${count}`));
    await stage.until('refusals', () => {
      home.drain();
      return home.heard.filter(({ payload }) => (payload as { op?: unknown }).op === 'snapshot-refused').length === 92;
    });
    await nextTurn();
    const refused = stage.counters.framesRefused;
    await other.control(marker('s0'));
    await other.control({ op: 'snapshot-over', id: 's0' });
    await other.isRead();
    expect(stage.counters.framesRefused - refused).toBe(2);
    for (let count = 0; count < 8; count++) await home.control({ op: 'snapshot-over', id: `s${count}` });
    await home.isRead();
    await other.control(marker('another'));
    await other.isRead();
    await nextTurn();
    home.drain();
    expect(home.heard.filter(({ payload }) => (payload as { op?: unknown }).op === 'snapshot-refused')).toHaveLength(
      92,
    );
    expect(stage.thrown).toEqual([]);
  });

  it('takes whatever comes while it records', async () => {
    await using stage = new Stage({ index: 1 });
    using home = new HostileNode(stage, 0);
    using other = new HostileNode(stage, 2);
    await other.control({ op: 'snapshot-marker', id: 's', nodes: [0, 1, 2], bytesMax: 1 << 16, onlyIdle: false });
    // It has begun once its own marker has left.
    await stage.heard(home, 'snapshot-marker');
    for (const payload of [null, undefined, 5, 'text', [], { op: 7 }, { op: 'down' }, { op: 'publish', topic: 't' }])
      await home.say(REPLY, { type: FrameType.Control, payload });
    for (const type of [FrameType.Reply, FrameType.Failure, 9, 255])
      for (const lane of [DATA, REPLY] as const) await home.say(lane, { type, correlation: 3, payload: null });
    for (const target of [0, 1, 77, 2 ** 32 - 1])
      for (const sender of [0, 5, 2 ** 32 - 1])
        for (const type of [FrameType.Tell, FrameType.Ask])
          await home.say(DATA, { type, kind: 4_000, target, sender, correlation: 9, payload: { x: [1] } });
    await home.isRead();
    expect(stage.thrown).toEqual([]);
    await home.control({ op: 'snapshot-over', id: 's' });
    await home.isRead();
  });

  it('refuses what is told to it as to an actor and is no marker, and a marker that names others than are up', async () => {
    await using stage = new Stage({ index: 1 });
    using home = new HostileNode(stage, 0);
    using other = new HostileNode(stage, 2);
    const random = generator(7);
    const wrong: unknown[] = [undefined, 5, 'marker', [], { op: 'snapshot-marker' }, { op: 'stop', id: 1 }];
    for (let count = 0; count < 50; count++)
      wrong.push({
        op: 'snapshot-marker',
        id: random(2) === 0 ? count : 'x',
        nodes: random(2) === 0 ? [-1] : 'all',
        bytesMax: 'much',
      });
    for (const payload of wrong) await other.say(DATA, { type: FrameType.Tell, payload });
    await other.isRead();
    expect(stage.counters.framesRefused).toBe(wrong.length);
    await other.control({ op: 'snapshot-marker', id: 'few', nodes: [0, 1], bytesMax: 1_000, onlyIdle: false });
    await stage.heard(home, 'snapshot-refused');
    expect(home.heard.at(-1)?.payload).toMatchObject({ id: 'few', why: 'a node came up', of: 'n2' });
    expect(stage.thrown).toEqual([]);
  });

  it('is restored by home alone, and in order', async () => {
    await using stage = new Stage({ index: 1 });
    using _home = new HostileNode(stage, 0);
    using other = new HostileNode(stage, 2);
    const empty = { definitions: [], own: [], heads: [], piece: undefined };
    await other.control({ op: 'restore-part', request: 1, ...empty });
    await other.control({ op: 'restore-create', request: 2, lastId: 9 });
    await _home.control({ op: 'restore-begin', request: 3 });
    const malformed = expect.objectContaining({ code: 'TROUPE_CONTROL_MALFORMED' });
    expect((await other.answerTo(1)).error).toEqual(malformed);
    expect((await other.answerTo(2)).error).toEqual(malformed);
    expect((await _home.answerTo(3)).error).toEqual(malformed);
    expect(stage.thrown).toEqual([]);
  });
});
