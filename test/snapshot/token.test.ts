/** A ring with one token: in every snapshot there is one, and in whatever goes on from one. */

import { createSystem, type RefOf, type System } from 'troupe';
import { exploreActors, RandomChooser, runActors } from 'troupe/sim';
import type { ActorAddress, SystemSnapshot } from 'troupe/snapshot';
import { expect, test } from 'vitest';
import { Keeper } from './fixtures/keeper.ts';
import { Holder } from './fixtures/ring.ts';
import { ringFrom, twoUnderWay } from './fixtures/simulated-ring.ts';

type HolderRef = RefOf<typeof Holder>;

async function ring(system: System, members: number): Promise<HolderRef[]> {
  const { nodes } = system;
  const holders: HolderRef[] = [];
  for (let index = 0; index < members; index++)
    holders.push(
      await system.spawn(Holder, index === 0 ? 1 : 0, {
        node: nodes[index % nodes.length] as string,
        name: `h${index}`,
      }),
    );
  for (const [index, holder] of holders.entries()) holder.tell.join(holders[(index + 1) % members] as HolderRef);
  return holders;
}

function tokensOf(snapshot: SystemSnapshot): number {
  const held = snapshot.actors.reduce((sum, { state }) => sum + (state as { tokens: number }).tokens, 0);
  const waiting = snapshot.actors.flatMap(({ mailbox }) => mailbox).filter(({ kind }) => kind === 'take').length;
  const underWay = snapshot.channels
    .flatMap(({ messages }) => messages)
    .filter((message) => 'kind' in message && message.kind === 'take').length;
  return held + waiting + underWay;
}

for (const nodes of ['inline', 3] as const) {
  test(`a token is never nowhere and never twice, ${nodes === 'inline' ? nodes : 'on threads'}`, async () => {
    const taken: SystemSnapshot[] = [];
    {
      await using system = await createSystem({ nodes });
      await ring(system, 5);
      for (let count = 0; count < 100; count++) {
        taken.push(await system.snapshot());
        if (count % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    expect(taken.map(tokensOf)).toEqual(Array(100).fill(1));
    const [last] = taken.slice(-1);
    await using system = await createSystem({ nodes, restore: last as SystemSnapshot });
    const first = (await system.whereis<HolderRef>('h0')) as HolderRef;
    const before = await first.ask.round();
    while ((await first.ask.round()) <= before);
    expect(tokensOf(await system.snapshot())).toBe(1);
  });
}

/** One in which the token is between two nodes. */
async function underWay(): Promise<SystemSnapshot> {
  await using system = await createSystem({ nodes: 2 });
  await ring(system, 3);
  for (;;) {
    const snapshot = await system.snapshot();
    if (snapshot.channels.some(({ messages }) => messages.length > 0)) return snapshot;
  }
}

test('from a snapshot of threads the simulator goes on, whatever fails', async () => {
  const from = await underWay();
  const reached = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const outcome = await runActors(ringFrom(from, seed % 2), new RandomChooser(seed));
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    for (const name of outcome.reached) reached.add(name);
  }
  expect([...reached]).toEqual(['the token goes on']);
});

test('the explorer goes on in every order in which what was on its way may come', async () => {
  await using system = await createSystem({ nodes: 2 });
  const c = await system.spawn(Keeper, undefined, { node: 'main', name: 'c' });
  for (const node of ['n1', 'n2']) {
    const keeper = await system.spawn(Keeper, undefined, { node });
    keeper.tell.know(c as never);
    await keeper.ask.items();
  }
  const quiet = await system.snapshot();
  const channels = quiet.actors
    .filter(({ name }) => name === undefined)
    .map(({ node, state }, at) => {
      const to = (state as { other: ActorAddress }).other;
      const message = {
        type: 'message',
        to,
        kind: 'put',
        payload: 'xy'[at],
        sender: undefined,
        wants: 'nothing',
      } as const;
      return { from: node, to: 'main', lane: 'messages', messages: [message] } as const;
    });
  const report = await exploreActors(twoUnderWay({ ...quiet, channels }));
  // Whole: nothing was left out by a bound, and each order was met.
  expect(report).toMatchObject({ verdict: 'holds', neverHeld: [] });
});
