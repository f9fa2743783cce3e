/** A kernel on rings, and beside it, in the same thread, another node that says whatever a test wants it to say. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import * as util from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import {
  type Counters,
  FrameType,
  Kernel,
  type KernelSetup,
  type Logger,
  type Ref,
  readCounters,
  System,
} from '@troupe/actors';
import { Decoder, Encoder, type ReferenceHook, valueInspector } from '@troupe/codec';
import { nodeHost } from './node-host.ts';
import { DATA, type Lane, REPLY, type RingMade } from './outbound-lane.ts';
import {
  createDoorbellMemory,
  createRingMemory,
  Doorbell,
  FULL,
  PortReceiver,
  PortSender,
  type RingMemory,
  RingReader,
  RingWriter,
  TAKEN,
} from './ring/index.ts';
import { RingTransport } from './ring-transport.ts';

export { DATA, REPLY };

/** Turns within which whatever is to happen happens, or the test says what did not. */
const TURNS_MAX = 20_000;

/** A ref as its node writes it, to wherever: see `RefData`. */
export class Forged {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }
}

const references: ReferenceHook = {
  is: (value) => value instanceof Forged,
  encode: (value) => (value as Forged).data,
  decode: (data) => new Forged(data),
};

/** What the node says on a lane, in the order of `RingWriter.write`; what is left out is 0 or undefined. */
export interface Said {
  readonly type: number;
  readonly kind?: number;
  readonly target?: number;
  readonly sender?: number;
  readonly correlation?: number;
  readonly deadline?: number;
  readonly payload?: unknown;
  readonly extra?: unknown;
}

/** The kernel under attack, of node 0, `main`; or of node 1, `n1`, where home is what is hostile. */
export class Stage implements AsyncDisposable {
  readonly kernel: Kernel;
  readonly transport: RingTransport;
  readonly system: System;
  readonly warnings: string[] = [];
  /** What would have ended the node. */
  readonly thrown: unknown[] = [];
  private readonly onThrown = (error: unknown): void => {
    this.thrown.push(error);
  };

  constructor(setup: Partial<KernelSetup> = {}, ringBytes = 1 << 16) {
    const count = (_fields: unknown, text = ''): void => void this.warnings.push(text);
    const log: Logger = { trace() {}, debug() {}, info() {}, warn: count, error: count, fatal: count };
    const { index = 0 } = setup;
    this.transport = new RingTransport({
      index,
      life: 1,
      doorbells: createDoorbellMemory(3),
      cores: 2,
      ringBytes,
      redelivery: ['none', 'none', 'none'],
    });
    const host = nodeHost(setup.causality?.over(this.transport) ?? this.transport, log);
    this.kernel = new Kernel(host, { index, nodes: ['main', 'n1', 'n2'], ...setup });
    this.transport.start(this.kernel);
    this.system = new System(
      this.kernel,
      {
        close: async () => void this.transport.close(),
        unref() {},
        ref() {},
        counters: () => new Map(),
        quiet: async () => true,
        kill: async () => {},
      },
      { supervision: { intensity: 1_000_000 } },
    );
    process.on('unhandledRejection', this.onThrown);
    process.on('uncaughtException', this.onThrown);
  }

  get counters(): Counters {
    return readCounters(this.kernel.stats);
  }

  /** The id under which the actor is known to other nodes. */
  idOf(ref: Ref<never>): number {
    const { cell } = ref as unknown as { readonly cell: Parameters<Kernel['refs']['exportId']>[0] };
    return this.kernel.refs.exportId(cell);
  }

  /** Resolves when it holds. @throws (rejects) with `what` when it does not within so many turns */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let turn = 0; !holds(); turn++) {
      if (turn === TURNS_MAX) throw new Error(`Expected ${what} within ${TURNS_MAX} turns, got none.`);
      await nextTurn();
    }
  }

  /** The number of the first request of this sort that the other node is sent. */
  async heard(other: HostileNode, op: string): Promise<number> {
    const find = () => other.heard.find(({ payload }) => (payload as { op?: unknown } | undefined)?.op === op);
    await this.until(`a message '${op}'`, () => {
      other.drain();
      return find() !== undefined;
    });
    const request = (find()?.payload as { readonly request?: number } | undefined)?.request;
    return request ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [0, 1, 2]) {
      if (!this.kernel.isUp(node) || node === this.kernel.index) continue;
      this.transport.disconnect(node, true);
      this.kernel.nodeDown(node, 'the test is over', true);
    }
    await this.system[Symbol.asyncDispose]();
    process.off('unhandledRejection', this.onThrown);
    process.off('uncaughtException', this.onThrown);
  }
}

