/** Starts a group of members of one core, each where its program says. */

import type { NodeId } from '@troupe/protocol';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';
import type { OwnedRef, Ref } from '../ref.ts';
import type { SpawnOptions } from '../spawn-options.ts';
import type { CoreDefinition, CoreProtocol, CoreStart, CoreSubscriber, GroupShape } from './define-core.ts';
import { memberName } from './peer-table.ts';

export interface GroupOptions<S extends GroupShape> {
  /** Unique in the system: members are named `group/id`. */
  readonly group: string;
  /** The members' ids, and where each is placed. */
  readonly members: Readonly<Record<string, Omit<SpawnOptions, 'name'>>>;
  /** What the core is given besides `self` and `nodes`. */
  readonly options: Omit<S['Options'], 'self' | 'nodes'>;
  readonly subscriber?: Ref<CoreSubscriber<S>>;
}

const GROUP: { readonly [K in keyof Required<GroupOptions<GroupShape>>]: true } = {
  group: true,
  members: true,
  options: true,
  subscriber: true,
};

/**
 * Spawns every member of a group, or none. Members find one another by themselves.
 *
 * @throws (rejects) as `spawn` does
 */
export async function spawnGroup<S extends GroupShape>(
  spawner: {
    spawn(
      definition: CoreDefinition<S>,
      start: CoreStart<S>,
      options: SpawnOptions,
    ): Promise<OwnedRef<CoreProtocol<S>>>;
  },
  definition: CoreDefinition<S>,
  of: GroupOptions<S>,
): Promise<ReadonlyMap<NodeId, OwnedRef<CoreProtocol<S>>>> {
  mustBeObject('the options of a group', of);
  mustHaveOnly('a group', of, Object.keys(GROUP));
  const { group, members, options, subscriber } = of;
  checkGroupName(group);
  mustBeObject('the members of a group', members);
  const nodes = Object.keys(members) as NodeId[];
  const spawned = nodes.map(async (self) => {
    const start = { group, options: { ...options, self, nodes }, ...(subscriber && { subscriber }) } as CoreStart<S>;
    return [self, await spawner.spawn(definition, start, { ...members[self], name: memberName(group, self) })] as const;
  });
  const outcomes = await Promise.allSettled(spawned);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return new Map(started);
  // Of a group that can't be complete nobody is left, to wait for ever under names that others may want.
  await Promise.all(started.map(([, member]) => member[Symbol.asyncDispose]()));
  throw failed.reason;
}

function checkGroupName(group: unknown): void {
  if (typeof group !== 'string' || group === '') throw optionInvalid('group', 'a non-empty string', group);
}
