/**
 * One lane from a life of a node to a life of another: frames in the order of their sending, each on its way for as long as
 * is chosen. Values are encoded where they are sent, and decoded where they arrive, as between threads.
 *
 * A frame is in the lane's shared memory (it outlives its sender), or waits in its sender's heap for room there. Into a node
 * that redelivers goes another kind of lane (`kept-lane.ts`).
 */
import { FrameType, type Milliseconds, Stat, Verdict } from '@troupe/actors';
import { Decoder, Encoder } from '@troupe/codec';
import type { SimHost } from './sim-host.ts';

export const DATA = 0;
export const REPLY = 1;
export type LaneKind = typeof DATA | typeof REPLY;

export const laneOf = (type: FrameType): LaneKind => (type <= FrameType.Ask ? DATA : REPLY);

/** A frame that arrives. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly type: FrameType;
  readonly kind: number;
  readonly target: number;
  readonly sender: number;
  readonly correlation: number;
  readonly deadline: Milliseconds;
  readonly payload: unknown;
  readonly extra: unknown;
  /** On the wire. */
  readonly bytes: number;
}

/** A payload, or what came with it, as it is on the wire. What needs no encoding has none. */
interface Packed {
  readonly value: unknown;
  readonly encoded: Uint8Array | undefined;
  readonly moved: readonly ArrayBuffer[];
}

export interface Frame {
  readonly type: FrameType;
  readonly kind: number;
  readonly target: number;
  readonly sender: number;
  readonly correlation: number;
  readonly deadline: Milliseconds;
  readonly payload: Packed;
  readonly extra: Packed;
  readonly bytes: number;
  /** When it arrives, on the world's clock. */
  readonly at: number;
  /** Lives of its reader in which a handler has begun it. */
  attempts: number;
}

export type Waiting = Omit<Delivery, 'from' | 'to' | 'bytes'>;

const HEADER_BYTES = 24;
const NOTHING_MOVED: readonly ArrayBuffer[] = [];

export class Lane {
  readonly from: SimHost;
  to: SimHost;
  readonly kind: LaneKind;
  /** What its events are called. */
  readonly arrivalSort: string;
  /** Nothing counts what is in it any more: an end of it has. */
  isSettled = false;
  protected readonly encoder: Encoder;
  /** Made when the first frame arrives: its node may still start now. */
  protected decoder: Decoder | undefined = undefined;
  protected frames: Frame[] = [];
  /** The frame that arrived and found no room, decoded; and whether there is none yet. */
  protected parked: Delivery | undefined = undefined;
  protected isHeldUp = false;
  protected bytes = 0;
  protected backlog: Waiting[] = [];
  private pausing: (() => void)[] = [];
  private lastArrival = 0;

  constructor(from: SimHost, to: SimHost, kind: LaneKind) {
    this.from = from;
    this.to = to;
    this.kind = kind;
    this.arrivalSort = `${kind === DATA ? 'message' : 'answer'} from ${from.name}`;
    this.encoder = new Encoder({
      inspector: from.inspector,
      references: from.kernel.refs,
      root: kind === DATA ? 'payload' : 'value',
    });
  }

  /** Frames in shared memory that nobody has read. */
  get unread(): number {
    return this.frames.length;
  }

  get hasRoom(): boolean {
    return this.backlog.length === 0;
  }

  get isQuiet(): boolean {
    return this.frames.length === 0 && this.backlog.length === 0;
  }

  onRoom(resume: () => void): void {
    this.pausing.push(resume);
  }

  /** @returns whether it had room. @throws TROUPE_VALUE_REFUSED */
  send(
    type: FrameType,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): boolean {
    const frame = { type, kind, target, sender, correlation, deadline, payload, extra };
    if (this.hasRoom && this.bytes < this.from.laneBytes) {
      this.push(frame);
      return true;
    }
    const { kernel } = this.from;
    this.backlog.push({ ...frame, payload: kernel.copy(payload, this.kind === DATA ? 'payload' : 'value') });
    (kernel.stats[Stat.Waiting] as number)++;
    return false;
  }

  /** Delivers what is due, as far as its reader is ready for it and has room; so many frames at most. */
  arrive(most = Number.POSITIVE_INFINITY): void {
    const { to } = this;
    if (!to.reads(this)) return;
    for (let left = most; left > 0 && this.frames.length > 0; left--)
      if ((this.frames[0] as Frame).at > to.world.now || !this.deliverFirst()) return;
  }

  /** Its first frame is a message, and may get lost. */
  get mayLose(): boolean {
    return this.kind === DATA && this.frames.length > 0 && !this.isHeldUp && this.parked === undefined;
  }

  /** Its first frame gets lost, as with a node that ended. */
  lose(): void {
    this.bytes -= (this.frames.shift() as Frame).bytes;
    this.from.kernel.deadLetters.count('lost-with-node', 1);
  }

  /** Its writer has ended: what it had published is handled. False where a full mailbox holds it up. */
  readToEnd(): boolean {
    while (this.frames.length > 0) if (!this.deliverFirst()) return false;
    return true;
  }

  /** Its reader has ended, as its writer now knows. @returns how many messages were not read */
  close(): number {
    this.giveBack(this.backlog.splice(0));
    this.resume();
    return this.settle();
  }

  /** @returns how many messages were left, where they count and were not counted yet */
  settle(): number {
    const lost = this.kind === DATA && !this.isSettled ? this.unread : 0;
    this.isSettled = true;
    this.frames.length = 0;
    return lost;
  }

