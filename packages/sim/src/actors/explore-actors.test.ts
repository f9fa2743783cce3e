import { describe, expect, it } from 'vitest';
import { type ActorExploration, type ActorSimulation, defineActorSimulation } from './actor-simulation.ts';
import { Book, Clerk, Keeper } from './explore-actors.fixture.ts';
import { exploreActors } from './explore-actors.ts';

/** Two clerks, each on a node of its own: one after the other, or at once. */
function clerks(isInTurn: boolean): ActorSimulation<{ value: number }> {
  return defineActorSimulation({
    name: 'clerks',
    nodes: 2,
    observed: () => ({ value: -1 }),
    run: async (system, world) => {
      const book = await system.spawn(Book, undefined, { node: 'main' });
      const spawned = await Promise.all(world.nodes.map((node) => system.spawn(Clerk, book, { node })));
      world.ready();
      const both = [];
      for (const clerk of spawned) {
        const adding = clerk.ask.addOne();
        if (isInTurn) await adding;
        both.push(adding);
      }
      await Promise.all(both);
      world.observed.value = await book.ask.read();
    },
    finally: { 'both count': ({ observed }) => observed.value === 2 || `the book says ${observed.value}` },
    exploration: { nodes: 2 },
  });
}

/** What was acknowledged is to be in the book, whether or not the keeper's node crashes. */
function keeping(kind: 'keep' | 'keepLazily', faults: Omit<ActorExploration, 'nodes'>) {
  return defineActorSimulation({
    name: 'keeping',
    nodes: 1,
    observed: () => ({ acknowledged: 0, written: 0 }),
    run: async (system, world) => {
      const book = await system.spawn(Book, undefined, { node: 'main' });
      const keeper = await system.spawn(Keeper, book, { node: 'n1' });
      world.ready();
      const kept = await keeper.ask[kind](7, { timeout: 50 }).catch(() => 0);
      world.observed.acknowledged = kept;
      await world.sleep(100);
      world.observed.written = await book.ask.read();
    },
    finally: {
      'what is acknowledged is kept': ({ observed: { acknowledged, written } }) =>
        acknowledged === 0 || written === acknowledged,
    },
    sometimes: {
      'it is acknowledged': ({ observed }) => observed.acknowledged === 7,
    },
    exploration: { nodes: 1, ...faults },
  });
}

/** Two tellers on nodes of their own; the end shows in which order a third heard them. */
function telling(each: number, seen: Set<string>): ActorSimulation<{ read: number[] }> {
  return defineActorSimulation({
    name: 'telling',
    nodes: 3,
    observed: () => ({ read: [] as number[] }),
    run: async (system, world) => {
      const book = await system.spawn(Book, undefined, { node: 'n3' });
      const clerks = await Promise.all(world.nodes.slice(0, 2).map((node) => system.spawn(Clerk, book, { node })));
      world.ready();
      clerks.forEach((clerk, at) => {
        for (let nth = 0; nth < each; nth++) clerk.tell.write(10 * at + nth);
      });
    },
    // Whatever several nodes show at one moment.
    always: {
      note: ({ actors }) =>
        seen.add(
          JSON.stringify([actors(Book), actors(Clerk)].map((all) => all.map(({ state }) => ({ ...state, book: 0 })))),
        ) && true,
    },
    exploration: { nodes: 3 },
  });
}

describe('the explorer of actors', () => {
  it('goes through every run, and says so', async () => {
    const report = await exploreActors(clerks(true));
    expect(report).toMatchObject({ verdict: 'holds', violations: 0, neverHeld: [], runs: 12, states: 29 });
  });

  it('leaves out orders that differ by what commutes, and no situation', async () => {
    const counts: [runs: number, inEveryOrder: number, situations: number][] = [];
    for (const each of [1, 2]) {
      const [some, all] = [new Set<string>(), new Set<string>()];
      const reduced = await exploreActors(telling(each, some));
      const full = await exploreActors(telling(each, all), { everyOrder: true });
      expect([reduced.verdict, full.verdict]).toEqual(['holds', 'holds']);
      expect(some).toEqual(all);
      counts.push([reduced.runs, full.runs, some.size]);
    }
    expect(counts).toEqual([
      [4, 6, 5],
      [18, 280, 7],
    ]);
  });

  it('finds what a crash at a bad moment loses, and shows it', async () => {
    const { verdict, violation, trace } = await exploreActors(keeping('keepLazily', { crashes: 1 }));
    expect(verdict).toBe('violated');
    expect(violation?.property).toBe('what is acknowledged is kept');
    expect(trace.filter(({ life, text }) => life === 'crash' || text.includes('crash')).length).toBeGreaterThan(0);
    expect(await exploreActors(keeping('keepLazily', {}))).toMatchObject({ verdict: 'holds' });
  });

  it('says that nothing is lost where it is so, whenever the node crashes; counts are pinned', async () => {
    const faults: Omit<ActorExploration, 'nodes'>[] = [{}, { crashes: 1 }, { drops: 1 }, { timeouts: 1 }];
    const reports = [];
    for (const budget of faults) reports.push(await exploreActors(keeping('keep', budget)));
    expect(reports.map(({ verdict }) => verdict)).toEqual(['holds', 'holds', 'holds', 'holds']);
    expect(reports.map(({ runs }) => runs)).toEqual([1, 56, 19, 198]);
  });

  it('finds the interleaving that loses an update, and shows it', async () => {
    const report = await exploreActors(clerks(false));
    expect(report).toMatchObject({
      verdict: 'violated',
      violations: 1,
      violation: { kind: 'finally', property: 'both count', message: 'the book says 1' },
    });
    expect(report.trace.length).toBeGreaterThan(5);
  });

  it('says what never held, and where a bound left something out', async () => {
    const never = { ...clerks(true), sometimes: { 'the book says 3': () => false } };
    expect(await exploreActors(never)).toMatchObject({ verdict: 'vacuous', neverHeld: ['the book says 3'] });
    expect(await exploreActors(clerks(true), { maxRuns: 3 })).toMatchObject({ verdict: 'not exhaustive', runs: 3 });
    expect(await exploreActors(clerks(true), { maxChoices: 2 })).toMatchObject({ verdict: 'not exhaustive' });
  });

  it('refuses a simulation that says nothing of it', async () => {
    const { exploration: _none, ...without } = clerks(true);
    await expect(exploreActors(without)).rejects.toMatchObject({ code: 'TROUPE_SIM_DEFINITION' });
  });
});
