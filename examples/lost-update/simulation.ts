/**
 * Two clerks count at once, each on a node of its own. What they count must be in the book, however long messages take.
 *
 * `npx troupe explore examples/lost-update/simulation.ts`, and with `--bug read-then-write`
 */
import { type ActorSimulation, defineActorSimulation } from 'troupe/sim';
import { Book, Clerk } from './clerk.ts';

interface Observed {
  inTheBook: number;
}

function counting(kind: 'count' | 'countByHand'): ActorSimulation<Observed> {
  return defineActorSimulation<Observed>({
    name: 'lost-update',
    nodes: 2,
    observed: () => ({ inTheBook: 0 }),
    run: async (system, world) => {
      const book = await system.spawn(Book, undefined, { node: 'main' });
      const clerks = await Promise.all(world.nodes.map((node) => system.spawn(Clerk, book, { node })));
      world.ready();
      await Promise.all(clerks.map((clerk) => clerk.ask[kind]()));
      world.observed.inTheBook = await book.ask.read();
    },
    // What is under way when a node ends is nobody's promise.
    faults: { processes: { crashes: () => 0 } },
    finally: {
      'nothing is lost': ({ observed }) =>
        observed.inTheBook === 2 || `two counted, and the book says ${observed.inTheBook}`,
    },
    exploration: { nodes: 2 },
  });
}

export default counting('count');

export const bugs = [
  {
    id: 'read-then-write',
    what: 'a clerk reads, and writes what it read and one',
    inject: () => counting('countByHand'),
  },
];
