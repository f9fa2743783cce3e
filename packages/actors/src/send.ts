/** The way of every message out of user code: check and copy the payload, know the sender, hand it to a mailbox or to the transport. */

import { cyclePath } from './ask/cycle.ts';
import { checkAskOptions } from './ask/options.ts';
import { PendingAsk } from './ask/pending-ask.ts';
import type { Question } from './ask/question.ts';
import { ASK, type Cell } from './cell.ts';
import { actorError } from './errors.ts';
import { unknownHandler } from './interface.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef, AskOptions, StreamOptions } from './ref.ts';
import { scope } from './scope.ts';
import { Stat } from './stats.ts';
import { OPENS, Opening } from './stream/opening.ts';
import { StreamIterator } from './stream/reader.ts';
import { FrameType } from './wire.ts';

export function tell(ref: ActorRef, kind: number, payload: unknown): void {
  const cell = ref.cell;
  if (cell === undefined) {
    tellRemote(ref, kind, payload);
    return;
  }
  const value = isPrimitive(payload) ? payload : ref.kernel.copy(payload, 'payload');
  let sender = scope.cell;
  if (sender === undefined && ref.kernel.asyncHandlers > 0) {
    const ctx = ref.kernel.current.carried();
    if (ctx !== undefined) {
      if (ctx.revoked) return ref.kernel.current.dropRevoked(ref, kind, value);
      sender = ctx.cell;
    }
  }
  cell.deliver(kind, value, sender);
}

/** Needs no copy: immutable, and of a type that can be sent. */
function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return (
    type === 'number' ||
    type === 'string' ||
    value === undefined ||
    value === null ||
    type === 'boolean' ||
    type === 'bigint'
  );
}

function tellRemote(ref: ActorRef, kind: number, payload: unknown): void {
  const { kernel, nodeIndex } = ref;
  const sender = scope.cell ?? kernel.current.senderAcrossAwait(ref, kind, payload);
  if (sender === 'revoked') return;
  if (nodeIndex === kernel.index) return tellAbsent(ref, kind, kernel.copy(payload, 'payload'), sender);
  const { transport } = kernel.host;
  if (sender === undefined && !transport.hasRoom(nodeIndex)) throw laneFull(ref, kind, payload);
  const hasRoom = transport.send(
    nodeIndex,
    FrameType.Tell,
    kind,
    ref.id,
    sender === undefined ? 0 : sender.ref.id || kernel.refs.exportId(sender),
    0,
    0,
    payload,
    undefined,
  );
  if (!hasRoom && sender !== undefined) kernel.overflow.blockOnNode(sender, nodeIndex);
}

/** An actor of an earlier life of this node: it may be started again soon. */
function tellAbsent(ref: ActorRef, kind: number, payload: unknown, sender: Cell | undefined): void {
  const { kernel } = ref;
  if (!kernel.recovery.hold(ref, kind, payload, sender, sender))
    kernel.deadLetters.add(ref, kind, payload, kernel.absence(ref.id), sender);
}

// A promise's settlers pass through here, so that an ask makes no closure and no object for them.
let resolveLast: (value: unknown) => void;
let rejectLast: (error: unknown) => void;
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

export function ask(ref: ActorRef, kind: number, payload: unknown, options: AskOptions | undefined): Promise<unknown> {
  const { kernel, cell } = ref;
  let asker = scope.cell;
  let parent: Question | undefined = scope.question;
  if (asker === undefined && kernel.asyncHandlers > 0) {
    const ctx = kernel.current.carried();
    if (ctx?.revoked) {
      (kernel.stats[Stat.Revoked] as number)++;
      return Promise.reject(revoked());
    }
    asker = ctx?.cell;
    parent = ctx?.question;
  }
  const promise = new Promise<unknown>(capture);
  const pending = new PendingAsk(kernel, ref, kind, asker, parent, resolveLast, rejectLast);
  (kernel.stats[Stat.Asks] as number)++;
  try {
    const opens = options === OPENS;
    if (options !== undefined && !opens) checkAskOptions(options);
    const path = asker === undefined ? undefined : cyclePath(pending, asker);
    if (path !== undefined) throw cycle(ref, pending, path);
    kernel.deadlines.add(
      pending,
      kernel.turnTime(),
      options?.timeout ?? kernel.options.askTimeout,
      parent?.deadline ?? 0,
    );
    if (options?.signal !== undefined) pending.listen(options.signal);
    if (pending.settled) return promise;
    if (cell === undefined) askRemote(kernel, pending, payload, opens);
    else {
      const value = isPrimitive(payload) ? payload : ref.kernel.copy(payload, 'payload');
      cell.deliver(kind | ASK, value, opens ? openingOf(pending) : pending);
    }
    if (asker !== undefined) kernel.probes.onAsk(pending);
    else kernel.dispatcher.unstamp();
  } catch (error) {
    pending.fail(error);
  }
  return promise;
}

