/** A node's open streams: those that its actors produce, and those that are read here from other nodes. */

import { RemoteQuestion } from '../ask/pending-ask.ts';
import type { Question } from '../ask/question.ts';
import type { Cell } from '../cell.ts';
import type { Context } from '../context.ts';
import { actorError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { fromRoot } from '../refused-path.ts';
import type { StreamReader } from './reader.ts';
import { type StreamSink, StreamSource } from './source.ts';

export class Streams {
  private readonly kernel: Kernel;
  private readonly sources = new Map<number, StreamSource>();
  /** By node and stream. */
  private readonly readers = new Map<string, StreamReader>();
  private serial = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** A stream handler was called. @returns the stream's id, the answer to the one who asked for it */
  open(cell: Cell, ctx: Context, question: Question | undefined, generator: AsyncGenerator<unknown>): number {
    if (question === undefined)
      throw actorError(
        'TROUPE_UNKNOWN_HANDLER',
        `Expected a stream of ${cell} to be opened by ref.stream, got a tell.`,
      );
    const id = ++this.serial;
    const sink = question instanceof RemoteQuestion ? this.remoteSink(question.node, id) : this.localSink(id);
    this.sources.set(id, new StreamSource(cell, ctx, question, generator, id, sink));
    return id;
  }

  source(id: number): StreamSource | undefined {
    return this.sources.get(id);
  }

  closed(source: StreamSource): void {
    this.sources.delete(source.id);
  }

  register(node: number, stream: number, reader: StreamReader): void {
    this.readers.set(`${node}/${stream}`, reader);
  }

  forgetReader(node: number, stream: number): void {
    this.readers.delete(`${node}/${stream}`);
  }

  reader(node: number, stream: number): StreamReader | undefined {
    return this.readers.get(`${node}/${stream}`);
  }

  onNodeDown(node: number): void {
    for (const source of [...this.sources.values()]) if (source.sink.node === node) source.cancel();
    for (const [key, reader] of [...this.readers]) {
      if (key.startsWith(`${node}/`)) reader.end(this.kernel.control.nodeDown(node));
    }
  }

  private localSink(id: number): StreamSink {
    const reader = (): StreamReader | undefined => this.reader(this.kernel.index, id);
    return {
      node: undefined,
      item: (value) => reader()?.item(this.kernel.copy(value, 'item')),
      end: (error) => reader()?.end(error),
    };
  }

  private remoteSink(node: number, id: number): StreamSink {
    return {
      node,
      item: (value) => {
        try {
          this.kernel.sendControl(node, { op: 'stream-item', stream: id, value });
        } catch (refused) {
          throw fromRoot(refused, 'value.value', 'item');
        }
      },
      end: (error) => this.kernel.sendControl(node, { op: 'stream-end', stream: id, error }),
    };
  }
}
