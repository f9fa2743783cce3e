/** Puts a postmark on every frame to another node. */

import type { Milliseconds, Transport } from '../host.ts';
import type { FrameType } from '../wire.ts';
import type { Causality } from './causality.ts';
import type { Marked } from './postmark.ts';

export class StampingTransport implements Transport {
  private readonly inner: Transport;
  private readonly causality: Causality;

  constructor(inner: Transport, causality: Causality) {
    this.inner = inner;
    this.causality = causality;
  }

  send(
    node: number,
    type: FrameType,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): boolean {
    const { causality } = this;
    const mark = causality.leave();
    const { lamport } = causality.clock;
    const { life, number, stamp } = mark;
    const marked: Marked = { life, number, lamport, stamp, extra };
    const hasRoom = this.inner.send(node, type, kind, target, sender, correlation, deadline, payload, marked);
    // A payload that is refused is no message.
    causality.recorder?.sent(node, type, kind, target, payload, lamport, mark);
    return hasRoom;
  }

  flush(): void {
    this.inner.flush();
  }

  hasRoom(node: number): boolean {
    return this.inner.hasRoom(node);
  }

  onRoom(node: number, resume: () => void): void {
    this.inner.onRoom(node, resume);
  }
}
