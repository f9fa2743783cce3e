/** Where a core's durable records go. Each member of a group has a storage of its own. */

import { type Core, type CoreShape, clonePlain } from '@troupe/protocol';

/** Serves one incarnation of one member: `load` once, first; then any number of `append`; then `close`. */
export interface CoreStorage<S extends CoreShape> {
  /**
   * What the records outlive. Those kept in a `thread` end with it: a member that has promised something, and comes back
   * on a restarted node without its records, is not started (`TROUPE_CORE_STORAGE_LOST`).
   */
  readonly lifetime: 'thread' | 'disk';
  /** The fold of what survives of earlier incarnations; undefined where there is nothing. */
  load(): S['Durable'] | undefined | Promise<S['Durable'] | undefined>;
  /**
   * Appends records in order, as a group. Resolves once all, and all before them, would survive what `lifetime` says;
   * rejects where they may not: then some of them, from the first on, may yet survive. Gives nothing where they would
   * already. It is not called again before that: what is persisted meanwhile makes the next group, and one sync serves them all.
   *
   * Records may be replaced by their fold at any time.
   */
  append(records: readonly S['Record'][]): Promise<void> | undefined;
  /** The incarnation has ended. Nothing is appended any more; what is under way may still be. Not called where it was killed. */
  close?(): void | Promise<void>;
}

/** Records that `memoryStorage` keeps before it folds them into one durable state. */
const UNFOLDED_MAX = 1_024;

/**
 * Keeps records in the heap of the node's thread: they outlive a restart of the actor, and not the end of its node. They
 * are kept as they are: neither a core nor its fold changes what it has handed out.
 * A core whose promises must outlive that needs a storage on disk.
 */
export function memoryStorage<S extends CoreShape>(core: Core<S>): CoreStorage<S> {
  let folded: S['Durable'] | undefined;
  let records: S['Record'][] = [];
  const foldAll = () => {
    for (const record of records) folded = core.fold?.(folded, record);
    records = [];
  };
  return {
    lifetime: 'thread',
    load() {
      foldAll();
      return clonePlain(folded);
    },
    append(group) {
      for (const record of group) records.push(record);
      if (records.length >= UNFOLDED_MAX) foldAll();
      return undefined;
    },
  };
}
