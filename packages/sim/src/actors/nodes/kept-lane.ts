/**
 * A lane of messages into a node that redelivers: it outlives that node's life. What its reader had not read, or held and had
 * not handled, comes first in the next life, whether or not its writer lives. An ask does not: it has failed with its node.
 */
import { ATTEMPTS_MAX, FrameType, Held, type Kernel, type Redelivery, Stat, Verdict } from '@troupe/actors';
import { type AnnouncementLog, Decoder } from '@troupe/codec';
import { DATA, type Delivery, type Frame, Lane } from './lane.ts';
import type { SimHost } from './sim-host.ts';

export class KeptLane extends Lane {
  private readonly redelivery: Redelivery;
  private readonly announcements = new Announcements();
  /** Read, and not handled: oldest first. */
  private held: Frame[] = [];

  constructor(from: SimHost, to: SimHost, redelivery: Redelivery) {
    super(from, to, DATA);
    this.redelivery = redelivery;
    this.encoder.logTo(this.announcements);
  }

  /** Nothing is in it that anybody waits for. */
  get isDone(): boolean {
    return this.frames.length === 0 && this.held.length === 0;
  }

  /** Its reader has ended, as its writer or main now knows: what is in it waits for the next. */
  detach(): void {
    this.frames = [...this.held, ...this.frames].filter(({ type }) => type === FrameType.Tell);
    this.bytes = this.frames.reduce((sum, { bytes }) => sum + bytes, 0);
    this.held = [];
    this.parked = undefined;
    this.isHeldUp = false;
    this.decoder = undefined;
    // What waited in the heap of a writer that has ended was lost, and counted, with it.
    const waiting = this.from.isAlive ? this.backlog : [];
    this.backlog = waiting.filter(({ type }) => type === FrameType.Tell);
    if (waiting.length > 0) (this.from.kernel.stats[Stat.Waiting] as number) -= waiting.length - this.backlog.length;
  }

  /** The next life of its reader. */
  attach(to: SimHost): void {
    this.to = to;
    this.frames = this.frames.map((frame) => ({ ...frame, at: to.world.now }));
    to.cluster.resume(this);
    if (this.from.isAlive && this.backlog.length > 0) to.cluster.room(this);
  }

  /** There will be no next life: all of it goes to the dead letters of this node. */
  giveUp({ departures, refs }: Kernel): void {
    this.decoder = this.informed(new Decoder({ references: refs }));
    for (const frame of this.frames.splice(0)) {
      const { type, kind, target, correlation, payload } = this.decode(frame);
      departures.undelivered(this.to.index, type, kind, target, correlation, payload);
    }
    this.bytes = 0;
    if (this.from.isAlive) this.giveBack(this.backlog.splice(0));
    this.resume();
  }

  /** What is in it is not lost with either end. */
  override settle(): number {
    return 0;
  }

  protected override receive(delivery: Delivery, frame: Frame): Verdict {
    const { type, kind, target, sender, payload, extra } = delivery;
    if (type !== FrameType.Tell) return super.receive(delivery, frame);
    const { from, to } = this;
    const { kernel } = to;
    if (frame.attempts >= ATTEMPTS_MAX) {
      kernel.deadLetters.add(kernel.exported(target)?.ref ?? kernel.deadRef(target), kind, payload, 'quarantined');
      return Verdict.Taken;
    }
    const hold = (origin: number | undefined): Held => new HeldFrame(this, to, frame, this.redelivery, origin);
    return kernel.arrivals.receiveHeld(from.index, kind, target, sender, payload, hold, extra);
  }

  protected override newDecoder(): Decoder {
    return this.informed(super.newDecoder());
  }

  /** @internal */
  holds(frame: Frame): void {
    this.held.push(frame);
    (this.to.kernel.stats[Stat.Held] as number)++;
  }

  /** @internal */
  releases(frame: Frame): void {
    this.held.splice(this.held.indexOf(frame), 1);
    (this.to.kernel.stats[Stat.Held] as number)--;
  }

  /** It knows what was announced before its time. */
  private informed(decoder: Decoder): Decoder {
    for (const record of this.announcements.records) decoder.decode(record, 0, record.length);
    return decoder;
  }
}

/** A message that its reader's next life gets again, until it has begun or ended, as the nodes' option says. */
class HeldFrame extends Held {
  private readonly lane: KeptLane;
  private readonly reader: SimHost;
  private readonly frame: Frame;
  private readonly redelivery: Redelivery;
  private isBegun = false;
  private isReleased = false;

  constructor(lane: KeptLane, reader: SimHost, frame: Frame, redelivery: Redelivery, origin: number | undefined) {
    super(origin);
    this.lane = lane;
    this.reader = reader;
    this.frame = frame;
    this.redelivery = redelivery;
    lane.holds(frame);
  }

  override begin(): void {
    if (this.redelivery !== 'begun') return this.end();
    if (this.isBegun || !this.reader.isAlive) return;
    this.isBegun = true;
    this.frame.attempts++;
  }

  override end(): void {
    // What is left of a node that has ended does nothing any more.
    if (this.isReleased || !this.reader.isAlive) return;
    this.isReleased = true;
    this.lane.releases(this.frame);
  }
}

class Announcements implements AnnouncementLog {
  readonly records: Uint8Array[] = [];

  append(record: Uint8Array): boolean {
    this.records.push(record);
    return true;
  }

  rewind(mark: number): void {
    this.records.length = Math.min(mark, this.records.length);
  }
}
