/**
 * What one node has to do with the order of events, where its system has a clock or records: its clock, the postmarks of what
 * it sends and receives, and what it records. A kernel without it is made of other parts, and pays nothing.
 */

import type { Question } from '../ask/question.ts';
import { ASK, type Cell } from '../cell.ts';
import type { Transport } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import type { ClockOption } from './clock-option.ts';
import { NodeClock, readingsOf } from './node-clock.ts';
import type { Postmark } from './postmark.ts';
import { Recorder } from './recorder.ts';
import { StampingTransport } from './stamping-transport.ts';
import type { SystemCausality } from './system-causality.ts';
import type { TraceMemory } from './trace-memory.ts';

/** Plain data: it crosses to a node's thread. */
export interface CausalitySetup {
  readonly index: number;
  /** Of all nodes. */
  readonly names: readonly string[];
  readonly life: number;
  readonly clock: ClockOption | undefined;
  /** Where nodes leave their readings, for their next lives. */
  readonly readings: ArrayBufferLike;
  /** Where this life records; undefined: nowhere. */
  readonly memory: TraceMemory | undefined;
  /** The order that this life begins, and its Lamport time. */
  readonly cause: { readonly mark: Postmark; readonly lamport: number } | undefined;
}

export class Causality {
  readonly clock: NodeClock;
  recorder: Recorder | undefined = undefined;
  /** On the home node: those of all nodes. */
  readonly system: SystemCausality | undefined;
  readonly #setup: CausalitySetup;
  private readonly marks = new WeakMap<Question, Postmark>();
  private kernel: Kernel | undefined = undefined;
  private number = 0;

  /** @throws TROUPE_OPTION_INVALID */
  constructor(setup: CausalitySetup, system?: SystemCausality) {
    this.#setup = setup;
    this.system = system;
    const { clock, readings } = setup;
    this.clock = new NodeClock(clock, setup, readingsOf(readings), () => this.kernel?.host.clock.now() ?? 0);
  }

  /** The way to other nodes, for the kernel's host. */
  over(transport: Transport): Transport {
    return new StampingTransport(transport, this);
  }

  /** Its kernel is being made: nothing has happened on it yet. */
  bind(kernel: Kernel): void {
    this.kernel = kernel;
    const { memory, cause } = this.#setup;
    if (memory !== undefined) this.recorder = new Recorder(kernel, this.clock, memory);
    this.clock.resume();
    if (cause === undefined) this.clock.tick();
    else this.clock.receive(cause.lamport, cause.mark.stamp);
  }

  /** Its kernel is made, and its life begins. */
  begin(kernel: Kernel): void {
    const { recorder } = this;
    if (recorder === undefined) return;
    recorder.started(this.#setup.cause?.mark);
    kernel.observers.add((event) => recorder.observe(event));
  }

  /** The node has ended, but may go on for a while in this thread: what it does from now on is seen by nobody. */
  detach(): void {
    this.clock.detach();
    this.recorder?.detach();
  }

  /** A message is about to leave: an event. */
  leave(): Postmark {
    this.clock.tick();
    const { index, life } = this.#setup;
    return { node: index, life, number: ++this.number, stamp: this.clock.stamp };
  }

  /** A message is about to go into the mailbox of an actor of this node. */
  sendHere(sender: Cell | undefined, target: Cell, kind: number): Postmark {
    const mark = this.leave();
    this.recorder?.sentHere(sender, target, (kind & ASK) !== 0, kind, mark);
    return mark;
  }

  /** An ask has no other place for its postmark. */
  keep(question: Question, mark: Postmark): void {
    this.marks.set(question, mark);
  }

  /** Of the message that the actor is handling, or of the ask that it is. */
  markOf(cell: Cell, question: Question | undefined): Postmark | undefined {
    return question === undefined ? cell.ctx?.held?.postmark : this.marks.get(question);
  }

  /** By the system's clock, at an event of this node. */
  timestamp(): unknown {
    this.clock.tick();
    return this.clock.stamp;
  }
}
