/** Starts the members of a cluster, each an actor on a node of the system, and gives a handle to them. */
import { memberName, mustHaveOnly, type Ref, type System } from '@troupe/actors';
import { type NodeId, nodeId } from '@troupe/protocol';
import { writeIdentity } from './bootstrap.ts';
import { listening, RaftListener } from './client/listener.ts';
import type { RaftDefinition } from './define-raft.ts';
import { RaftHandle } from './handle.ts';
import { placeOf } from './store/places.ts';

/** In the memory of each member's thread, which ends with it; or in volumes below a directory. */
export type StorageOption = 'memory' | { readonly directory: string };

/** Node names, of which each is the member of that name; or by member, the node that it runs on. */
export type NodesOption = readonly string[] | Readonly<Record<string, string>>;

export interface StartOptions<Command, Query, Result, Answer> {
  readonly machine: RaftDefinition<Command, Query, Result, Answer>;
  readonly nodes: NodesOption;
  readonly storage: StorageOption;
  /** Names the cluster, in the system and in its stores. Default: the definition's name. */
  readonly cluster?: string;
}

const OPTIONS = ['machine', 'nodes', 'storage', 'cluster'];

/**
 * Starts a cluster. In memory it begins anew; on disk it goes on from stores that `bootstrap` has made, and from nothing else.
 *
 * @throws (rejects) TROUPE_OPTION_INVALID, TROUPE_RAFT_STORE_MISSING, TROUPE_RAFT_FOREIGN_STORE, TROUPE_RAFT_STORE_DAMAGED, TROUPE_STORAGE_…; as `spawn` does
 */
export async function start<Command, Query, Result, Answer>(
  system: System,
  options: StartOptions<Command, Query, Result, Answer>,
): Promise<RaftHandle<Command, Query, Result, Answer>> {
  mustHaveOnly('raft.start', options, OPTIONS);
  const { machine, nodes, storage, cluster = machine.name } = options;
  const placed = placedNodes(nodes);
  const members = [...placed.keys()];
  const place = (self: NodeId) => (storage === 'memory' ? null : placeOf(storage.directory, cluster, self));
  let handle: RaftHandle<Command, Query, Result, Answer> | undefined;
  const listenerId = listening((event) => handle?.told(event) ?? []);
  const listener = await system.spawn(RaftListener, listenerId, { node: 'main' });
  const started = new RaftHandle<Command, Query, Result, Answer>({
    system,
    name: cluster,
    listener: listener as never,
    listenerId,
    commandBytesMax: machine.commandBytesMax,
    sessionLifetime: machine.sessionLifetime,
    tickMilliseconds: machine.settings.tickMilliseconds,
    async startMember(self, node, isNew) {
      const its = place(self);
      if (isNew && its !== null) await writeIdentity(its, [], machine.settings.openVolume);
      const core = { ...machine.settings.raft, self, nodes: isNew ? [] : members, cluster, place: its };
      const start = { group: cluster, options: core, subscriber: listener as unknown as Ref<never> };
      return (await system.spawn(machine.core, start, {
        node,
        name: memberName(cluster, self),
        // One that fails again and again must not take the system with it.
        backoff: { min: 1_000, max: 30_000, factor: 2, jitter: 0.2 },
      })) as never;
    },
  });
  handle = started;
  try {
    // All are waited for: one that is still being spawned when another fails would be left alive.
    const spawned = await Promise.allSettled([...placed].map(([self, node]) => started.start(self, node, false)));
    for (const outcome of spawned) if (outcome.status === 'rejected') throw outcome.reason;
    for (const self of members) {
      const error = await started.whyNotStarted(self);
      if (error !== undefined) throw error;
    }
    return started;
  } catch (error) {
    await started.close();
    throw error;
  }
}

function placedNodes(nodes: NodesOption): ReadonlyMap<NodeId, string> {
  const pairs = Array.isArray(nodes) ? nodes.map((name) => [name, name] as const) : Object.entries(nodes);
  return new Map(pairs.map(([self, node]) => [nodeId(self), node]));
}
