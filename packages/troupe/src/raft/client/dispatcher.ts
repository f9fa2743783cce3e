/**
 * Sends what waits to the leader, in batches: what was asked for in one turn goes as one request, and several may be under
 * way. A batch that was refused, or whose end is not known, goes again, to whoever leads then; when another is heard to
 * lead, at once, without waiting for the former: it may hang. So whatever goes this way must be safe to repeat.
 *
 * Bounds: `OUTSTANDING_MAX` under way; `WAITING_MAX` behind them, and one more is refused.
 */
import type { NodeId } from '@troupe/protocol';
import type { RaftReply, RaftRequest } from '@troupe/raft';
import { raftError } from '../errors.ts';
import type { Members } from './members.ts';
import { refusalError } from './refusals.ts';

/** Within what a session keeps replies for. */
export const OUTSTANDING_MAX = 8_192;
export const WAITING_MAX = 65_536;
/** Few enough that the members work on one batch while the next is being sent, and the replies of another read. */
const BATCH_MAX = 128;
/** @units bytes */
const BATCH_BYTES_MAX = 1 << 20;
/** One attempt. The news of another leader ends it earlier. */
const ATTEMPT_MILLISECONDS = 5_000;
const PAUSE_MILLISECONDS = 10;
const SWEEP_MILLISECONDS = 20;

export interface RequestOptions {
  /** Milliseconds. Default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export const TIMEOUT_DEFAULT = 10_000;

/** One call that waits for its end. */
export interface Pending {
  readonly bytes: number;
  readonly deadline: number;
  isSettled: boolean;
  isUnderWay: boolean;
  /** An attempt ended without saying whether it was done. */
  isUnsure: boolean;
  /** How the last attempt ended. */
  last: unknown;
  fail(error: unknown): void;
}

export interface Work<P extends Pending> {
  /** Whether anything may be sent yet. */
  isReady(): boolean;
  /** May take some of them out: what is then left is sent. */
  requestOf(items: readonly P[]): RaftRequest;
  /** What the leader answered. False: it is to go again. */
  done(item: P, reply: RaftReply, at: number): boolean;
  /** Whether a repeated request might have an effect that its caller must learn of. */
  readonly hasEffects: boolean;
}

interface Batch<P> {
  readonly to: NodeId;
  readonly items: readonly P[];
  isGivenUp: boolean;
}

export class Dispatcher<P extends Pending> {
  private readonly members: Members;
  private readonly work: Work<P>;
  private waiting: P[] = [];
  private readonly underWay = new Set<Batch<P>>();
  private outstanding = 0;
  private isScheduled = false;
  private pause: NodeJS.Timeout | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private ending: unknown;

  constructor(members: Members, work: Work<P>) {
    this.members = members;
    this.work = work;
    members.onLeader((leader) => this.turnTo(leader));
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.underWay.size === 0;
  }

  /** @throws TROUPE_RAFT_OVERLOADED, TROUPE_RAFT_CLOSED */
  add(item: P): void {
    if (this.ending !== undefined) throw this.ending;
    if (this.waiting.length >= WAITING_MAX)
      throw raftError(
        'TROUPE_RAFT_OVERLOADED',
        `Expected at most ${WAITING_MAX} requests that wait at this handle, got one more. Await some before the next.`,
      );
    this.waiting.push(item);
    this.schedule();
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MILLISECONDS).unref();
  }

