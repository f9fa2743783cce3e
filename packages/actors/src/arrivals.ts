/**
 * What arrives from other nodes: frames become messages, questions and answers.
 *
 * Everything is another thread's word. A frame of an unknown type or kind is refused and counted; nothing here throws.
 */

import { InFlight } from './ask/in-flight.ts';
import { RemoteQuestion } from './ask/pending-ask.ts';
import type { Question } from './ask/question.ts';
import { ASK, type Cell, Flag, HELD, KIND_MASK, type Origin } from './cell.ts';
import { chainFrom } from './control-check.ts';
import { actorError } from './errors.ts';
import type { Held } from './held.ts';
import type { Milliseconds } from './host.ts';
import type { Kernel } from './kernel.ts';
import { Stat } from './stats.ts';
import { Opening, opensStream } from './stream/opening.ts';
import { FrameType, NOBODY, Verdict } from './wire.ts';

/**
 * What this node takes although mailboxes are full, where the rule is to block: so that one slow actor does not hold up the
 * frames behind for all others. Beyond either bound frames stay where they are, and their senders are slowed. Bytes are
 * those on the wire.
 */
export const OVERDRAFT_MESSAGES_MAX = 4_096;
export const OVERDRAFT_BYTES_MAX = 1 << 23;
/** Messages beyond even these, to undo rings of actors that wait for one another. */
const ALLOWANCE_MAX = 1 << 16;

interface HeldUp {
  readonly from: number;
  readonly by: Cell;
  readonly goOn: () => void;
}

export class Arrivals {
  protected readonly kernel: Kernel;
  /** Asks from other nodes that are not answered yet: for each node, by correlation. */
  private readonly questions: InFlight<RemoteQuestion>[] = [];
  private overdraft = 0;
  private overdraftBytes = 0;
  /** Of the frame that is being offered beyond its mailbox's bound. */
  private offeredBytes: number | undefined = undefined;
  /** How much more than its bound the overdraft may be, until it is paid back. */
  private allowance = 0;
  /** Whose full mailbox holds up which node's frames. */
  private readonly heldUp = new Set<HeldUp>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /**
   * Takes a frame. `Leave` where the mailbox that it is for has no room: it may be taken `beyond` that all the same, or is
   * offered again after `whenRoom`.
   */
  receive(
    from: number,
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): Verdict {
    const { kernel } = this;
    switch (type) {
      case FrameType.Tell: {
        const cell = kernel.refs.exported(target);
        if (cell === undefined || kind >= cell.type.signals || cell.type.streams[kind] === true)
          return this.stray(from, cell, kind, target, sender, payload, this.offeredBytes);
        const origin = originOf(from, sender);
        if (cell.depth < cell.mailbox.capacity || !isBlocking(cell, kind)) this.deliver(cell, kind, payload, origin);
        else if (!this.overdraw(cell)) return Verdict.Leave;
        else cell.enqueue(kind, payload, origin);
        return Verdict.Taken;
      }
      case FrameType.Ask:
        return this.question(from, kind, target, correlation, deadline, payload, extra);
      case FrameType.Reply:
      case FrameType.Failure: {
        const ask = kernel.departures.pending.get(correlation);
        // Late: timed out or cancelled meanwhile.
        if (ask === undefined || ask.target.nodeIndex !== from) return Verdict.Taken;
        if (type === FrameType.Reply) ask.arrived(payload);
        else ask.fail(payload);
        return Verdict.Taken;
      }
      case FrameType.Control:
        kernel.control.receive(from, payload);
        return Verdict.Taken;
      default:
        this.refuse(from, 'unknown type');
        return Verdict.Taken;
    }
  }

  /** Takes a tell whose memory its host keeps: where the verdict is `Held`, until what `hold` made is ended. */
  receiveHeld(
    from: number,
    kind: number,
    target: number,
    sender: number,
    payload: unknown,
    hold: (origin: number | undefined) => Held,
    _extra: unknown,
  ): Verdict {
    const cell = this.kernel.refs.exported(target);
    if (cell === undefined || kind >= cell.type.signals || cell.type.streams[kind] === true)
      return this.stray(from, cell, kind, target, sender, payload, undefined);
    const isFull = cell.depth >= cell.mailbox.capacity && isBlocking(cell, kind);
    if (isFull && !this.overdraw(cell)) return Verdict.Leave;
    const held = hold(originOf(from, sender));
    if (isFull) cell.enqueue(kind | HELD, payload, held);
    else this.deliver(cell, kind | HELD, payload, held);
    return Verdict.Held;
  }

