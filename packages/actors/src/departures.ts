/**
 * What leaves for other nodes besides users' messages, and what becomes of frames that never got there.
 *
 * Asks to other nodes are known here by their correlation until they are answered.
 */

import { isTroupeError } from '@troupe/protocol';
import { InFlight } from './ask/in-flight.ts';
import type { PendingAsk } from './ask/pending-ask.ts';
import type { Question } from './ask/question.ts';
import type { ControlMessage } from './control.ts';
import type { Kernel } from './kernel.ts';
import { systemStopped } from './nodes.ts';
import { plainError } from './plain-error.ts';
import type { Marker } from './snapshot/snapshot-control.ts';
import { Stat } from './stats.ts';
import { type Address, FrameType, NOBODY } from './wire.ts';

/** 32 bits on the wire. */
const CORRELATION_MAX = 0xffff_fffe;

export class Departures {
  /** Asks to other nodes, by correlation. */
  readonly pending = new InFlight<PendingAsk>();
  private readonly kernel: Kernel;
  private correlation = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  control(node: number, message: ControlMessage): void {
    const { transport } = this.kernel.host;
    try {
      transport.send(node, FrameType.Control, 0, 0, 0, 0, 0, message, undefined);
    } catch (refused) {
      if (isTroupeError(refused, 'TROUPE_NODE_BUSY')) return this.drop(node, message.op, refused, mayRefuse(message));
      // An error that can't cross goes as its bones; any other value is the caller's matter.
      const bare = bareErrors(message, refused);
      if (bare === undefined) throw refused;
      transport.send(node, FrameType.Control, 0, 0, 0, 0, 0, bare, undefined);
    }
  }

  /** Along both lanes. @throws TROUPE_NODE_BUSY */
  marker(node: number, marker: Marker): void {
    const { transport } = this.kernel.host;
    transport.send(node, FrameType.Control, 0, 0, 0, 0, 0, marker, undefined);
    transport.send(node, FrameType.Tell, 0, NOBODY, 0, 0, 0, marker, undefined);
  }

  failure(node: number, correlation: number, error: unknown): void {
    if (!this.kernel.isUp(node)) return;
    const { transport } = this.kernel.host;
    try {
      transport.send(node, FrameType.Failure, 0, 0, 0, correlation, 0, error, undefined);
    } catch (refused) {
      if (isTroupeError(refused, 'TROUPE_NODE_BUSY')) return this.drop(node, 'failure', refused, false);
      transport.send(node, FrameType.Failure, 0, 0, 0, correlation, 0, plainError(error, refused), undefined);
    }
  }

  /** Its node does not read what it is told: whoever can be told so is, and what can't wait longer is dropped. */
  drop(node: number, what: string, why: Error, mayRefuse: boolean): void {
    if (mayRefuse) throw why;
    this.kernel.refusals.add('an answer or a signal', { to: this.kernel.nodeName(node), what }, Stat.RepliesDropped);
  }

  /** The one that the next ask to another node has at the earliest. */
  get correlationNext(): number {
    return this.correlation >= CORRELATION_MAX ? 1 : this.correlation + 1;
  }

  nextCorrelation(): number {
    // One that is still open is not given out again.
    do this.correlation = this.correlationNext;
    while (this.pending.has(this.correlation));
    return this.correlation;
  }

  /** Who waits for this ask, as addresses, the asker first. */
  chainOf(ask: PendingAsk): Address[] {
    const chain: Address[] = [];
    let question: Question | undefined = ask;
    while (question !== undefined) {
      const local: PendingAsk | undefined = question.local;
      if (local === undefined) return [...chain, ...question.chain];
      if (local.asker === undefined) return chain;
      chain.push([this.kernel.index, this.kernel.refs.exportId(local.asker)]);
      question = local.parent;
    }
    return chain;
  }

  /** A frame that never got to its node. */
  undelivered(
    node: number,
    type: number,
    kind: number,
    target: number,
    correlation: number,
    payload: unknown,
    refused?: unknown,
  ): void {
    const { kernel } = this;
    if (type === FrameType.Tell) {
      // A snapshot's marker: its taker hears of the node's end.
      if (target === NOBODY) return;
      const reason = refused === undefined ? 'node-down' : 'malformed';
      kernel.deadLetters.add(kernel.refs.known(node, target), kind, payload, reason);
    } else if (type === FrameType.Ask) this.pending.get(correlation)?.fail(refused ?? kernel.control.nodeDown(node));
    else if (refused !== undefined && type === FrameType.Reply) this.failure(node, correlation, refused);
    else if (refused !== undefined)
      kernel.host.log.error({ to: kernel.nodeName(node), err: refused }, 'a frame that had to wait could not be sent');
  }

  onNodeDown(node: number): void {
    // An error each: every asker's stack is its own.
    for (const ask of this.pending.values())
      if (ask.target.nodeIndex === node) ask.fail(this.kernel.control.nodeDown(node));
  }

  /** No ask is answered any more. */
  close(): void {
    for (const ask of this.pending.values()) ask.fail(systemStopped());
  }
}

/** Its sender waits for an answer, or for an end in order. */
const mayRefuse = (message: ControlMessage): boolean =>
  message.op === 'stream-item' || ('request' in message && (message as { op: string }).op !== 'answer');

function bareErrors(message: ControlMessage, refused: unknown): ControlMessage | undefined {
  if ('error' in message && message.error !== undefined)
    return { ...message, error: plainError(message.error, refused) } as never;
  if (message.op === 'event' && 'error' in message.event)
    return { ...message, event: { ...message.event, error: plainError(message.event.error, refused) } } as never;
  if ('reason' in message && message.reason?.error !== undefined)
    return { ...message, reason: { ...message.reason, error: plainError(message.reason.error, refused) } } as never;
  return undefined;
}