  /** What is added in this turn goes together. */
  schedule(): void {
    if (this.isScheduled || this.pause !== undefined || this.ending !== undefined) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  close(error: unknown): void {
    this.ending = error;
    clearTimeout(this.pause);
    clearInterval(this.sweeper);
    for (const item of this.all()) this.end(item, error);
  }

  private flush(): void {
    while (this.pause === undefined && this.outstanding < OUTSTANDING_MAX && this.work.isReady()) {
      const items = this.take();
      if (items.length === 0) return;
      this.send(items);
    }
  }

  private take(): P[] {
    const items: P[] = [];
    let bytes = 0;
    let taken = 0;
    for (const item of this.waiting) {
      if (items.length >= BATCH_MAX || (items.length > 0 && bytes + item.bytes > BATCH_BYTES_MAX)) break;
      taken++;
      if (item.isSettled) continue;
      items.push(item);
      bytes += item.bytes;
    }
    this.waiting = taken === this.waiting.length ? [] : this.waiting.slice(taken);
    return items;
  }

  private send(items: readonly P[]): void {
    const batch: Batch<P> = { to: this.members.target(), items, isGivenUp: false };
    this.underWay.add(batch);
    this.outstanding += items.length;
    for (const item of items) item.isUnderWay = true;
    const request = this.work.requestOf(items);
    void this.members.ask(batch.to, request, ATTEMPT_MILLISECONDS).then((outcome) => {
      if (outcome.kind !== 'replied') return this.missed(batch, outcome.error, outcome.kind === 'unknown', null);
      const { reply } = outcome;
      if (reply.kind === 'refused') {
        const error = refusalError(reply, batch.to);
        if (error !== undefined && !batch.isGivenUp) return this.failed(batch, error);
        return this.missed(batch, reply, false, reply.leader);
      }
      if (reply.kind === 'outcome-unknown') return this.missed(batch, reply, true, reply.leader);
      this.answered(batch, reply);
    });
  }

  private answered(batch: Batch<P>, reply: RaftReply): void {
    this.giveUp(batch);
    const again = batch.items.filter((item, at) => !item.isSettled && !this.work.done(item, reply, at));
    if (again.length > 0) this.goAgain(again, false);
    this.schedule();
  }

  private failed(batch: Batch<P>, error: Error): void {
    this.giveUp(batch);
    for (const item of batch.items) if (!item.isSettled) item.fail(error);
    this.schedule();
  }

  private missed(batch: Batch<P>, last: unknown, isUnsure: boolean, leader: NodeId | null): void {
    if (batch.isGivenUp) return;
    this.giveUp(batch);
    this.members.missed(batch.to, leader);
    for (const item of batch.items) item.last = last;
    this.goAgain(batch.items, isUnsure);
    // One that leads is asked at once; else it takes a moment until there is one.
    if (this.members.leader !== null && this.members.leader !== batch.to) this.schedule();
    else this.wait();
  }

  /** Another leads: what the former has not answered goes there. Should it have been done, its session knows. */
  private turnTo(leader: NodeId): void {
    for (const batch of [...this.underWay]) {
      if (batch.to === leader) continue;
      this.giveUp(batch);
      this.goAgain(batch.items, true);
    }
    clearTimeout(this.pause);
    this.pause = undefined;
    this.schedule();
  }

  private giveUp(batch: Batch<P>): void {
    if (batch.isGivenUp) return;
    batch.isGivenUp = true;
    this.underWay.delete(batch);
    this.outstanding -= batch.items.length;
    for (const item of batch.items) item.isUnderWay = false;
  }

  private goAgain(items: readonly P[], isUnsure: boolean): void {
    const left = items.filter(({ isSettled }) => !isSettled);
    if (isUnsure) for (const item of left) item.isUnsure = true;
    this.waiting = [...left, ...this.waiting];
  }

  private wait(): void {
    this.pause ??= setTimeout(() => {
      this.pause = undefined;
      this.schedule();
    }, PAUSE_MILLISECONDS);
  }

  private *all(): Generator<P> {
    yield* this.waiting;
    for (const { items } of this.underWay) yield* items;
  }

  private sweep(): void {
    const now = performance.now();
    for (const item of this.all()) if (!item.isSettled && item.deadline <= now) this.end(item, undefined);
    if (!this.isIdle) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  }

  /** Fails it. Without an error: its time is over. */
  end(item: P, error: unknown): void {
    if (item.isSettled) return;
    if (this.work.hasEffects && (item.isUnsure || item.isUnderWay)) item.fail(outcomeUnknown(error, item.last));
    else item.fail(error ?? notInTime(item.last));
  }
}

function outcomeUnknown(error: unknown, last: unknown): Error {
  const why = error instanceof Error ? error.message : 'Its time is over.';
  return raftError(
    'TROUPE_RAFT_OUTCOME_UNKNOWN',
    `Expected an answer to what was proposed, got none. ${why} It may have been done, or may yet be: read before you repeat it.`,
    { last: saidBy(last) },
    error,
  );
}

function notInTime(last: unknown): Error {
  const said = saidBy(last);
  const reason = (last as { reason?: unknown } | undefined)?.reason;
  if (reason === 'disk-failed')
    return raftError('TROUPE_RAFT_DISK_FAILED', `Expected a leader whose disk writes, got none in time. ${said}`, {
      last: said,
    });
  if (reason === 'too-many-outstanding')
    return raftError('TROUPE_RAFT_OVERLOADED', `Expected room at the leader, got none in time. ${said}`, {
      last: said,
    });
  return raftError(
    'TROUPE_RAFT_NO_LEADER',
    `Expected a leader to take the request in time, got none; nothing of it was done. ${said} Look at handle.status(): a quorum must run.`,
    { last: said },
    last instanceof Error ? last : undefined,
  );
}

function saidBy(last: unknown): string {
  if (last === undefined) return 'No member was asked yet.';
  if (last instanceof Error) return `The last attempt ended with: ${last.message}`;
  const { reason, detail } = last as { reason?: string; detail?: string };
  return `The last attempt ended with: ${reason ?? 'an unknown outcome'}${detail === undefined ? '' : ` (${detail})`}.`;
}
