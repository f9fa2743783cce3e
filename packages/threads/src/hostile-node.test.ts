/**
 * A node that says anything at all, by sound rings: each frame is understood, or refused and counted; none ends the kernel
 * that it is said to. What frames do that are damaged is shown in `ring/`.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import * as util from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { defineActor, Kernel, type Logger, readCounters, System, type SystemHost } from '@troupe/actors';
import { Encoder, type ReferenceHook, valueInspector } from '@troupe/codec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeHost } from './node-host.ts';
import type { RingMade } from './outbound-lane.ts';
import { createDoorbellMemory, createRingMemory, Doorbell, FULL, PortSender, RingWriter } from './ring/index.ts';
import { RingTransport } from './ring-transport.ts';

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

type Draw = (n: number) => number;

const references: ReferenceHook = {
  is: (value) => value instanceof Forged,
  encode: (value) => (value as Forged).data,
  decode: (data) => data as object,
};

function generator(seed: number): Draw {
  let state = (seed * 0x9e37_79b9) >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

const OPS =
  'spawn child-ended child-gone child-halt child-revive child-discard stop link unlink exit monitor demonitor down ask-cancel describe-wait name-claim name-release name-release-stale name-find name-bind offer withdraw watch-offers offers publish compute compute-cancel recovered event room probe stream-item stream-end stream-credit stream-cancel answer __proto__ constructor no-such'.split(
    ' ',
  );
const FIELDS =
  'request id parent key url argument name mailbox policy reason from watcher ref correlation refs topic payload event node initiator path hops stream value error credit bytes moved'.split(
    ' ',
  );

/** A ref as its node writes it, to wherever. */
class Forged {
  readonly data: unknown;

  constructor(draw: Draw) {
    this.data = [draw(4), draw(8), draw(2) === 0 ? 'x#Patient' : 'y#Other', ['tell', 'ask', 'stream'], [2], null];
  }
}

function anything(draw: Draw, depth = 0): unknown {
  switch (draw(depth > 2 ? 10 : 13)) {
    case 12:
      return [anything(draw, depth + 1), new Forged(draw)];
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return draw(12);
    case 3:
      return -draw(1_000) / 7;
    case 4:
      return ['', 'ask', 'normal', 'error', '__proto__', 'file:///nowhere.js', 'Patient'][draw(7)];
    case 5:
      return draw(2) === 0;
    case 6:
      return 2n ** BigInt(draw(100));
    case 7:
      return new Map([[draw(3), 'x']]);
    case 8:
      return new Uint8Array(draw(20));
    case 9:
      return new Forged(draw);
    case 10:
      return Array.from({ length: draw(4) }, () => anything(draw, depth + 1));
    case 11:
      return new RangeError('hostile');
    default:
      return { kind: anything(draw, depth + 1), error: anything(draw, depth + 1) };
  }
}

let kernel: Kernel;
let transport: RingTransport;
let system: System;
let warnings: number;
let thrown: unknown[];
const onThrown = (error: unknown): void => {
  thrown.push(error);
};

beforeEach(() => {
  warnings = 0;
  thrown = [];
  const count = (): void => {
    warnings++;
  };
  const log: Logger = { trace() {}, debug() {}, info() {}, warn: count, error: count, fatal: count };
  const doorbells = createDoorbellMemory(2);
  transport = new RingTransport({
    index: 0,
    life: 1,
    doorbells,
    cores: 2,
    ringBytes: 1 << 16,
    redelivery: ['none', 'none'],
  });
  kernel = new Kernel(nodeHost(transport, log), { index: 0, nodes: ['main', 'hostile'] });
  transport.start(kernel);
  const host: SystemHost = {
    close: async () => transport.close(),
    unref() {},
    ref() {},
    counters: () => new Map(),
    quiet: async () => true,
    kill: async () => {},
  };
  system = new System(kernel, host, { supervision: { intensity: 1_000_000 } });
  process.on('unhandledRejection', onThrown);
});
afterEach(async () => {
  process.off('unhandledRejection', onThrown);
  transport.disconnect(1, true);
  kernel.nodeDown(1, 'the test is over', true);
  await system[Symbol.asyncDispose]();
});