  /** What waited for room goes where undelivered frames go. */
  protected giveBack(waiting: readonly Waiting[]): void {
    const { kernel } = this.from;
    (kernel.stats[Stat.Waiting] as number) -= waiting.length;
    for (const { type, kind, target, correlation, payload } of waiting)
      kernel.departures.undelivered(this.to.index, type, kind, target, correlation, payload);
  }

  private push({ type, kind, target, sender, correlation, deadline, payload, extra }: Waiting): void {
    const { from, to } = this;
    const packed = this.pack(payload);
    const beside = this.pack(extra);
    const bytes = HEADER_BYTES + (packed.encoded?.length ?? 8) + (beside.encoded?.length ?? 0);
    const at = Math.max(this.lastArrival, from.cluster.arrivalOf(from, to));
    this.lastArrival = at;
    this.bytes += bytes;
    const frame = { type, kind, target, sender, correlation, deadline, bytes, at, attempts: 0 };
    this.frames.push({ ...frame, payload: packed, extra: beside });
    const { tracer } = from.world;
    const text = tracer === undefined ? '' : this.textOf(type, kind, target);
    from.cluster.arrives(this, at, tracer?.send(to.name as never, text, 'sent'));
  }

  private deliverFirst(): boolean {
    if (this.isHeldUp) return false;
    const frame = this.frames[0] as Frame;
    const delivery = this.parked ?? this.decode(frame);
    if (!this.offer(delivery, frame)) {
      this.parked = delivery;
      return false;
    }
    this.parked = undefined;
    // One that was counted as lost meanwhile is gone already.
    if (this.frames[0] === frame) this.frames.shift();
    this.bytes -= frame.bytes;
    if (this.backlog.length > 0 && this.from.isAlive) this.from.cluster.room(this);
    return true;
  }

  private offer(delivery: Delivery, frame: Frame): boolean {
    const deliver = this.to.cluster.options.defect?.deliver;
    if (deliver === undefined || delivery.type > FrameType.Ask) return this.take(delivery, frame);
    deliver(delivery, (changed) => void this.take(changed, frame));
    return true;
  }

  private take(delivery: Delivery, frame: Frame): boolean {
    const { to } = this;
    const { arrivals } = to.kernel;
    const receive = (): Verdict => this.receive(delivery, frame);
    if (receive() !== Verdict.Leave || arrivals.beyond(delivery.bytes, receive) !== Verdict.Leave) return true;
    this.isHeldUp = true;
    arrivals.whenRoom(this.from.index, delivery.target, () => {
      if (this.to !== to) return;
      this.isHeldUp = false;
      to.cluster.resume(this);
    });
    return false;
  }

  /** Its reader's kernel takes it, or leaves it. */
  protected receive(delivery: Delivery, _frame: Frame): Verdict {
    const { type, kind, target, sender, correlation, deadline, payload, extra } = delivery;
    const { arrivals } = this.to.kernel;
    return arrivals.receive(this.from.index, type, kind, target, sender, correlation, deadline, payload, extra);
  }

  /** There is room: what waited goes on its way. */
  drain(): void {
    const { from, backlog } = this;
    if (!from.isAlive || this.isSettled) return;
    let done = 0;
    while (done < backlog.length && this.bytes < from.laneBytes) {
      const waiting = backlog[done++] as Waiting;
      try {
        this.push(waiting);
      } catch (refused) {
        const { type, kind, target, correlation, payload } = waiting;
        from.kernel.departures.undelivered(this.to.index, type, kind, target, correlation, payload, refused);
      }
    }
    backlog.splice(0, done);
    (from.kernel.stats[Stat.Waiting] as number) -= done;
    if (backlog.length === 0) this.resume();
  }

  /** For people. */
  private textOf(type: FrameType, kind: number, target: number): string {
    if (this.kind === REPLY) return type === FrameType.Control ? 'control' : 'answer';
    if (target === 0) return 'marker';
    const ref = this.from.kernel.refs.known(this.to.index, target);
    return `${type === FrameType.Ask ? 'ask' : 'tell'} ${ref.interface.kinds[kind] ?? 'signal'} to ${ref}`;
  }

  protected resume(): void {
    for (const resume of this.pausing.splice(0)) resume();
  }

  private pack(value: unknown): Packed {
    if (isPlainPrimitive(value)) return { value, encoded: undefined, moved: NOTHING_MOVED };
    const encoded = this.encoder.encode(value);
    const { transfers } = this.encoder;
    const moved = transfers.length === 0 ? NOTHING_MOVED : transfers.map((buffer) => buffer.transfer());
    return { value: undefined, encoded, moved };
  }

  protected decode({ type, kind, target, sender, correlation, deadline, payload, extra, bytes }: Frame): Delivery {
    return {
      from: this.from.name,
      to: this.to.name,
      type,
      kind,
      target,
      sender,
      correlation,
      deadline,
      payload: this.unpack(payload),
      extra: this.unpack(extra),
      bytes,
    };
  }

  private unpack({ value, encoded, moved }: Packed): unknown {
    if (encoded === undefined) return value;
    const decoder = (this.decoder ??= this.newDecoder());
    return decoder.decode(encoded, 0, encoded.length, moved);
  }

  protected newDecoder(): Decoder {
    return new Decoder({ references: this.to.kernel.refs });
  }
}

/** Immutable, and arrives as it is. */
function isPlainPrimitive(value: unknown): boolean {
  const type = typeof value;
  return type === 'number' || type === 'string' || type === 'boolean' || value === undefined || value === null;
}
