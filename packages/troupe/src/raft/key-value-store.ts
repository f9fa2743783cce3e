/** A replicated key-value store as its users see it: a handle whose machine is `keyValue()`, by methods. */
import type { Ticks } from '@troupe/protocol';
import type {
  Expectation,
  KeyValueAnswer,
  KeyValueChange,
  KeyValueCommand,
  KeyValueEntry,
  KeyValueQuery,
  KeyValueResult,
} from '@troupe/raft';
import type { RequestOptions } from './client/dispatcher.ts';
import { raftError } from './errors.ts';
import type { RaftHandle, ReadOptions } from './handle.ts';

export type KeyValueHandle = RaftHandle<KeyValueCommand, KeyValueQuery, KeyValueResult, KeyValueAnswer>;

/** A prefix, or from a key up to but without another; without any, all. */
export interface KeyRange {
  readonly prefix?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface PutOptions extends RequestOptions {
  /** The key goes when this lease ends. */
  readonly lease?: number;
}

export interface WatchOptions extends KeyRange {
  /** The revision to go on from. Default: what comes from now on. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** Between two looks for changes, and between two looks whether leases must end. @units milliseconds */
const WATCH_MILLISECONDS = 10;
const LEASES_MILLISECONDS = 1_000;

export class KeyValueStore implements Disposable {
  readonly handle: KeyValueHandle;
  private readonly passing: NodeJS.Timeout;

  constructor(handle: KeyValueHandle) {
    this.handle = handle;
    // Log time stands still where nobody writes; while there are leases, it must go on.
    this.passing = setInterval(() => void this.passTime().catch(() => {}), LEASES_MILLISECONDS).unref();
  }

  /** @returns its revision @throws (rejects) TROUPE_RAFT_REFUSED; as `propose` */
  async put(key: string, value: unknown, { lease, ...options }: PutOptions = {}): Promise<number> {
    return (await this.told({ kind: 'put', key, value, lease }, 'put', options)).revision;
  }

  /** By default linearizable. @throws (rejects) as `read` */
  async get(key: string, options?: ReadOptions): Promise<KeyValueEntry | null> {
    return (await this.asked({ kind: 'get', key }, 'entry', options)).entry;
  }

  /** @returns null where there was no such key @throws (rejects) TROUPE_RAFT_REFUSED; as `propose` */
  async delete(key: string, options?: RequestOptions): Promise<number | null> {
    return (await this.told({ kind: 'delete', key }, 'deleted', options)).revision;
  }

  /** @returns the revision of the change, or null, and what was found @throws (rejects) TROUPE_RAFT_REFUSED; as `propose` */
  async compareAndSet(
    key: string,
    expected: Expectation,
    value: unknown,
    { lease, ...options }: PutOptions = {},
  ): Promise<{ readonly revision: number | null; readonly found: KeyValueEntry | null }> {
    return await this.told({ kind: 'compare-and-set', key, expected, value, lease }, 'compared', options);
  }

  /** @throws (rejects) TROUPE_RAFT_REFUSED; as `propose` */
  async compareAndDelete(
    key: string,
    expected: Expectation,
    options?: RequestOptions,
  ): Promise<{ readonly revision: number | null; readonly found: KeyValueEntry | null }> {
    return await this.told({ kind: 'compare-and-delete', key, expected }, 'compared', options);
  }

  /** One part of a range; where it does not end, `next` is where to go on from. @throws (rejects) TROUPE_RAFT_REFUSED; as `read` */
  async range(
    range: KeyRange & { readonly limit?: number } = {},
    options?: ReadOptions,
  ): Promise<{ readonly entries: readonly KeyValueEntry[]; readonly next: string | null; readonly revision: number }> {
    const { from = '', to } = bounds(range);
    return await this.asked({ kind: 'range', from, to, limit: range.limit }, 'range', options);
  }