/** The other side: writes what it wants, on the lane that it wants. */
function hostile(draw: Draw) {
  const channel = new MessageChannel();
  const doorbells = createDoorbellMemory(2);
  transport.connect(1, channel.port1, 1);
  kernel.nodeUp(1);
  const lanes = ([0, 1] as const).map((lane) => {
    const memory = createRingMemory(1 << 16);
    const outOfBand = new MessageChannel();
    const writer = new RingWriter(memory, new Encoder({ inspector: valueInspector(util), references }), {
      doorbell: new Doorbell(doorbells, 0, () => {}),
      outOfBand: new PortSender(outOfBand.port1),
    });
    const made: RingMade = { id: '', lane, memory, outOfBand: outOfBand.port2, survives: undefined };
    channel.port2.postMessage(made, [outOfBand.port2]);
    return { writer, close: () => outOfBand.port1.close() };
  });
  const send = async (lane: 0 | 1, ...frame: Parameters<RingWriter['write']>): Promise<void> => {
    const { writer } = lanes[lane] as (typeof lanes)[number];
    while (writer.write(...frame) === FULL) {
      writer.flush();
      channel.port2.postMessage(0);
      await nextTurn();
    }
    if (draw(16) === 0) {
      writer.flush();
      channel.port2.postMessage(0);
    }
  };
  const close = async (): Promise<void> => {
    for (const { writer } of lanes) writer.flush();
    channel.port2.postMessage(0);
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    for (const lane of lanes) lane.close();
    channel.port2.close();
  };
  return { channel, send, close };
}

describe('a hostile node', () => {
  it(`ends nothing by ${FRAMES} frames of any type, for any target, with anything in them`, async () => {
    const draw = generator(SEED);
    const other = hostile(draw);
    const refs = await Promise.all([
      system.spawn(Patient, undefined, { node: 'main' }),
      system.spawn(Patient, undefined, { node: 'main' }),
      system.spawn(Patient, undefined, { node: 'main' }),
    ]);
    for (const ref of refs) kernel.exportId((ref as unknown as { cell: Parameters<Kernel['exportId']>[0] }).cell);
    for (let i = 0; i < FRAMES; i++) {
      const type = 1 + draw(7);
      const extra = type === 2 && draw(2) === 0 ? anything(draw) : undefined;
      const isControl = type === 5;
      const payload = isControl && draw(8) > 0 ? message(draw) : anything(draw);
      await other.send(
        draw(8) === 0 ? 1 : 0,
        type,
        draw(draw(2) === 0 ? 8 : 0x1_0000),
        draw(8),
        draw(4),
        draw(draw(2) === 0 ? 10 : 2 ** 32),
        draw(2) === 0 ? 0 : draw(1_000),
        payload,
        extra,
      );
      if (i % 256 === 0) await nextTurn();
    }
    await other.close();
    expect(thrown).toEqual([]);
    const { framesRefused, enqueued } = readCounters(kernel.stats);
    expect(framesRefused).toBeGreaterThan(FRAMES / 10);
    expect(enqueued).toBeGreaterThan(0);
    expect(warnings).toBeGreaterThan(0);
    // The node goes on.
    const fresh = await system.spawn(Patient, undefined, { node: 'main' });
    expect(await fresh.ask.ask('well')).toBe('well');
  });

  it('ends nothing by what it says on the port that announces rings', async () => {
    const draw = generator(SEED);
    const other = hostile(draw);
    const before = readCounters(kernel.stats).framesRefused;
    for (let i = 0; i < 200; i++) {
      const { port1, port2 } = new MessageChannel();
      const good = createRingMemory(1 << 12);
      const made = [
        {},
        { memory: anything(draw) },
        { id: 1, lane: 7, memory: good, outOfBand: port2, survives: undefined },
        { id: '', lane: 0, memory: { ...good, data: new SharedArrayBuffer(100) }, outOfBand: port2 },
        { id: '', lane: 0, memory: good, survives: { asksSince: 1 } },
        { id: '', lane: 0, memory: good, outOfBand: port2, survives: { asksSince: 1 } },
        anything(draw),
      ][i % 7];
      const carriesPort = typeof made === 'object' && made !== null && 'outOfBand' in made;
      other.channel.port2.postMessage(made, carriesPort ? [port2] : []);
      port1.close();
      if (!carriesPort) port2.close();
    }
    await other.close();
    expect(thrown).toEqual([]);
    expect(readCounters(kernel.stats).framesRefused - before).toBeGreaterThan(50);
  });
});

/** A control message of a known sort, with fields of any sort. */
function message(draw: Draw): unknown {
  const made: Record<string, unknown> = {};
  Object.defineProperty(made, 'op', { value: OPS[draw(OPS.length)], enumerable: true });
  for (const field of FIELDS) if (draw(2) === 0) made[field] = anything(draw);
  return made;
}
