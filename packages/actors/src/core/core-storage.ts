/** Where a core's durable records go. Each member of a group has a storage of its own. */

import { type Core, type CoreShape, clonePlain } from '@troupe/protocol';

export interface CoreStorage<S extends CoreShape> {
  /** The fold of what survives of earlier incarnations; undefined where there is nothing. Called once an incarnation, first. */
  load(): S['Durable'] | undefined | Promise<S['Durable'] | undefined>;
  /**
   * Appends in the order of the calls. Resolves once this record, and every one before it, would survive a crash;
   * rejects where it may not. Outcomes come in the order of the calls.
   */
  append(record: S['Record']): Promise<void>;
}

/** Records that `memoryStorage` keeps before it folds them into one durable state. */
const UNFOLDED_MAX = 1_024;

/**
 * Keeps records in the heap of the node's thread: they outlive a restart of the actor, and not the end of its node.
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
    load() {
      foldAll();
      return clonePlain(folded);
    },
    append(record) {
      records.push(clonePlain(record));
      if (records.length >= UNFOLDED_MAX) foldAll();
      return Promise.resolve();
    },
  };
}
