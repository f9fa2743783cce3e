/**
 * What kernels say to one another besides messages of users: calls with an answer, and notices without.
 *
 * Everything that arrives is another node's word: of an unknown kind, or malformed, it is refused and counted.
 */

import type { WorkOrder } from './compute/work.ts';
import { isAnswerTo, wrongField } from './control-check.ts';
import type { SentLetter } from './dead-letter.ts';
import { actorError, nodeBusy } from './errors.ts';
import type { KernelEvent } from './events.ts';
import type { Kernel } from './kernel.ts';
import { systemStopped } from './nodes.ts';
import type { MailboxOptions } from './overflow.ts';
import { plainError } from './plain-error.ts';
import type { StopReason } from './reason.ts';
import type { Offers } from './receptionist.ts';
import type { ActorRef } from './ref.ts';
import type { RestoreMessage, SnapshotMessage } from './snapshot/snapshot-control.ts';
import type { ChildPolicy } from './supervision/policy.ts';
import { type Address, isCount } from './wire.ts';

/** Ids are those under which the node named exported its actor. */
export type ControlMessage =
  | {
      readonly op: 'spawn';
      readonly parent: number;
      readonly key: string;
      readonly url: string;
      readonly argument: unknown;
      readonly name: string | undefined;
      readonly mailbox: MailboxOptions | undefined;
      readonly policy: ChildPolicy;
      /** The key under which it is found. */
      readonly offer: string | undefined;
      /** The id to take again after its node was restarted; 0: a new one. */
      readonly id: number;
    }
  | {
      readonly op: 'child-ended' | 'child-gone';
      readonly parent: number;
      readonly id: number;
      readonly reason: StopReason;
    }
  | { readonly op: 'child-halt' | 'child-revive' | 'child-discard'; readonly id: number; readonly reason: StopReason }
  | { readonly op: 'child-forgo' | 'stop'; readonly id: number }
  | { readonly op: 'link' | 'unlink'; readonly from: ActorRef; readonly id: number }
  | { readonly op: 'exit'; readonly from: ActorRef; readonly id: number; readonly reason: StopReason }
  | { readonly op: 'monitor' | 'demonitor'; readonly watcher: number; readonly id: number }
  | { readonly op: 'down'; readonly watcher: number; readonly ref: ActorRef; readonly reason: StopReason }
  | { readonly op: 'ask-cancel'; readonly correlation: number }
  | { readonly op: 'describe-wait'; readonly id: number }
  | { readonly op: 'name-claim'; readonly name: string; readonly supervisor: number }
  | { readonly op: 'name-release'; readonly name: string; readonly claim: number }
  | { readonly op: 'name-release-stale' | 'name-find'; readonly name: string }
  | { readonly op: 'name-forgo'; readonly name: string; readonly ref: ActorRef }
  | { readonly op: 'name-bind'; readonly name: string; readonly ref: ActorRef; readonly claim: number }
  | { readonly op: 'offer' | 'withdraw'; readonly key: string; readonly ref: ActorRef }
  | { readonly op: 'find-offers' | 'watch-offers' | 'unwatch-offers'; readonly key: string }
  | { readonly op: 'offers'; readonly key: string; readonly offers: Offers }
  | { readonly op: 'publish'; readonly topic: string; readonly payload: unknown }
  | ({ readonly op: 'compute'; readonly id: number } & WorkOrder)
  | { readonly op: 'compute-cancel'; readonly id: number }
  | { readonly op: 'recovered' | 'answer-me' }
  | { readonly op: 'dead-letters'; readonly letters: readonly SentLetter[] }
  | { readonly op: 'event'; readonly event: KernelEvent; readonly node: string }
  | { readonly op: 'room'; readonly id: number }
  | {
      readonly op: 'probe';
      readonly initiator: number;
      readonly node: number;
      /** The actor that is waited for; 0: whoever holds up the frames of the node that says this. */
      readonly id: number;
      /** The ask by which it is waited for; 0: none. */
      readonly correlation: number;
      readonly path: readonly string[];
      readonly hops: number;
      /** The first on the path that is held up by backpressure, and the first way between nodes that is: where a ring can be broken. */
      readonly blocked: Address | undefined;
      readonly way: Address | undefined;
    }
  | { readonly op: 'let-go'; readonly id: number }
  | { readonly op: 'let-through'; readonly from: number }
  | { readonly op: 'stream-item'; readonly stream: number; readonly value: unknown }
  | { readonly op: 'stream-end'; readonly stream: number; readonly error: unknown }
  | { readonly op: 'stream-credit'; readonly stream: number; readonly credit: number }
  | { readonly op: 'stream-cancel'; readonly stream: number }
  | SnapshotMessage
  | RestoreMessage;

type Answer = { readonly op: 'answer'; readonly request: number; readonly value?: unknown; readonly error?: unknown };
type Envelope = (ControlMessage & { readonly request?: number }) | Answer;

/** What answers each kind of message. What it returns, or resolves with, is the answer where one is wanted. */
export type ControlHandlers = {
  readonly [Op in ControlMessage['op']]: (from: number, message: MessageOf<Op>) => unknown;
};
type MessageOf<Op, M = ControlMessage> = M extends { readonly op: infer O } ? (Op extends O ? M : never) : never;

/** Requests of one node that are not answered yet: to wait for room, for a name, for a stop, for a start. */
export const REQUESTS_OPEN_MAX = 65_536;

