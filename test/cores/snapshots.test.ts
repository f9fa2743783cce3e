/** Global snapshots of a group under full load: money is neither made nor lost, whoever looks, and whenever. */

import { createSystem, spawnGroup } from 'troupe';
import { type GlobalSnapshot, messagesInFlight, type SnapshotReply } from 'troupe/snapshot';
import { expect, it } from 'vitest';
import { SILENT } from '../actors/hosts.ts';
import { Aliased, type Coin, Purse, type PurseState } from './fixtures/purses.ts';
import { onEveryHost } from './stage.ts';

type Snapshot = GlobalSnapshot<PurseState, Coin>;

const IDS = ['n1', 'n2', 'n3', 'n4'];
const COINS = 1_000;
/** Of each member: coins on their way. */
const MOVING = 200;
const SNAPSHOTS = 40;
const TIMEOUT = { timeout: 60_000 };

/** Of each initiator, its snapshots: each takes one after the other, and the four of them at the same time. */
async function snapshotsOf(host: 'threads' | 'inline', definition: typeof Purse): Promise<Snapshot[][]> {
  const nodes = host === 'inline' ? 'inline' : IDS.length;
  await using system = await createSystem({ nodes, logger: SILENT, handleSigterm: false });
  const members = Object.fromEntries(IDS.map((id) => [id, { node: host === 'inline' ? 'main' : id }]));
  const group = await spawnGroup(system, definition, { group: 'purses', members, options: { coins: COINS } });
  for (const member of group.values()) await member.ask.request({ kind: 'pay', coins: MOVING });
  return await Promise.all(
    Array.from(group.values(), async (member) => {
      const taken: Snapshot[] = [];
      while (taken.length < SNAPSHOTS) {
        const reply = await member.ask.request({ kind: 'take-global-snapshot' }, TIMEOUT);
        expect(reply.kind).toBe('global-snapshot');
        taken.push((reply as SnapshotReply<PurseState, Coin> & { readonly snapshot: Snapshot }).snapshot);
      }
      return taken;
    }),
  );
}

const sum = ({ parts }: Snapshot, of: (state: PurseState) => number): number =>
  parts.reduce((total, { core }) => total + of(core.state), 0);
const inPurses = (snapshot: Snapshot): number => sum(snapshot, ({ coins }) => coins);
const underWay = (snapshot: Snapshot): number => messagesInFlight(snapshot).length;
const totalsOf = (snapshots: readonly Snapshot[]): Set<number> =>
  new Set(snapshots.map((snapshot) => inPurses(snapshot) + underWay(snapshot)));

onEveryHost((host) => {
  it('conserve the total, while coins go round without a pause: snapshots of four initiators at once', async () => {
    const taken = await snapshotsOf(host, Purse);
    const snapshots = taken.flat();
    expect(totalsOf(snapshots)).toEqual(new Set([IDS.length * COINS]));
    expect(new Set(snapshots.map(({ id }) => id)).size).toBe(IDS.length * SNAPSHOTS);
    // It was a load: coins were under way, purses changed, and much went round from the first to the last.
    expect(snapshots.filter((snapshot) => underWay(snapshot) > 0).length).toBeGreaterThan(snapshots.length / 2);
    expect(new Set(snapshots.map(inPurses)).size).toBeGreaterThan(10);
    for (const own of taken) {
      const [first, last] = [own[0] as Snapshot, own.at(-1) as Snapshot];
      const passed = sum(last, (state) => state.passed) - sum(first, (state) => state.passed);
      expect(passed).toBeGreaterThan(IDS.length * MOVING);
    }
  });

  it('do not, where what is recorded goes on changing', async () => {
    expect(totalsOf((await snapshotsOf(host, Aliased)).flat()).size).toBeGreaterThan(1);
  });
});
