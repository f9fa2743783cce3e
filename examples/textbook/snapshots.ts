/**
 * How a stable property is found: one that stays once it holds. A global snapshot is a state that the system could have been
 * in between its beginning and its end; so what holds there holds from then on, and what held at its beginning is seen there
 * (Chandy and Lamport, 1985, section 4). One is taken after the other until the property is seen.
 */
import type { CoreShape, NodeId } from 'troupe/protocol';
import type { ClientWorld } from 'troupe/sim';
import type { GlobalSnapshot, SnapshotReply, TakeSnapshot, WithSnapshots } from 'troupe/snapshot';

export const TAKE: TakeSnapshot = { kind: 'take-global-snapshot' };

/** Ticks between two snapshots. */
const PAUSE_MAX = 20;

/** In the simulator, by any node, until `isFound`. */
export function watch<S extends CoreShape>(
  world: ClientWorld<WithSnapshots<S>>,
  isFound: (snapshot: GlobalSnapshot<S['State'], S['Message']>) => boolean,
): void {
  const take = (): void => {
    const initiator = world.nodes[world.choose('initiator', world.nodes.length)] as NodeId;
    world.request(initiator, TAKE, (reply) => {
      const snapshot = snapshotIn<S['State'], S['Message']>(reply);
      if (snapshot === undefined || !isFound(snapshot)) again();
    });
  };
  const again = (): void => world.after(1 + world.choose('pause between snapshots', PAUSE_MAX), take);
  again();
}

/** On threads, by one member after the other, without end. */
export async function* snapshotsBy<State, Message>(
  members: Iterable<{ readonly ask: { request(request: TakeSnapshot): Promise<unknown> } }>,
): AsyncGenerator<GlobalSnapshot<State, Message>> {
  const all = [...members];
  for (;;)
    for (const member of all) {
      const snapshot = snapshotIn<State, Message>(await member.ask.request(TAKE));
      if (snapshot !== undefined) yield snapshot;
    }
}

/** Undefined where it was given up, and where the reply is one of the core. */
export function snapshotIn<State, Message>(reply: unknown): GlobalSnapshot<State, Message> | undefined {
  const { kind, snapshot } = reply as Partial<SnapshotReply<State, Message> & { snapshot: unknown }>;
  return kind === 'global-snapshot' ? (snapshot as GlobalSnapshot<State, Message>) : undefined;
}