  /** Offers a frame that was left once more, beyond its mailbox's bound but within this node's. `bytes` is its size. */
  beyond(bytes: number, offer: () => Verdict): Verdict {
    this.offeredBytes = bytes;
    try {
      return offer();
    } finally {
      this.offeredBytes = undefined;
    }
  }

  /** Calls back once, when a frame for this actor that was left should be offered again. */
  whenRoom(from: number, id: number, resume: () => void): void {
    const { kernel } = this;
    if (kernel.snapshots.holdsUp(from)) return kernel.snapshots.whenBegun(resume);
    const cell = kernel.exported(id);
    if (cell === undefined && kernel.recovery.expects(id)) return kernel.recovery.whenKnown(id, resume);
    if (cell === undefined) return kernel.host.turns.soon(resume);
    const heldUp: HeldUp = {
      from,
      by: cell,
      goOn: () => {
        if (this.heldUp.delete(heldUp)) resume();
      },
    };
    this.heldUp.add(heldUp);
    void kernel.overflow.roomHere(cell).then(heldUp.goOn);
  }

  /** The actors whose full mailboxes hold up the frames of a node. */
  holdingUp(from: number): Cell[] {
    return [...this.heldUp].filter((heldUp) => heldUp.from === from).map(({ by }) => by);
  }

  /** Takes frames of a node that wait, over the bound: else nobody in a ring of actors that wait ever went on. */
  letThrough(from: number): void {
    const waiting = [...this.heldUp].filter((heldUp) => heldUp.from === from);
    if (waiting.length === 0) return;
    (this.kernel.stats[Stat.BlockCyclesBroken] as number)++;
    this.allowance = Math.min(2 * this.overdraft + 1, ALLOWANCE_MAX);
    for (const { goOn } of waiting) goOn();
  }

  protected questionOf(from: number, correlation: number): Question | undefined {
    return this.questions[from]?.get(correlation);
  }

  /** Is this ask of another node here, and not answered yet? */
  isOpen(from: number, correlation: number): boolean {
    return this.questions[from]?.has(correlation) === true;
  }

  /** A frame arrived that could not be understood. */
  refused(
    from: number,
    type: number,
    kind: number,
    target: number,
    correlation: number,
    why: string,
    error: unknown,
  ): void {
    const { kernel } = this;
    this.refuse(from, why);
    if (type === FrameType.Tell && target !== NOBODY)
      kernel.deadLetters.add(kernel.exported(target)?.ref ?? kernel.deadRef(target), kind, undefined, 'malformed');
    else if (type === FrameType.Ask && correlation !== 0)
      kernel.departures.failure(from, correlation, error ?? new Error(why));
  }

  /** The asker waits no longer. */
  cancel(from: number, correlation: number): void {
    this.questions[from]?.get(correlation)?.cancel(actorError('TROUPE_ASK_CANCELLED', 'The asker waits no longer.'));
  }

  answered(question: RemoteQuestion): void {
    this.questions[question.node]?.delete(question.correlation);
  }

  /** The mailbox is within its capacity again. */
  repay(cell: Cell): void {
    const { more } = cell;
    if (more === undefined || more.overdraft === 0) return;
    this.overdraft -= more.overdraft;
    this.overdraftBytes -= more.overdraftBytes;
    more.overdraft = 0;
    more.overdraftBytes = 0;
    if (this.overdraft === 0) this.allowance = 0;
  }

  onNodeDown(node: number): void {
    for (const question of this.questions[node]?.values() ?? []) question.cancel(this.kernel.control.nodeDown(node));
  }

  private question(
    from: number,
    kind: number,
    target: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): Verdict {
    const { kernel } = this;
    const cell = kernel.exported(target);
    if (cell === undefined && kernel.recovery.expects(target))
      return this.early(from, kind, target, correlation, deadline, payload, extra);
    const isFull = cell !== undefined && cell.depth >= cell.mailbox.capacity && isBlocking(cell, kind);
    if (isFull && !this.overdraw(cell)) return Verdict.Leave;
    const opens = opensStream(extra);
    const question = new RemoteQuestion(kernel, from, correlation, deadline, chainFrom(opens ? extra.opens : extra));
    (this.questions[from] ??= new InFlight()).add(question);
    if (cell === undefined) question.fail(kernel.dead(kernel.deadRef(target)));
    else if (kind >= cell.type.signals) {
      this.refuse(from, 'unknown kind');
      question.fail(
        actorError(
          'TROUPE_UNKNOWN_HANDLER',
          `Expected a kind below ${cell.type.signals}, got ${kind}: the nodes have loaded different versions of ${cell.type.key}.`,
        ),
      );
    } else {
      const origin =
        opens && cell.type.streams[kind] !== true ? new Opening(kernel, question, kind, () => cell) : question;
      if (isFull) cell.enqueue(kind | ASK, payload, origin);
      else cell.deliver(kind | ASK, payload, origin);
    }
    return Verdict.Taken;
  }

