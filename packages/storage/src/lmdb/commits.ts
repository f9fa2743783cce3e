/**
 * How the batches of a volume become durable. A sync is one append to the journal. LMDB is the checkpoint: it gets all that
 * was written since the last one in one transaction, in the background, when a file of the journal is full. So entries come
 * to it in large blocks, and those that were compacted meanwhile never do.
 *
 * A commit of LMDB is durable, too. It serves the sync where the journal does not: for the first ones of an opening, until
 * its journal is made, and the one that names it; for batches that no file would hold; and where the disk has no room for a
 * journal, until the volume is opened again.
 */

import { batchBytes, type JournalBatch } from '../journal/batch-codec.ts';
import { appendBytes, Journal, removeJournals } from '../journal/journal.ts';
import type { StoreBatch } from '../store.ts';
import { diskFailed, diskFull, volumeEnded } from '../volume-errors.ts';
import { hadNoRoom } from './disk-errors.ts';
import type { Environment } from './environment.ts';
import type { LmdbStore, Taken } from './lmdb-store.ts';
import { FENCE_KEY, VOLUME_KEY, volumeRecord } from './record.ts';

/** Flushes before a journal is made: a volume that is only opened, changed a little and closed needs none. */
const FLUSHES_BEFORE_JOURNAL = 8;

export interface CommitParts {
  readonly path: string;
  readonly owner: string;
  readonly environment: Environment;
  /** Of this opening. A newer one makes every transaction of this one void. */
  readonly epoch: number;
}

export class Commits {
  private readonly parts: CommitParts;
  /** Number of the last batch that was written. */
  private sequence = 0;
  /** Written, and not durable. */
  private batches: JournalBatch[] = [];
  /** Stores with batches that LMDB does not have, and bytes of these. */
  private dirty = new Set<LmdbStore>();
  private dirtyBytes = 0;
  private flushes = 0;
  private making: Promise<void> | undefined;
  private isMaking = false;
  private journal: Journal | undefined;
  /** LMDB says that the journal goes on from it. */
  private isNamed = false;
  private checkpointing: Promise<void> | undefined;
  /** Number of the last batch that LMDB has. */
  private checkpointed = 0;
  private failure: unknown;

  constructor(parts: CommitParts) {
    this.parts = parts;
  }

  get hasMore(): boolean {
    return this.batches.length > 0;
  }

  /** A batch took effect in memory. @param create the name of a store that is new */
  add(store: LmdbStore, batch: StoreBatch, create?: string): void {
    const added: JournalBatch = { store: store.id, batch, ...(create !== undefined && { create }) };
    this.batches.push(added);
    this.noteDirty(store, added);
  }

  /** A batch that was found in the journal of an earlier opening, and took effect in memory. */
  addFound(store: LmdbStore, found: JournalBatch): void {
    this.noteDirty(store, found);
  }

  /**
   * Makes durable what was added before. One at a time.
   *
   * @throws TROUPE_STORAGE_FULL, after which all is as before; TROUPE_STORAGE_FAILED, TROUPE_STORAGE_REVOKED for good
   */
  async flush(): Promise<void> {
    const { batches } = this;
    const last = this.sequence;
    this.batches = [];
    try {
      this.checkFailure();
      if (++this.flushes === FLUSHES_BEFORE_JOURNAL) void this.prepare();
      if (!(await this.append(batches, last))) await this.checkpointInstead();
    } catch (error) {
      this.batches = batches.concat(this.batches);
      throw error;
    }
  }

  /** All that was added is in LMDB once that resolves. What was added before the call and nothing else, where none is under way. */
  checkpoint(): Promise<void> {
    const before = this.checkpointing;
    const own = before === undefined ? this.commit() : before.catch(() => {}).then(() => this.commit());
    const done = own.finally(() => {
      if (this.checkpointing === done) this.checkpointing = undefined;
    });
    this.checkpointing = done;
    return done;
  }

  /** Makes the journal, unless it is made, or there was no room for one. */
  prepare(): Promise<void> {
    this.making ??= this.make();
    return this.making;
  }

