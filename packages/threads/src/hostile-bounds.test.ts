/** A node that asks without end, and never reads what it is told: what is kept for it has bounds, and what is beyond is refused or counted. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineActor, FrameType } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { DATA, HostileNode, Stage } from './hostile-node.fixture.ts';

/** As in `control.ts`, `node-quota.ts` and `outbound-lane.ts`. */
const REQUESTS_OPEN_MAX = 65_536;
const QUOTA = 262_144;
const REPLIES_WAITING_MAX = 65_536;

const Full = defineActor(import.meta, 'Full', {
  init: () => ({}),
  mailbox: { capacity: 1 },
  on: {
    tell: () => {},
    hang: () => new Promise<never>(() => {}),
  },
});

async function say(other: HostileNode, times: number, message: (i: number) => object): Promise<void> {
  for (let i = 0; i < times; i++) {
    await other.say(1, { type: FrameType.Control, payload: message(i) });
    if (i % 1_024 === 0) {
      other.publish();
      await nextTurn();
    }
  }
  await other.isRead();
}

/** What it was told by now, besides that it came up. */
function told(other: HostileNode): unknown[] {
  other.drain();
  // Its reading wakes nobody: it has doorbells of its own.
  other.publish();
  return other.heard.map(({ payload }) => payload).filter((payload) => (payload as { op?: string }).op !== 'recovered');
}

describe('of a node that asks without end', { timeout: 60_000 }, () => {
  it('so many requests are open, and the next is refused', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const full = await stage.system.spawn(Full, undefined, { node: 'main', shutdown: 10 });
    full.tell.hang();
    await nextTurn();
    full.tell.tell();
    const id = stage.idOf(full as never);
    await say(other, REQUESTS_OPEN_MAX, (i) => ({ op: 'room', id, request: i + 1 }));
    expect(told(other)).toEqual([]);
    await other.control({ op: 'room', id, request: REQUESTS_OPEN_MAX + 1 });
    expect(await other.answerTo(REQUESTS_OPEN_MAX + 1)).toMatchObject({ error: { code: 'TROUPE_NODE_BUSY' } });
    // All get their answer in the end, and others may come.
    await stage.system.stop(full);
    await stage.until('all to be answered', () => told(other).length > REQUESTS_OPEN_MAX);
    await other.control({ op: 'name-find', name: 'nobody', request: REQUESTS_OPEN_MAX + 2 });
    expect(await other.answerTo(REQUESTS_OPEN_MAX + 2)).not.toHaveProperty('error');
    expect(stage.thrown).toEqual([]);
  });

  it('so many monitors stand, and the next is told why it does not', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const id = stage.idOf((await stage.system.spawn(Full, undefined, { node: 'main' })) as never);
    await say(other, QUOTA, (i) => ({ op: 'monitor', watcher: i + 1, id }));
    expect(told(other)).toEqual([]);
    await other.control({ op: 'monitor', watcher: QUOTA + 1, id });
    await stage.until('the refusal', () => told(other).length > 0);
    const refusal = { op: 'down', watcher: QUOTA + 1, reason: { error: { code: 'TROUPE_NODE_BUSY' } } };
    expect(told(other)).toMatchObject([refusal]);
    await other.control({ op: 'demonitor', watcher: 1, id });
    await other.control({ op: 'monitor', watcher: QUOTA + 2, id });
    await other.isRead();
    expect(told(other)).toHaveLength(1);
  });

  it('and does not read its answers, so many wait, and the next are dropped and counted', async () => {
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    // Its ring takes some thousands besides.
    await say(other, 2 * REPLIES_WAITING_MAX, (i) => ({ op: 'name-find', name: 'nobody', request: i + 1 }));
    await stage.until('the first drops', () => stage.counters.repliesDropped > 0);
    const dropped = stage.counters.repliesDropped;
    // Requests of this node are refused to who makes them.
    const ref = stage.kernel.refs.known(1, 7);
    await expect(stage.kernel.control.call(1, { op: 'describe-wait', id: ref.id })).rejects.toMatchObject({
      code: 'TROUPE_NODE_BUSY',
    });
    // An answer of a handler is dropped too, and its actor goes on.
    const full = await stage.system.spawn(Full, undefined, { node: 'main' });
    await other.say(DATA, { type: FrameType.Ask, kind: 0, target: stage.idOf(full as never), correlation: 3 });
    await other.isRead();
    await stage.until('its answer to be dropped', () => stage.counters.repliesDropped > dropped);
    expect(stage.counters.failed).toBe(0);
    // Once it reads, it is served again.
    await stage.until('all that waited', () => {
      return told(other).length + stage.counters.repliesDropped >= 2 * REPLIES_WAITING_MAX;
    });
    await other.control({ op: 'name-find', name: 'nobody', request: 7_000_000 });
    expect(await other.answerTo(7_000_000)).not.toHaveProperty('error');
    expect(stage.thrown).toEqual([]);
  });
});
