/** One lane from another node: a reader over its ring, and the way of its frames into the kernel. */

import { ATTEMPTS_MAX, FrameType, Held, type Kernel, type Redelivery, Stat, Verdict } from '@troupe/actors';
import { Decoder } from '@troupe/codec';
import type { RingMade } from './outbound-lane.ts';
import {
  type Doorbell,
  type FrameSink,
  HELD,
  LEAVE,
  PortReceiver,
  type RingMemory,
  RingReader,
  type Verdict as RingVerdict,
  readLedger,
  TAKEN,
} from './ring/index.ts';

export class InboundLane {
  readonly node: number;
  readonly reader: RingReader;
  readonly sink: FrameSink;
  private readonly kernel: Kernel;
  private readonly made: RingMade;
  /** Called when the frame that was left should be offered again. */
  onResume: () => void = () => {};
  private held = 0;
  private onNoneHeld: (() => void) | undefined = undefined;

  /** @throws TROUPE_RING_MEMORY_INVALID */
  constructor(kernel: Kernel, node: number, made: RingMade, writer: Doorbell, redelivery: Redelivery) {
    this.kernel = kernel;
    this.node = node;
    this.made = made;
    made.outOfBand.unref();
    this.reader = new RingReader(made.memory, new Decoder({ references: kernel.refs }), {
      writerDoorbell: writer,
      outOfBand: new PortReceiver(made.outOfBand),
    });
    this.sink = made.memory.spill === undefined ? this.plainSink() : this.holdingSink(redelivery);
    if (made.survives !== undefined) this.reader.recover();
  }

  get memory(): RingMemory {
    return this.made.memory;
  }

  get lane(): RingMade['lane'] {
    return this.made.lane;
  }

  /** Frames that its writer wrote, and nobody will read. */
  get unread(): number {
    return readLedger(this.memory).unread;
  }

  get id(): string {
    return this.made.id;
  }

  close(): void {
    this.made.outOfBand.close();
  }

  /** Calls back once nothing that was read is held any more. */
  whenNoneHeld(then: () => void): void {
    if (this.held === 0) return then();
    this.onNoneHeld = () => {
      this.onNoneHeld = undefined;
      then();
    };
  }

  private plainSink(): FrameSink {
    const { kernel, node } = this;
    return {
      frame: (type, kind, target, sender, correlation, deadline, payload, extra) =>
        kernel.arrivals.receive(node, type, kind, target, sender, correlation, deadline, payload, extra) ===
        Verdict.Taken
          ? TAKEN
          : this.beyond(target, () =>
              kernel.arrivals.receive(node, type, kind, target, sender, correlation, deadline, payload, extra),
            ),
      refused: this.refused,
    };
  }

  /** Tells are held until they are handled. Asks are not: an ask fails with its node, and its asker knows. */
  private holdingSink(redelivery: Redelivery): FrameSink {
    const { kernel, node, made } = this;
    let position = 0;
    const hold = (origin: number | undefined): Held => new RingHeld(this, position, redelivery, origin);
    return {
      frame: (type, kind, target, sender, correlation, deadline, payload, extra, at) => {
        if (type !== FrameType.Tell) {
          if (isStale(made.survives, correlation)) return TAKEN;
          const receive = (): Verdict =>
            kernel.arrivals.receive(node, type, kind, target, sender, correlation, deadline, payload, extra);
          return receive() === Verdict.Taken ? TAKEN : this.beyond(target, receive);
        }
        if (this.reader.attempts >= ATTEMPTS_MAX) {
          const ref = kernel.exported(target)?.ref ?? kernel.deadRef(target);
          kernel.deadLetters.add(ref, kind, payload, 'quarantined');
          return TAKEN;
        }
        position = at;
        const verdict = kernel.arrivals.receiveHeld(node, kind, target, sender, payload, hold);
        if (verdict === Verdict.Held) return HELD;
        if (verdict === Verdict.Taken) return TAKEN;
        return this.beyond(target, () => kernel.arrivals.receiveHeld(node, kind, target, sender, payload, hold));
      },
      refused: this.refused,
    };
  }

  /** The mailbox has no room for what was offered: it is taken beyond that, or stays in the ring until there is some. */
  private beyond(target: number, offer: () => Verdict): RingVerdict {
    const { arrivals } = this.kernel;
    const verdict = arrivals.beyond(this.reader.offeredBytes, offer);
    if (verdict === Verdict.Taken) return TAKEN;
    if (verdict === Verdict.Held) return HELD;
    arrivals.whenRoom(this.node, target, () => this.onResume());
    return LEAVE;
  }

  private readonly refused: FrameSink['refused'] = (reason, type, kind, target, _sender, correlation, error) =>
    this.kernel.arrivals.refused(this.node, type, kind, target, correlation, reason, error);

  /** @internal */
  count(held: 1 | -1): void {
    this.held += held;
    (this.kernel.stats[Stat.Held] as number) += held;
    if (this.held === 0) this.onNoneHeld?.();
  }
}

/** Its asker was told already. */
const isStale = (survives: RingMade['survives'], correlation: number): boolean =>
  survives !== undefined && (survives.asksSince === undefined || ((correlation - survives.asksSince) | 0) < 0);

/** A message in a ring that redelivers: released when it begins or when it has ended, as the node's option says. */
class RingHeld extends Held {
  private readonly lane: InboundLane;
  private readonly position: number;
  private readonly redelivery: Redelivery;
  private isBegun = false;
  private isReleased = false;

  constructor(lane: InboundLane, position: number, redelivery: Redelivery, origin: number | undefined) {
    super(origin);
    this.lane = lane;
    this.position = position;
    this.redelivery = redelivery;
    lane.count(1);
  }

  override begin(): void {
    if (this.redelivery !== 'begun') return this.end();
    if (this.isBegun) return;
    this.isBegun = true;
    this.lane.reader.begin(this.position);
  }

  override end(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.lane.count(-1);
    this.lane.reader.release(this.position);
  }
}
