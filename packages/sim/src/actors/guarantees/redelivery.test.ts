/** What a restarted node gets again, as the runtime promises it of threads, held to it over many seeds in which nodes die. */
import type { Redelivery, System } from '@troupe/actors';
import { describe, expect, test } from 'vitest';
import { RandomChooser } from '../../choices/random-chooser.ts';
import { runActors } from '../actor-run.ts';
import { type ActorSimulation, defineActorSimulation } from '../actor-simulation.ts';
import { type HostDefect, losing, reordering } from '../nodes/host-defect.ts';
import { manySeeds, spawnOn } from './many-seeds.fixture.ts';
import { journal, Teller, Writer } from './redelivery.fixture.ts';

const SEEDS = 80;
const MESSAGES = 40;

interface Observed {
  system: System | undefined;
  crashes: number;
}

const deadOf = (
  system: System | undefined,
  name: 'deadLetters' | 'deadLostWithNode' | 'deadQuarantined' | 'deadNodeDown',
): number => [...(system?.counters().values() ?? [])].reduce((sum, counters) => sum + counters[name], 0);

const pairs = (book: ReadonlyMap<string, readonly number[]>): [string, readonly number[]][] => [...book];
const fromMain = (book: ReadonlyMap<string, readonly number[]>) =>
  pairs(book).filter(([pair]) => pair.startsWith('main '));

/** Main, which never dies, tells a writer on each node `MESSAGES` numbers; tellers on all nodes tell them more. */
function redelivering(redeliver: Redelivery, defect?: () => HostDefect): ActorSimulation<Observed> {
  return defineActorSimulation<Observed>({
    name: 'redelivering',
    nodes: [1, 3],
    options: { restarts: 100, redeliver, laneBytes: 400 },
    ...(defect === undefined ? {} : { defect }),
    observed: () => ({ system: undefined, crashes: 0 }),
    run: async (system, world) => {
      journal.reset((node) => world.crash(node));
      world.observed.system = system;
      const writers = [];
      for (const node of world.nodes) writers.push(await spawnOn(system, node, Writer, undefined));
      const tellers = [];
      for (const node of world.nodes) tellers.push(await spawnOn(system, node, Teller, writers));
      for (let number = 1; number <= MESSAGES; number++) {
        for (const writer of writers) {
          // Down: it is told all the same.
          await writer.room().catch(() => {});
          journal.sent++;
          if (number % 3 === 0) writer.tell.writeSlowly({ by: 'main', number });
          else writer.tell.write({ by: 'main', number });
        }
        await world.sleep(world.choose('pace', 30));
      }
      for (const teller of tellers) await system.stop(teller);
      for (const node of world.nodes) await system.whenUp(node);
      await world.sleep(1_500);
    },
    always: {
      'in order': () => {
        for (const [pair, numbers] of pairs(journal.begun)) {
          const at = numbers.findIndex((number, index) => number < (numbers[index - 1] ?? 0));
          if (at >= 0) return `${pair}: ${numbers[at]} after ${numbers[at - 1]}`;
        }
        return true;
      },
      'at most once, where nothing begun comes again': () => {
        if (redeliver === 'begun') return true;
        for (const [pair, numbers] of pairs(journal.begun))
          if (new Set(numbers).size < numbers.length) return `${pair}: ${numbers}`;
        return true;
      },
    },
    finally: {
      'all that main said was begun, or is a dead letter': ({ observed }) => {
        if (redeliver === 'none') return true;
        const begun = fromMain(journal.begun).map(([pair, numbers]) => [pair, new Set(numbers).size] as const);
        for (const [pair, count] of begun) if (count !== MESSAGES) return `${pair}: ${count} of ${MESSAGES}`;
        return (
          begun.length > 0 || `nothing was begun, and ${deadOf(observed.system, 'deadNodeDown')} were dead letters`
        );
      },
      'every message was handled to its end, or is a dead letter': ({ observed }) => {
        let ended = 0;
        for (const [, numbers] of pairs(journal.ended)) ended += new Set(numbers).size;
        const dead = deadOf(observed.system, 'deadLetters');
        return ended + dead === journal.sent || `${journal.sent} sent, ${ended} handled, ${dead} dead letters`;
      },
      'all that main said was ended, where what had begun comes again': ({ observed }) => {
        if (redeliver !== 'begun') return true;
        let missing = 0;
        for (const [, numbers] of fromMain(journal.ended)) missing += MESSAGES - new Set(numbers).size;
        const quarantined = deadOf(observed.system, 'deadQuarantined');
        return missing <= quarantined || `${missing} never ended, and ${quarantined} are in quarantine`;
      },
    },
    sometimes: {
      'a node is down': ({ nodes }) => nodes.some(({ isUp }) => !isUp),
      'a message comes again': () => pairs(journal.begun).some(([, numbers]) => new Set(numbers).size < numbers.length),
      'a message is lost': ({ observed }) => deadOf(observed.system, 'deadLostWithNode') > 0,
    },
  });
}