function askRemote(kernel: Kernel, pending: PendingAsk, payload: unknown, opens: boolean): void {
  const { target, asker } = pending;
  if (target.nodeIndex === kernel.index) {
    if (!kernel.recovery.expects(target.id)) throw kernel.dead(target);
    const origin = opens ? openingOf(pending) : pending;
    kernel.recovery.hold(target, pending.kind | ASK, kernel.copy(payload, 'payload'), origin, asker);
    return;
  }
  // Frames for a node that is being started again wait for it; an ask fails with its node instead.
  if (!kernel.isUp(target.nodeIndex)) throw kernel.control.nodeDown(target.nodeIndex);
  const { transport } = kernel.host;
  if (asker === undefined && !transport.hasRoom(target.nodeIndex)) throw laneFull(target, pending.kind, payload);
  pending.correlation = kernel.departures.nextCorrelation();
  kernel.departures.pending.set(pending.correlation, pending);
  const chain = asker === undefined ? undefined : kernel.departures.chainOf(pending);
  const hasRoom = transport.send(
    target.nodeIndex,
    FrameType.Ask,
    pending.kind,
    target.id,
    asker === undefined ? 0 : asker.ref.id,
    pending.correlation,
    pending.deadline,
    payload,
    opens ? { opens: chain ?? [] } : chain,
  );
  if (!hasRoom && asker !== undefined) kernel.overflow.blockOnNode(asker, target.nodeIndex);
}

/** For an actor here, or one that a restarted node starts again. */
function openingOf(pending: PendingAsk): Opening {
  const { kernel, target, kind } = pending;
  return new Opening(kernel, pending, kind, () => target.cell ?? kernel.exported(target.id));
}

export function openStream(
  ref: ActorRef,
  kind: number,
  payload: unknown,
  options: StreamOptions | undefined,
): StreamIterator {
  return new StreamIterator(ref, kind, payload, options);
}

/** A message by the name of its kind: for timers, topics and routers, which learn the kind at run time. */
export function kindIndex(ref: ActorRef, verb: 'tell' | 'ask' | 'stream', kind: string): number {
  const index = ref.interface.kinds.indexOf(kind);
  if (index < 0 || (verb !== 'stream' && ref.interface.streams.includes(index)))
    throw unknownHandler(ref.interface, verb, kind);
  return index;
}

function laneFull(ref: ActorRef, kind: number, payload: unknown): Error {
  const name = ref.interface.kinds[kind] ?? 'signal';
  return actorError(
    'TROUPE_MAILBOX_FULL',
    `Expected room on the way to ${ref} for '${name}', got a full lane to node ${ref.node}. Await ref.room() before the next.`,
    {
      target: ref.toString(),
      kind: name,
      payload,
    },
  );
}

function cycle(ref: ActorRef, pending: PendingAsk, path: readonly string[]): Error {
  return actorError(
    'TROUPE_ASK_CYCLE',
    `Expected an actor that does not wait for this answer itself, got ${ref}, asked for '${pending.kindName}': ${path.join(' → ')}. Use tell, or put the data into the first question.`,
    { path, target: ref.toString(), kind: pending.kindName },
  );
}

export function revoked(): Error {
  return actorError(
    'TROUPE_REVOKED',
    'Expected a running incarnation, got one that has ended, or was revoked because it did not stop in time: what it still does is dropped. Await what a handler starts, and watch ctx.signal in long ones.',
  );
}