interface Call {
  readonly node: number;
  readonly op: ControlMessage['op'];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Control {
  private readonly kernel: Kernel;
  private readonly handlers: ControlHandlers;
  private readonly calls = new Map<number, Call>();
  private requests = 0;
  /** By node: its requests that are not answered yet. */
  private readonly open: number[] = [];

  constructor(kernel: Kernel, handlers: ControlHandlers) {
    this.kernel = kernel;
    this.handlers = handlers;
  }

  /** Asks another node. @throws (rejects) TROUPE_NODE_DOWN when it ends before it answers */
  call(node: number, message: ControlMessage): Promise<unknown> {
    if (node === this.kernel.index) return Promise.resolve().then(() => this.dispatch(node, message));
    const request = ++this.requests;
    return new Promise((resolve, reject) => {
      if (!this.kernel.isUp(node)) return reject(this.nodeDown(node));
      this.calls.set(request, { node, op: message.op, resolve, reject });
      try {
        this.kernel.departures.control(node, { ...message, request } as never);
      } catch (error) {
        this.calls.delete(request);
        reject(error);
      }
    });
  }

  receive(from: number, message: unknown): void {
    const envelope = message as Envelope;
    if (typeof envelope !== 'object' || envelope === null || typeof envelope.op !== 'string')
      return this.refuse(from, message);
    if (envelope.op === 'answer') return this.answered(from, envelope);
    const wrong = wrongField(envelope as never, from);
    const { request } = envelope;
    if (wrong !== undefined) {
      this.refuse(from, message, wrong);
      // Whoever waits for an answer gets one.
      if (isCount(request)) this.fail(from, request, this.malformed(from, `a sound '${wrong}' in a request`));
      return;
    }
    const open = this.open[from] ?? 0;
    if (request !== undefined && open >= REQUESTS_OPEN_MAX) {
      const error = nodeBusy(
        this.kernel.name,
        `at most ${REQUESTS_OPEN_MAX} open requests of ${this.kernel.nodeName(from)}`,
      );
      this.refuse(from, message, error);
      return this.fail(from, request, error);
    }
    let result: unknown;
    try {
      result = this.dispatch(from, envelope);
    } catch (error) {
      return this.failed(from, envelope, error);
    }
    if (request !== undefined) {
      this.open[from] = open + 1;
      Promise.resolve(result)
        .finally(() => {
          (this.open[from] as number)--;
        })
        .then((value) => this.answer(from, { op: 'answer', request, value }))
        .catch((error) => this.failed(from, envelope, error));
    } else if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
      // Nobody waits for it; its failure must not end the node.
      (result as PromiseLike<unknown>).then(undefined, (error) => this.failed(from, envelope, error));
    }
  }

  nodeDown(node: number): Error {
    const { nodes } = this.kernel;
    if (nodes.isClosed) return systemStopped();
    const name = nodes.nameOf(node);
    const isGone = nodes.isGone(node);
    const reason = nodes.reason(node);
    const then = isGone
      ? 'That was more often than its restarts and restartPeriod allow: it stays down.'
      : `It is being restarted: await system.whenUp('${name}').`;
    const why = reason === undefined ? 'it has not started yet.' : `it has ended (${reason}). ${then}`;
    return actorError('TROUPE_NODE_DOWN', `Expected node ${name} to be up, got none: ${why}`, {
      node: name,
      isGone,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  onNodeDown(node: number): void {
    for (const [request, call] of this.calls) {
      if (call.node !== node) continue;
      this.calls.delete(request);
      call.reject(this.nodeDown(node));
    }
  }

  /** The system has ended. */
  close(): void {
    for (const call of this.calls.values()) call.reject(systemStopped());
    this.calls.clear();
  }

  private dispatch(from: number, message: ControlMessage): unknown {
    return (this.handlers[message.op] as (from: number, message: ControlMessage) => unknown)(from, message);
  }

  /** What was asked for, or only told, has failed here. */
  private failed(from: number, envelope: ControlMessage & { readonly request?: number }, error: unknown): void {
    if (envelope.request === undefined) this.refuse(from, envelope, error);
    else this.fail(from, envelope.request, error);
  }

  private fail(to: number, request: number, error: unknown): void {
    this.answer(to, { op: 'answer', request, error: error ?? new Error('it failed with nothing') });
  }

  /** Never throws: a value that can't cross is answered by the reason. */
  private answer(to: number, answer: Answer): void {
    // Whoever waits for the answer finds listed what has come to nothing until now.
    this.kernel.deadLetters.sendHome();
    try {
      this.kernel.departures.control(to, answer as never);
    } catch (error) {
      this.kernel.departures.control(to, { op: 'answer', request: answer.request, error: plainError(error) } as never);
    }
  }

  private answered(from: number, { request, value, error }: Answer): void {
    const call = this.calls.get(request);
    if (call === undefined || call.node !== from) return this.refuse(from, { op: 'answer' });
    this.calls.delete(request);
    if (error !== undefined) call.reject(error);
    else if (isAnswerTo(call.op, value, from)) call.resolve(value);
    else {
      this.refuse(from, { op: 'answer' }, call.op);
      call.reject(this.malformed(from, `an answer to '${call.op}'`));
    }
  }

  malformed(node: number, what: string): Error {
    const name = this.kernel.nodeName(node);
    return actorError(
      'TROUPE_CONTROL_MALFORMED',
      `Expected ${what} between ${name} and ${this.kernel.name}, got none.`,
      {
        node: name,
      },
    );
  }

  private refuse(from: number, message: unknown, why?: unknown): void {
    const op = (message as { op?: unknown } | null)?.op;
    this.kernel.refusals.add('a control message', {
      from: this.kernel.nodeName(from),
      op: typeof op === 'string' ? op : typeof message,
      why,
    });
  }
}
