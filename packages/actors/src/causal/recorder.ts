/** Records what happens on one node, each event at its time by the node's clock. It is asked only where the system records. */

import { ASK, type Cell, KIND_MASK } from '../cell.ts';
import type { KernelEvent } from '../events.ts';
import type { Kernel } from '../kernel.ts';
import { plainError } from '../plain-error.ts';
import type { ActorRef } from '../ref.ts';
import { scope } from '../scope.ts';
import { FrameType, NOBODY } from '../wire.ts';
import type { NodeClock } from './node-clock.ts';
import type { Postmark } from './postmark.ts';
import { type RecordedKind, type TraceMemory, Word } from './trace-memory.ts';
import { TraceWriter } from './trace-writer.ts';

export class Recorder {
  private readonly kernel: Kernel;
  private readonly clock: NodeClock;
  private readonly writer: TraceWriter;

  constructor(kernel: Kernel, clock: NodeClock, memory: TraceMemory) {
    this.kernel = kernel;
    this.clock = clock;
    this.writer = new TraceWriter(memory, kernel.host.inspector);
  }

  /** @see Causality.detach */
  detach(): void {
    this.writer.detach();
  }

  /** This life has begun; `cause`: by order of another node. Its time is the clock's present one. */
  started(cause: Postmark | undefined): void {
    const { writer, clock } = this;
    this.begin('start', clock.lamport, clock.stamp);
    if (cause !== undefined) {
      writer.message(FrameType.Control, cause.node, cause.life, cause.number);
      writer.peer(cause.node);
    }
    writer.end();
  }

  /** The order that a life of another node begins, which has this postmark. */
  starts(node: number, postmark: Postmark): void {
    const { writer, clock } = this;
    this.begin('send', clock.lamport, postmark.stamp);
    writer.message(FrameType.Control, postmark.node, postmark.life, postmark.number);
    writer.text('start');
    writer.peer(node);
    writer.end();
  }

  /** A message has gone on its way to another node, at this time. */
  sent(
    node: number,
    type: FrameType,
    kind: number,
    target: number,
    payload: unknown,
    lamport: number,
    mark: Postmark,
  ): void {
    const { writer, kernel } = this;
    this.begin('send', lamport, mark.stamp);
    const isMarker = toNobody(type, target);
    writer.message(isMarker ? FrameType.Control : type, mark.node, mark.life, mark.number);
    writer.peer(node);
    const sender = scope.cell ?? kernel.current.cell();
    if (sender !== undefined) writer.actor(Word.Actor, sender.ref);
    if (type === FrameType.Control || isMarker) writer.text((payload as { readonly op: string }).op);
    else if (type <= FrameType.Ask) this.target(kernel.refs.known(node, target), kind);
    writer.end();
  }

  /** A message has come from another node; the clock has taken in its time. */
  received(from: number, type: number, kind: number, target: number, correlation: number, mark: Postmark): void {
    const { writer, clock, kernel } = this;
    this.begin('receive', clock.lamport, clock.stamp);
    const isMarker = toNobody(type, target);
    writer.message(isMarker ? FrameType.Control : type, mark.node, mark.life, mark.number);
    writer.peer(from);
    if (isMarker) {
      writer.end();
      return;
    }
    if (type <= FrameType.Ask) {
      const cell = kernel.exported(target);
      if (cell !== undefined) this.target(cell.ref, kind);
    } else {
      // An answer is for whoever has asked.
      const asker = kernel.departures.pending.get(correlation)?.asker;
      if (asker !== undefined && type !== FrameType.Control) writer.actor(Word.Actor, asker.ref);
    }
    writer.end();
  }

  /** A message between two actors of this node is on its way; the clock has ticked for it. */
  sentHere(sender: Cell | undefined, target: Cell, isAsk: boolean, kind: number, mark: Postmark): void {
    const { writer, clock, kernel } = this;
    this.begin('send', clock.lamport, mark.stamp);
    writer.message(isAsk ? FrameType.Ask : FrameType.Tell, mark.node, mark.life, mark.number);
    writer.peer(kernel.index);
    if (sender !== undefined) writer.actor(Word.Actor, sender.ref);
    this.target(target.ref, kind & KIND_MASK);
    writer.end();
  }

  /** A handler begins, or has ended. */
  handler(what: 'begin' | 'end', cell: Cell, kind: number, mark: Postmark | undefined): void {
    const { writer } = this;
    this.tick(what);
    writer.actor(Word.Actor, cell.ref);
    writer.text(cell.type.interface.kinds[kind & KIND_MASK] ?? 'signal');
    const frame = (kind & ASK) === 0 ? FrameType.Tell : FrameType.Ask;
    if (mark !== undefined) writer.message(frame, mark.node, mark.life, mark.number);
    writer.end();
  }

  /** A timer of an actor fires. */
  timer(cell: Cell, kind: string): void {
    const { writer } = this;
    this.tick('timer');
    writer.actor(Word.Actor, cell.ref);
    writer.text(kind);
    writer.end();
  }

  /** What observers are told, as far as it happened here. */
  observe(event: KernelEvent): void {
    switch (event.type) {
      case 'started':
        return this.life('spawn', event.actor, '');
      case 'stopped':
        return this.life('stop', event.actor, event.reason.kind);
      case 'failed':
        return this.life('fail', event.actor, `${event.in}: ${plainError(event.error).message}`);
      case 'restarted':
        return this.life('restart', event.actor, event.reason.kind);
      case 'node-down':
      case 'node-up': {
        const { writer } = this;
        this.tick(event.type);
        writer.peer(this.kernel.nodes.indexOf(event.node));
        if (event.type === 'node-down') writer.text(event.reason);
        writer.end();
        return;
      }
      default:
    }
  }

  private life(kind: RecordedKind, actor: ActorRef, text: string): void {
    // Home is told of those of other nodes, too.
    if (actor.nodeIndex !== this.kernel.index) return;
    this.tick(kind);
    this.writer.actor(Word.Actor, actor);
    this.writer.text(text);
    this.writer.end();
  }

  private target(ref: ActorRef, kind: number): void {
    this.writer.actor(Word.Target, ref);
    this.writer.text(ref.interface.kinds[kind] ?? 'signal');
  }

  private tick(kind: RecordedKind): void {
    const { clock } = this;
    clock.tick();
    this.begin(kind, clock.lamport, clock.stamp);
  }

  private begin(kind: RecordedKind, lamport: number, stamp: unknown): void {
    const { kernel, writer } = this;
    // Within a batch of messages the clock is not read for each: order is not told by it.
    const at = scope.cell === undefined ? kernel.host.clock.now() : kernel.dispatcher.batchTime;
    writer.begin(kind, at, lamport, stamp);
  }
}

/** The marker of a snapshot goes among messages, and is what one kernel tells another. */
const toNobody = (type: number, target: number): boolean => type === FrameType.Tell && target === NOBODY;
