/**
 * The producing side of a stream: an async generator of an actor, taken one step at a time while the consumer has given credit.
 *
 * A step, from a resumption to the next yield, is a message of the actor like any other: between two steps it serves others.
 * To the context of a step the stream is what an ask is to that of a handler, but for a deadline.
 */

import { Signal } from '../actor-type.ts';
import type { Question } from '../ask/question.ts';
import type { Cell } from '../cell.ts';
import { Flag } from '../cell.ts';
import type { Context } from '../context.ts';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef } from '../ref.ts';
import { Stat } from '../stats.ts';

/** Where the items go: a reader on this node, or another node. */
export interface StreamSink {
  item(value: unknown): void;
  end(error: unknown): void;
  /** The consumer's node; undefined: this one. */
  readonly node: number | undefined;
}

export class StreamSource implements Question {
  private readonly kernel: Kernel;
  private readonly cell: Cell;
  private readonly ctx: Context;
  private readonly generator: AsyncGenerator<unknown>;
  readonly id: number;
  sink: StreamSink;
  readonly deadline = 0;
  readonly local = undefined;
  readonly chain = [];
  serving: Context | undefined = undefined;
  private readonly asked: Question;
  /** Of the signal that its steps have used, if they have. */
  private controller: AbortController | undefined = undefined;
  private credit = 0;
  private isStepping = false;
  private isOver = false;
  /** The generator was told to return. */
  private isClosed = false;
  private readonly stepBound = () => this.step();

  constructor(
    cell: Cell,
    ctx: Context,
    asked: Question,
    generator: AsyncGenerator<unknown>,
    id: number,
    sink: StreamSink,
  ) {
    this.kernel = cell.kernel;
    this.cell = cell;
    this.ctx = ctx;
    this.asked = asked;
    this.generator = generator;
    this.id = id;
    this.sink = sink;
    // Parameters were bound by the call already: `{ signal }` among them is the stream's too.
    this.controller = ctx.endStep();
    (cell.extra.streams ??= new Set()).add(this);
    (this.kernel.stats[Stat.Streams] as number)++;
  }

  get settled(): boolean {
    return this.isOver;
  }

  get opener(): ActorRef | undefined {
    return this.kernel.current.senderOf(undefined, this.asked);
  }

  /** Items are its answers: there is no other. */
  reply(): void {}
  fail(): void {}

  grant(credit: number): void {
    this.credit += credit;
    this.schedule();
  }

  /** The consumer wants no more: the generator's `finally` runs as a step of the actor. */
  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.kernel.streams.closed(this);
    this.abort('TROUPE_ASK_CANCELLED', 'is no longer read');
    if (!this.ctx.revoked && (this.cell.flags & (Flag.Stopped | Flag.Failed)) === 0) this.enqueue(() => this.close());
  }

  /** The incarnation that produced it is ending. Resolves when the generator's `finally` has run. */
  actorEnded(): Promise<void> {
    if (!this.isOver) {
      this.finish();
      this.sink.end(
        actorError('TROUPE_STREAM_CLOSED', `The stream of ${this.cell} ended because the actor stopped or failed.`, {
          actor: this.cell.toString(),
        }),
      );
    }
    this.abort('TROUPE_STOPPED', 'ended because the actor stopped or failed');
    return this.close();
  }

  /** Tells the step that is under way, or whoever kept the signal of one before. */
  private abort(code: 'TROUPE_ASK_CANCELLED' | 'TROUPE_STOPPED', why: string): void {
    const { serving, controller } = this;
    if (serving === undefined && controller === undefined) return;
    const reason = actorError(code, `The stream of ${this.cell} ${why}.`, { actor: this.cell.toString() });
    if (serving !== undefined) serving.abort(reason);
    else controller?.abort(reason);
  }

  private schedule(): void {
    if (this.isOver || this.isStepping || this.credit <= 0) return;
    this.isStepping = true;
    this.enqueue(this.stepBound);
  }

  private enqueue(step: () => unknown): void {
    (this.kernel.stats[Stat.Signals] as number)++;
    this.cell.enqueue(this.cell.type.signals + Signal.Step, step, undefined);
  }

  private step(): unknown {
    if (this.isOver) return undefined;
    this.serving = this.ctx;
    this.ctx.beginStep(this, this.controller);
    return this.ctx
      .carry(() => this.generator.next())
      .then(
        ({ done, value }) => {
          this.isStepping = false;
          this.serving = undefined;
          this.controller = this.ctx.endStep();
          if (this.isOver) return;
          if (done) {
            this.finish();
            this.sink.end(undefined);
            return;
          }
          this.credit--;
          this.send(value);
          this.schedule();
        },
        (error) => {
          this.serving = undefined;
          if (!this.isOver) {
            this.finish();
            this.sink.end(error);
          }
          throw error;
        },
      );
  }

  /** An item that can't be sent ends the stream on both sides, with the reason. */
  private send(value: unknown): void {
    try {
      this.sink.item(value);
    } catch (refused) {
      this.finish();
      this.sink.end(refused);
      void this.close();
      throw refused;
    }
  }

  /** Runs the generator's `finally`. */
  private close(): Promise<void> {
    this.cell.more?.streams?.delete(this);
    if (this.isClosed) return Promise.resolve();
    this.isClosed = true;
    return this.ctx
      .carry(() => this.generator.return(undefined))
      .then(
        () => {},
        (error) =>
          this.kernel.host.log.error({ actor: this.cell.toString(), err: error }, 'the end of a stream failed'),
      );
  }

  private finish(): void {
    this.isOver = true;
    this.cell.more?.streams?.delete(this);
    this.kernel.streams.closed(this);
  }
}