  /** A message of this node that waited until its actor was started again. */
  deliverHeldBack(cell: Cell, { kind, payload, origin }: { kind: number; payload: unknown; origin: Origin }): void {
    if ((kind & KIND_MASK) >= cell.type.signals) {
      if ((kind & ASK) !== 0) (origin as Question).fail(this.kernel.dead(cell.ref));
      else this.kernel.deadLetters.add(cell.ref, kind, payload, 'malformed', origin);
    } else if (cell.depth >= cell.mailbox.capacity && isBlocking(cell, kind & KIND_MASK))
      cell.enqueue(kind, payload, origin);
    else this.deliver(cell, kind, payload, origin);
  }

  /** The overflow rule applies on arrival: nobody is here at whom `fail` could be thrown. */
  private deliver(cell: Cell, kind: number, payload: unknown, origin: Origin): void {
    try {
      cell.deliver(kind, payload, origin);
    } catch {
      if ((kind & HELD) !== 0) (origin as Held).end();
      this.kernel.deadLetters.add(cell.ref, kind, payload, 'overflow', origin);
    }
  }

  private overdraw(cell: Cell): boolean {
    const bytes = this.offeredBytes;
    if (bytes === undefined || this.overdraft >= OVERDRAFT_MESSAGES_MAX + this.allowance) return false;
    // What is let through to undo a ring of waiting actors may exceed the bytes too: nothing else would ever free them.
    if (this.allowance === 0 && this.overdraftBytes + bytes > OVERDRAFT_BYTES_MAX) return false;
    this.overdraft++;
    this.overdraftBytes += bytes;
    cell.extra.overdraft++;
    cell.extra.overdraftBytes += bytes;
    return true;
  }

  /** An ask for an actor that is to be started again. Whether a stream is meant is for the actor to say, so that one waits. */
  private early(
    from: number,
    kind: number,
    target: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): Verdict {
    const { kernel, offeredBytes } = this;
    if (offeredBytes === undefined || opensStream(extra)) return Verdict.Leave;
    const question = new RemoteQuestion(kernel, from, correlation, deadline, chainFrom(extra));
    if (!kernel.recovery.holdFrom(target, kind | ASK, payload, question, offeredBytes)) return Verdict.Leave;
    (this.questions[from] ??= new InFlight()).add(question);
    return Verdict.Taken;
  }

  /** A tell for an actor that is not here, or that has no such handler. `bytes`: it may be kept for one that is expected. */
  private stray(
    from: number,
    cell: Cell | undefined,
    kind: number,
    target: number,
    sender: number,
    payload: unknown,
    bytes: number | undefined,
  ): Verdict {
    const { kernel } = this;
    if (target === NOBODY) {
      kernel.snapshots.onDataMarker(from, payload);
      return Verdict.Taken;
    }
    const origin = originOf(from, sender);
    if (cell === undefined && kernel.recovery.expects(target))
      return bytes !== undefined && kernel.recovery.holdFrom(target, kind, payload, origin, bytes)
        ? Verdict.Taken
        : Verdict.Leave;
    if (cell === undefined)
      kernel.deadLetters.add(kernel.deadRef(target), kind, payload, kernel.absence(target), origin);
    else {
      this.refuse(from, 'unknown kind');
      kernel.deadLetters.add(cell.ref, kind, payload, 'malformed', origin);
    }
    return Verdict.Taken;
  }

  private refuse(from: number, why: string): void {
    this.kernel.refusals.add('a frame', { from: this.kernel.nodeName(from), why });
  }
}

/** Who sent it, as a packed address; 0: nobody that is an actor. */
const originOf = (from: number, sender: number): number | undefined =>
  sender === 0 ? undefined : from * 2 ** 32 + sender;

const isBlocking = (cell: Cell, kind: number): boolean =>
  cell.mailbox.rules[kind] === 'block' && (cell.flags & Flag.Stopped) === 0;
