/** Linearizable reads: those of one turn share a request, and go again until they are answered. */
import type { RaftReply, ReadConsistency } from '@troupe/raft';
import { raftError } from '../errors.ts';
import type { MemberAnswer, MemberQuery } from '../member-machine.ts';
import { Dispatcher, type Pending, type RequestOptions, TIMEOUT_DEFAULT } from './dispatcher.ts';
import type { Members } from './members.ts';
import { cancelled } from './proposer.ts';

/** A read is small; what it is answered with is the machine's to bound. @units bytes */
const QUERY_BYTES = 256;

interface PendingRead extends Pending {
  readonly query: MemberQuery<unknown>;
  succeed(answer: MemberAnswer<unknown>): void;
}

export class Reader {
  private readonly reads: Dispatcher<PendingRead, MemberAnswer<unknown>>;

  constructor(members: Members, consistency: ReadConsistency) {
    this.reads = new Dispatcher(members, {
      isReady: () => true,
      requestOf: (items) => ({
        request: { kind: 'read', queries: items.map(({ query }) => query), consistency },
        items,
      }),
      answersIn,
      done: (item, answer) => {
        if (answer === undefined) return false;
        item.succeed(answer);
        return true;
      },
      hasEffects: false,
    });
  }

  /** @throws (rejects) */
  read(
    query: MemberQuery<unknown>,
    { timeout = TIMEOUT_DEFAULT, signal }: RequestOptions,
  ): Promise<MemberAnswer<unknown>> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        item.isSettled = true;
        signal?.removeEventListener('abort', abort);
      };
      const item: PendingRead = {
        query,
        bytes: QUERY_BYTES,
        deadline: performance.now() + timeout,
        isSettled: false,
        isUnderWay: false,
        isUnsure: false,
        last: undefined,
        succeed(answer) {
          settle();
          resolve(answer);
        },
        fail(error) {
          settle();
          reject(error);
        },
      };
      const abort = (): void => this.reads.end(item, cancelled(signal));
      if (signal?.aborted === true) return reject(cancelled(signal));
      this.reads.add(item);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  close(error: unknown): void {
    this.reads.close(error);
  }
}

function answersIn(reply: RaftReply): readonly MemberAnswer<unknown>[] {
  if (reply.kind === 'read') return reply.answers as readonly MemberAnswer<unknown>[];
  throw new TypeError(`Expected 'read', got '${reply.kind}'.`);
}

/** @throws TROUPE_RAFT_QUERY_FAILED */
export function answerOf(answer: MemberAnswer<unknown>): unknown {
  if (answer.kind === 'answer') return answer.answer;
  const said = answer.kind === 'failed' ? answer.message : answer.kind;
  throw raftError('TROUPE_RAFT_QUERY_FAILED', `Expected the machine to answer the query, got an error: ${said}`);
}
