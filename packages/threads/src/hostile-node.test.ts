/**
 * A node that says anything at all, by sound rings: each frame is understood, or refused and counted; none ends the kernel
 * that it is said to. What frames do that are damaged is shown in `ring/`. TROUPE_HOSTILE_FRAMES sets how many (default
 * 20,000); TROUPE_TORTURE_SEED which.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { defineActor, FrameType } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { DATA, type Draw, Forged, generator, HostileNode, REPLY, Stage } from './hostile-node.fixture.ts';
import { createRingMemory } from './ring/index.ts';

const SEED = Number(process.env['TROUPE_TORTURE_SEED'] ?? 1);
const FRAMES = Number(process.env['TROUPE_HOSTILE_FRAMES'] ?? 20_000);

const Patient = defineActor(import.meta, 'Patient', {
  init: () => ({ told: 0 }),
  on: {
    tell(state, _: string) {
      state.told++;
    },
    ask: (_state, what: string) => what,
    async *stream() {
      yield 1;
    },
  },
});

const OPS =
  'spawn child-ended child-gone child-halt child-revive child-discard child-forgo stop link unlink exit monitor demonitor down ask-cancel describe-wait name-claim name-release name-release-stale name-forgo name-find name-bind offer withdraw watch-offers offers publish compute compute-cancel recovered event room probe stream-item stream-end stream-credit stream-cancel answer __proto__ constructor no-such'.split(
    ' ',
  );
const FIELDS =
  'request id parent key url argument name mailbox policy offer reason from watcher ref correlation refs topic payload event node initiator path hops stream value error credit bytes moved'.split(
    ' ',
  );
const TEXTS = ['', 'ask', 'normal', 'error', '__proto__', 'file:///nowhere.js', 'Patient'];

const forged = (draw: Draw): Forged =>
  new Forged([draw(4), draw(8), draw(2) === 0 ? 'x#Patient' : 'y#Other', ['tell', 'ask', 'stream'], [2], null]);

function anything(draw: Draw, depth = 0): unknown {
  switch (draw(depth > 2 ? 10 : 13)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return draw(12);
    case 3:
      return -draw(1_000) / 7;
    case 4:
      return TEXTS[draw(TEXTS.length)];
    case 5:
      return draw(2) === 0;
    case 6:
      return 2n ** BigInt(draw(100));
    case 7:
      return new Map([[draw(3), 'x']]);
    case 8:
      return new Uint8Array(draw(20));
    case 9:
      return forged(draw);
    case 10:
      return Array.from({ length: draw(4) }, () => anything(draw, depth + 1));
    case 11:
      return new RangeError('hostile');
    default:
      return { kind: anything(draw, depth + 1), error: anything(draw, depth + 1) };
  }
}

/** Of the sort that the field asks for, more often than not: so that what is said gets beyond the first look. */
function plausible(field: string, draw: Draw): unknown {
  if (draw(4) === 0) return anything(draw);
  switch (field) {
    case 'key':
    case 'url':
    case 'name':
    case 'topic':
    case 'node':
    case 'offer':
      return TEXTS[draw(TEXTS.length)];
    case 'reason':
      return { kind: ['normal', 'shutdown', 'error', 'killed'][draw(4)], error: anything(draw) };
    case 'from':
    case 'ref':
      return new Forged([draw(4) === 0 ? draw(3) : 1, 1 + draw(6), 'x#Patient', ['tell', 'ask', 'stream'], [2], null]);
    case 'refs':
    case 'moved':
    case 'path':
      return [];
    case 'policy':
      return { restart: 'temporary', shutdown: draw(10), significant: false, backoff: NO_BACKOFF };
    case 'event':
      return { type: ['failed', 'slow', 'deadlock', 'node-down'][draw(4)], actor: forged(draw), in: 'x', path: ['a'] };
    case 'bytes':
      return new Uint8Array(draw(20));
    case 'argument':
    case 'payload':
    case 'value':
    case 'error':
      return anything(draw);
    default:
      return draw(8);
  }
}

const NO_BACKOFF = { min: 0, max: 0, factor: 1, jitter: 0 };