/** The other side: writes what it wants, on the lane that it wants, and reads what it is told. */
export class HostileNode implements Disposable {
  readonly node: number;
  readonly channel = new MessageChannel();
  /** Control messages and answers to it, as they came. */
  readonly heard: { readonly type: number; readonly correlation: number; readonly payload: unknown }[] = [];
  private readonly stage: Stage;
  private readonly doorbells = createDoorbellMemory(3);
  private readonly writers = new Map<Lane, { readonly writer: RingWriter; readonly memory: RingMemory }>();
  private readonly closing: (() => void)[] = [];

  constructor(stage: Stage, node: number) {
    this.stage = stage;
    this.node = node;
    stage.transport.connect(node, this.channel.port1, 1);
    stage.kernel.nodeUp(node);
    for (const lane of [DATA, REPLY] as const) this.open(lane);
    this.channel.port2.on('message', (made: RingMade) => this.read(made));
    this.channel.port2.unref();
  }

  memory(lane: Lane): RingMemory {
    return (this.writers.get(lane) as { readonly memory: RingMemory }).memory;
  }

  /** What it says is read in a later turn. @throws (rejects) where the ring is never read again */
  async say(lane: Lane, said: Said): Promise<void> {
    const { writer } = this.writers.get(lane) as { readonly writer: RingWriter };
    const { type, kind = 0, target = 0, sender = 0, correlation = 0, deadline = 0, payload, extra } = said;
    for (let turn = 0; ; turn++) {
      if (writer.write(type, kind, target, sender, correlation, deadline, payload, extra) !== FULL) return;
      if (turn === TURNS_MAX)
        throw new Error(`Expected lane ${lane} to be read within ${TURNS_MAX} turns, got no room.`);
      this.publish();
      await nextTurn();
    }
  }

  /** A control message, published. */
  async control(message: object): Promise<void> {
    await this.say(REPLY, { type: FrameType.Control, payload: message });
    this.publish();
  }

  publish(): void {
    for (const { writer } of this.writers.values()) writer.flush();
    this.channel.port2.postMessage(0);
  }

  /** Resolves when all that was said has been read. */
  async isRead(): Promise<void> {
    this.publish();
    for (const { writer, memory } of this.writers.values())
      await this.stage.until('all frames to be read', () => writer.freeBytes === memory.data.byteLength);
  }

  [Symbol.dispose](): void {
    for (const close of this.closing) close();
    this.channel.port2.close();
  }

  private open(lane: Lane): void {
    const memory = createRingMemory(1 << 16);
    const outOfBand = new MessageChannel();
    const writer = new RingWriter(memory, new Encoder({ inspector: valueInspector(util), references }), {
      doorbell: new Doorbell(this.doorbells, 0, () => {}),
      outOfBand: new PortSender(outOfBand.port1),
    });
    this.writers.set(lane, { writer, memory });
    const made: RingMade = {
      id: `${this.node}/1/${lane}`,
      lane,
      memory,
      outOfBand: outOfBand.port2,
      survives: undefined,
    };
    this.channel.port2.postMessage(made, [outOfBand.port2]);
    this.closing.push(() => outOfBand.port1.close());
  }

  private read(made: RingMade): void {
    if (typeof made !== 'object') return this.drain();
    const reader = new RingReader(made.memory, new Decoder({ references }), {
      writerDoorbell: new Doorbell(this.doorbells, 0, () => {}),
      outOfBand: new PortReceiver(made.outOfBand),
    });
    this.readers.push(reader);
    this.closing.push(() => made.outOfBand.close());
    this.drain();
  }

  private readonly readers: RingReader[] = [];

  /** Reads what it was told so far. */
  drain(): void {
    for (const reader of this.readers) {
      reader.drain(1 << 20, {
        frame: (type, _kind, _target, _sender, correlation, _deadline, payload) => {
          this.heard.push({ type, correlation, payload });
          return TAKEN;
        },
        refused() {},
      });
    }
  }

  /** The answer to a request of its own. */
  async answerTo(request: number): Promise<{ readonly value?: unknown; readonly error?: unknown }> {
    const find = () =>
      this.heard.find(({ payload }) => (payload as { request?: unknown } | undefined)?.request === request);
    await this.stage.until(`an answer to request ${request}`, () => {
      this.drain();
      return find() !== undefined;
    });
    return find()?.payload as { readonly value?: unknown; readonly error?: unknown };
  }
}

export type Draw = (n: number) => number;

/** Integers below n, the same for the same seed. */
export function generator(seed: number): Draw {
  let state = (seed * 0x9e37_79b9) >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}
