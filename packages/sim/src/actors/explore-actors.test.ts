import { describe, expect, it } from 'vitest';
import { type ActorSimulation, defineActorSimulation } from './actor-simulation.ts';
import { Book, Clerk } from './explore-actors.fixture.ts';
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

describe('the explorer of actors', () => {
  it('goes through every run, and says so', async () => {
    const report = await exploreActors(clerks(true));
    expect(report).toMatchObject({ verdict: 'holds', violations: 0, neverHeld: [] });
    expect(report.runs).toBe(2 ** report.depth);
    expect(report.states).toBeGreaterThan(10);
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
    expect(await exploreActors(clerks(true), { maxChoices: 2 })).toMatchObject({ verdict: 'not exhaustive', runs: 4 });
  });

  it('refuses a simulation that says nothing of it', async () => {
    const { exploration: _none, ...without } = clerks(true);
    await expect(exploreActors(without)).rejects.toMatchObject({ code: 'TROUPE_SIM_DEFINITION' });
  });
});