  /**
   * Every change, in order, as it is committed, from a revision on. It looks at some member's copy again and again; so it
   * goes on whoever leads. It ends with its signal, or where the loop over it does.
   *
   * @throws (rejects) TROUPE_RAFT_COMPACTED; as `read`
   */
  async *watch({ after, signal, ...range }: WatchOptions = {}): AsyncGenerator<KeyValueChange, void> {
    const { from, to } = bounds(range);
    let seen = after ?? (await this.range({ limit: 1 })).revision;
    while (signal?.aborted !== true) {
      const query = { kind: 'changes', after: seen, from, to } as const;
      const answer = await this.handle.read(query, { consistency: 'stale' });
      if (answer.kind === 'compacted')
        throw raftError(
          'TROUPE_RAFT_COMPACTED',
          `Expected the changes since revision ${seen}, got those since ${answer.oldest} alone. Read the range anew, and watch from its revision.`,
          { after: seen, oldest: answer.oldest },
        );
      if (answer.kind !== 'changes') throw refused(answer);
      seen = answer.after;
      yield* answer.changes;
      if (answer.changes.length === 0) await new Promise((resolve) => setTimeout(resolve, WATCH_MILLISECONDS));
    }
  }

  /** @returns its id @throws (rejects) TROUPE_RAFT_REFUSED; as `propose` */
  async grantLease(milliseconds: number, options?: RequestOptions): Promise<number> {
    const ticks = Math.ceil(milliseconds / this.handle.tickMilliseconds) as Ticks;
    return (await this.told({ kind: 'grant-lease', ticks }, 'lease-granted', options)).lease;
  }

  /** @throws (rejects) TROUPE_RAFT_REFUSED where it has ended; as `propose` */
  async renewLease(lease: number, options?: RequestOptions): Promise<void> {
    await this.told({ kind: 'renew-lease', lease }, 'lease-renewed', options);
  }

  /** Ends it, and with it its keys. @throws (rejects) as `propose` */
  async revokeLease(lease: number, options?: RequestOptions): Promise<void> {
    await this.told({ kind: 'revoke-lease', lease }, 'lease-revoked', options);
  }

  /** The handle stays open. */
  [Symbol.dispose](): void {
    clearInterval(this.passing);
  }

  private async passTime(): Promise<void> {
    const { count } = await this.asked({ kind: 'leases' }, 'leases', { consistency: 'stale' });
    if (count > 0) await this.handle.propose({ kind: 'pass-time' });
  }

  private async told<K extends KeyValueResult['kind']>(
    command: KeyValueCommand,
    kind: K,
    options?: RequestOptions,
  ): Promise<Extract<KeyValueResult, { kind: K }>> {
    const result = await this.handle.propose(command, options);
    if (result.kind !== kind) throw refused(result);
    return result as Extract<KeyValueResult, { kind: K }>;
  }

  private async asked<K extends KeyValueAnswer['kind']>(
    query: KeyValueQuery,
    kind: K,
    options?: ReadOptions,
  ): Promise<Extract<KeyValueAnswer, { kind: K }>> {
    const answer = await this.handle.read(query, options);
    if (answer.kind !== kind) throw refused(answer);
    return answer as Extract<KeyValueAnswer, { kind: K }>;
  }
}

/** A prefix ends before the first key that is above all that begin with it. */
function bounds({ prefix, from, to }: KeyRange): { from: string | undefined; to: string | undefined } {
  if (prefix === undefined) return { from, to };
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix.charCodeAt(length - 1);
    if (last < 0xffff) return { from: prefix, to: prefix.slice(0, length - 1) + String.fromCharCode(last + 1) };
  }
  return { from: prefix, to: undefined };
}

function refused(got: { readonly kind: string; readonly reason?: string; readonly detail?: string }): Error {
  const message = got.detail ?? `Expected the key-value machine to do it, got '${got.kind}'.`;
  return raftError('TROUPE_RAFT_REFUSED', message, { reason: got.reason ?? got.kind });
}