  /** LMDB has all there is, and the journal goes; where that can't be, the next opening finds it in the journal. */
  async finish(): Promise<void> {
    await this.making;
    await this.checkpointing?.catch(() => {});
    const { journal } = this;
    this.journal = undefined;
    if (journal === undefined) return;
    journal.close();
    if (this.failure !== undefined) return;
    try {
      if (this.isNamed) await this.checkpoint();
      removeJournals(this.parts.path, this.parts.epoch + 1);
    } catch {
      // It stands in for what LMDB has not.
    }
  }

  private async make(): Promise<void> {
    const { path, epoch } = this.parts;
    this.isMaking = true;
    try {
      this.journal = await Journal.make(path, epoch);
    } catch (error) {
      if (!(await hadNoRoom(error, path, 0))) this.failed(diskFailed(path, error));
    } finally {
      this.isMaking = false;
    }
  }

  private noteDirty(store: LmdbStore, batch: JournalBatch): void {
    this.sequence++;
    this.dirty.add(store);
    this.dirtyBytes += batchBytes(batch);
  }

  /** False where the journal can't serve these. */
  private async append(batches: readonly JournalBatch[], last: number): Promise<boolean> {
    const { journal } = this;
    const bytes = appendBytes(batches);
    if (journal === undefined || !this.isNamed || bytes === undefined) return false;
    if (!journal.hasRoom(bytes)) await this.turn(journal);
    try {
      await journal.append(batches, last - batches.length + 1, bytes);
    } catch (error) {
      // A file system that does not write in place may find no room. Nothing may come after a record that is not whole.
      if (!(await hadNoRoom(error, this.parts.path, 0))) throw this.failed(diskFailed(this.parts.path, error));
      journal.close();
      this.journal = undefined;
      return false;
    }
    if (journal.isTaken()) throw this.failed(volumeEnded(this.parts.path, 'TROUPE_STORAGE_REVOKED'));
    return true;
  }

  /** The full file may be written anew once a checkpoint, from here on, has all of it. */
  private async turn(journal: Journal): Promise<void> {
    if (this.checkpointed < journal.turnsAfter) await (this.checkpointing ?? this.checkpoint());
    if (this.checkpointed < journal.turnsAfter) await this.checkpoint();
    journal.turn();
    // Those who wait for this append come first. If the disk is full, the next turn finds out; any other failure is that of
    // the next flush.
    setImmediate(() => {
      if (this.journal === journal && this.checkpointed < journal.turnsAfter) this.checkpoint().catch(() => {});
    });
  }

  /** A journal that is being made may have taken the last room, and give it back. */
  private async checkpointInstead(): Promise<void> {
    const { isMaking } = this;
    try {
      await this.checkpoint();
    } catch (error) {
      if (!isMaking || this.failure !== undefined) throw error;
      await this.making;
      await this.checkpoint();
    }
  }

  private async commit(): Promise<void> {
    this.checkFailure();
    const { sequence, dirty: stores, dirtyBytes: bytes, journal } = this;
    const { environment, epoch, owner, path } = this.parts;
    this.dirty = new Set();
    this.dirtyBytes = 0;
    let taken: Taken[] = [];
    try {
      const isOurs = await environment.commitIf(FENCE_KEY, epoch, (out) => {
        taken = Array.from(stores, (store) => store.collect(out));
        out.put(VOLUME_KEY, volumeRecord(owner, journal === undefined ? null : { epoch, sequence }));
      });
      if (!isOurs) throw this.failed(volumeEnded(path, 'TROUPE_STORAGE_REVOKED'));
    } catch (error) {
      if (this.failure !== undefined) throw this.failure;
      const cause = await reasonOf(error);
      if (!(await hadNoRoom(cause, path, bytes))) throw this.failed(diskFailed(path, cause));
      // A transaction that found no room has changed nothing.
      for (const each of taken) {
        each.store.giveBack(each);
        this.dirty.add(each.store);
      }
      this.dirtyBytes += bytes;
      throw diskFull(path, cause);
    }
    for (const each of taken) each.store.settle(each);
    this.checkpointed = sequence;
    this.isNamed = journal !== undefined;
  }

  /** After it nothing is sure any more. */
  private failed(error: unknown): unknown {
    this.failure ??= error;
    return this.failure;
  }

  private checkFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

/** lmdb-js rejects with an error of its own, and puts LMDB's into a promise in it. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (reason: unknown) => reason,
  );
}