describe('a node that is restarted', () => {
  test('gets nothing again by default', async () => {
    const { violation, reached } = await manySeeds(redelivering('none'), SEEDS);
    expect(violation).toBeUndefined();
    expect(reached.get('crash')).toBeGreaterThan(0);
    expect(reached.get('a message is lost')).toBeGreaterThan(0);
    expect(reached.get('a message comes again')).toBeUndefined();
  });

  test('with unbegun: gets what no handler had begun, in order, and nothing twice', async () => {
    const { violation, reached } = await manySeeds(redelivering('unbegun'), SEEDS);
    expect(violation).toBeUndefined();
    for (const name of ['crash', 'a message is lost']) expect(reached.get(name), name).toBeGreaterThan(0);
    expect(reached.get('a message comes again')).toBeUndefined();
  });

  test('with begun: gets also what had not ended', async () => {
    const { violation, reached } = await manySeeds(redelivering('begun'), SEEDS);
    expect(violation).toBeUndefined();
    for (const name of ['crash', 'a message comes again']) expect(reached.get(name), name).toBeGreaterThan(0);
  });

  test.each([
    ['loses', () => losing(40), 'all that main said was begun, or is a dead letter'],
    ['reorders', () => reordering(40), 'in order'],
  ])('a transport that %s is found', async (_name, defect, property) => {
    const { violation } = await manySeeds(redelivering('unbegun', defect), SEEDS);
    expect(violation?.property).toBe(property);
  });

  test('with begun: a message that ends its node twice is put into quarantine, and those behind it are handled', async () => {
    const { violation } = await runActors(
      defineActorSimulation<Observed>({
        name: 'poison',
        nodes: 1,
        options: { restarts: 100, redeliver: 'begun' },
        faults: { processes: { crashes: () => 0, pauses: false, slow: false } },
        observed: () => ({ system: undefined, crashes: 0 }),
        run: async (system, world) => {
          journal.reset((node) => {
            world.observed.crashes++;
            world.crash(node);
          });
          world.observed.system = system;
          const writer = await system.spawn(Writer, undefined, { node: 'n1' });
          writer.tell.write({ by: 'main', number: 1 });
          writer.tell.poison('n1');
          writer.tell.write({ by: 'main', number: 2 });
          await world.sleep(500);
        },
        finally: {
          'two lives ended': ({ observed }) => observed.crashes === 2 || `${observed.crashes}`,
          'one is in quarantine': ({ observed }) => deadOf(observed.system, 'deadQuarantined') === 1,
          'what came before and after was handled once': () => {
            const numbers = fromMain(journal.ended)[0]?.[1];
            return String(numbers) === '1,2' || String(numbers);
          },
        },
      }),
      new RandomChooser(1),
    );
    expect(violation).toBeUndefined();
  });

  test('gets no asks again: they have failed with it, and are not handled behind their askers’ backs', async () => {
    const { violation } = await runActors(
      defineActorSimulation<{ failed: number }>({
        name: 'asks',
        nodes: 1,
        options: { restarts: 100, redeliver: 'begun' },
        faults: { processes: { crashes: () => 0, pauses: false, slow: false } },
        observed: () => ({ failed: 0 }),
        run: async (system, world) => {
          journal.reset(() => {});
          const writer = await system.spawn(Writer, undefined, { node: 'n1' });
          writer.tell.writeSlowly({ by: 'main', number: 1 });
          const asks = [1, 2, 3].map((number) =>
            writer.ask.write({ by: 'asked', number }).catch(() => world.observed.failed++),
          );
          world.crash('n1');
          await Promise.all(asks);
          await world.sleep(500);
        },
        finally: {
          'all asks failed': ({ observed }) => observed.failed === 3 || `${observed.failed}`,
          'the message came again, the asks did not': () => {
            const seen = pairs(journal.ended).map(([pair, numbers]) => `${pair.split(' ')[0]} ${numbers}`);
            return String(seen) === 'main 1' || String(seen);
          },
        },
      }),
      new RandomChooser(1),
    );
    expect(violation).toBeUndefined();
  });

  test('a word that is none of these is refused', async () => {
    const wrong = { ...redelivering('none'), options: { redeliver: 'all' as Redelivery } };
    await expect(() => runActors(wrong, new RandomChooser(1))).rejects.toMatchObject({ code: 'TROUPE_SIM_DEFINITION' });
  });
});