function message(draw: Draw): unknown {
  const made: Record<string, unknown> = {};
  Object.defineProperty(made, 'op', { value: OPS[draw(OPS.length)], enumerable: true });
  const isWhole = draw(2) === 0;
  for (const field of FIELDS) if (draw(isWhole ? 16 : 2) > 0) made[field] = plausible(field, draw);
  return made;
}

describe('a hostile node', () => {
  it(`ends nothing by ${FRAMES} frames of any type, for any target, with anything in them`, {
    timeout: 300_000,
  }, async () => {
    const draw = generator(SEED);
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    const { system } = stage;
    for (let i = 0; i < 3; i++) stage.idOf((await system.spawn(Patient, undefined, { node: 'main' })) as never);
    for (let i = 0; i < FRAMES; i++) {
      const type = 1 + draw(7);
      await other.say(draw(8) === 0 ? REPLY : DATA, {
        type,
        kind: draw(draw(2) === 0 ? 8 : 0x1_0000),
        target: draw(8),
        sender: draw(4),
        correlation: draw(draw(2) === 0 ? 10 : 2 ** 32),
        deadline: draw(2) === 0 ? 0 : draw(1_000),
        payload: type === FrameType.Control && draw(8) > 0 ? message(draw) : anything(draw),
        extra: type === FrameType.Ask && draw(2) === 0 ? anything(draw) : undefined,
      });
      if (draw(16) === 0) other.publish();
      if (i % 256 === 0) await nextTurn();
    }
    await other.isRead();
    expect(stage.thrown).toEqual([]);
    expect(stage.counters.framesRefused).toBeGreaterThan(FRAMES / 10);
    expect(stage.counters.enqueued).toBeGreaterThan(0);
    expect(stage.warnings).toContain('a frame was refused');
    // The node goes on.
    const fresh = await system.spawn(Patient, undefined, { node: 'main' });
    expect(await fresh.ask.ask('well')).toBe('well');
  });

  it('ends nothing by what it says on the port that announces rings', async () => {
    const draw = generator(SEED);
    await using stage = new Stage();
    using other = new HostileNode(stage, 1);
    await other.isRead();
    const before = stage.counters.framesRefused;
    const memory = createRingMemory(1 << 12);
    const kept = createRingMemory(1 << 12, { redelivers: true });
    const made = { id: '1/1/7', lane: 0, memory, survives: undefined };
    const wrong = [
      {},
      [],
      { ...made, memory: 5 },
      { ...made, memory: null },
      { ...made, lane: 7 },
      { ...made, lane: '__proto__' },
      { ...made, id: 1 },
      // Another node's, which it would settle.
      { ...made, id: '2/1/0' },
      { ...made, memory: { ...memory, data: new SharedArrayBuffer(100) } },
      { ...made, memory: { ...memory, spill: kept.spill } },
      { ...made, memory: kept, survives: null },
      { ...made, memory: kept, survives: { asksSince: 'x' } },
      // It has said so already.
      made,
    ];
    for (const one of wrong) other.channel.port2.postMessage(one);
    for (const one of wrong) {
      const { port1, port2 } = new MessageChannel();
      other.channel.port2.postMessage({ ...one, outOfBand: port2 }, [port2]);
      port1.close();
    }
    const some = Array.from({ length: 200 }, () => ({
      ...made,
      outOfBand: draw(5),
      [['memory', 'survives'][draw(2)] as string]: draw(9),
    }));
    for (const one of some) other.channel.port2.postMessage(one);
    const refused = 2 * wrong.length + some.length;
    await stage.until('every ring to be refused', () => stage.counters.framesRefused - before >= refused);
    expect(stage.counters.framesRefused - before).toBe(refused);
    expect(stage.thrown).toEqual([]);
    // Its own rings are read as before.
    const patient = await stage.system.spawn(Patient, undefined, { node: 'main' });
    await other.say(DATA, {
      type: FrameType.Ask,
      kind: 1,
      target: stage.idOf(patient as never),
      correlation: 3,
      payload: 'still',
    });
    other.publish();
    await stage.until('an answer', () => {
      other.drain();
      return other.heard.some(({ correlation, payload }) => correlation === 3 && payload === 'still');
    });
  });
});
