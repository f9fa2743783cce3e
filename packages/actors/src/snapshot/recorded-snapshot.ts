/**
 * A snapshot as its nodes recorded it: in bytes, which are what is kept and written to files. What they say is read when
 * somebody looks, so a snapshot that is taken every second and never looked into costs little but its copying.
 */

import type { ChildPolicy } from '../supervision/policy.ts';
import { type Contents, readContents } from './read-recorded.ts';
import type { Piece } from './record-writer.ts';
import type { DefinitionSnapshot, NodeSnapshot, SYSTEM_SNAPSHOT_VERSION, SystemSnapshot } from './system-snapshot.ts';

export interface RecordedSnapshot {
  readonly kind: 'system-snapshot';
  readonly version: typeof SYSTEM_SNAPSHOT_VERSION;
  readonly id: string;
  readonly takenAt: number;
  /** Of all nodes that there were, by index. */
  readonly names: readonly string[];
  /** The id of the actor of the program's node that stands above all that the program starts. */
  readonly root: number;
  /** Of each actor that has no other. */
  readonly policy: ChildPolicy;
  readonly nodes: readonly RecordedNode[];
}

export interface RecordedNode extends NodeSnapshot {
  /** By the numbers that its records use. */
  readonly definitions: readonly DefinitionSnapshot[];
  readonly pieces: readonly Piece[];
}

/** Of those values that were made of what was recorded. */
const origins = new WeakMap<SystemSnapshot, RecordedSnapshot>();

/** What it is that the value was made of; undefined where a program has made the value itself. */
export const originOf = (snapshot: SystemSnapshot): RecordedSnapshot | undefined => origins.get(snapshot);

/** @throws (where it is looked into) TROUPE_SNAPSHOT_INVALID */
export function snapshotOf(recorded: RecordedSnapshot): SystemSnapshot {
  const { kind, version, id, takenAt } = recorded;
  let read: Contents | undefined;
  const contents = (): Contents => (read ??= readContents(recorded));
  const snapshot: SystemSnapshot = {
    kind,
    version,
    id,
    takenAt,
    nodes: recorded.nodes.map(({ name, lastId }) => ({ name, lastId })),
    get definitions() {
      return contents().definitions;
    },
    get actors() {
      return contents().actors;
    },
    get channels() {
      return contents().channels;
    },
    get suspended() {
      return contents().suspended;
    },
  };
  origins.set(snapshot, recorded);
  return snapshot;
}
