/** `system.snapshot()` beside what runs meanwhile. Counted as handled are the messages that a snapshot has found. */
import { setTimeout as wait } from 'node:timers/promises';
import { createSystem, type System } from 'troupe';
import { encodeSnapshot, messagesNotBegun, type SystemSnapshot } from 'troupe/snapshot';
import type { Bench } from '../harness/outcome.ts';
import {
  ACTORS,
  EVERY_MILLISECONDS,
  IN_FLIGHT,
  LOAD_ACTORS,
  LOAD_NODES,
  LOAD_TOKENS,
  NODES,
  PEERS,
  SIZE_ACTORS,
  SIZE_NODES,
} from '../workloads/snapshot.ts';
import type { Prepare } from './subject.ts';
import { Builder, Metronome, type PlayerRef } from './troupe.snapshot.actors.ts';

export const snapshot: Readonly<Record<string, Prepare>> = {
  'under-load': underLoad,
  ...byName(ACTORS, 'actors', (name, actors) => sized(name, SIZE_NODES, actors, 0)),
  ...byName(NODES, 'nodes', (name, nodes) => sized(name, nodes, SIZE_ACTORS, 0)),
  ...byName(IN_FLIGHT, 'in-flight', (name, messages) => sized(name, SIZE_NODES, SIZE_ACTORS, messages)),
};

/** Of each measurement of a rate; a snapshot falls into it whole. */
const WINDOW_MILLISECONDS = 2 * EVERY_MILLISECONDS;
/** A system that starts, or that is asked at full load, takes its time. */
const PATIENT = { timeout: 60_000 };

function byName(sizes: readonly number[], of: string, prepare: (name: string, size: number) => Promise<Bench>) {
  const named = sizes.map((size) => [`${of}-${size}`, size] as const);
  return Object.fromEntries(named.map(([name, size]) => [name, () => prepare(name, size)]));
}

/** The players of all nodes, by turns of nodes. */
async function players(system: System, count: number): Promise<PlayerRef[]> {
  const nodes = system.nodes.slice(1);
  const each = count / nodes.length;
  const builders = await Promise.all(nodes.map((node) => system.spawn(Builder, undefined, { node })));
  const built = await Promise.all(
    builders.map((builder, at) => builder.ask.build({ first: at * each, count: each }, PATIENT)),
  );
  const all = built.flat();
  await Promise.all(builders.map((builder) => builder.ask.connect({ all, peers: PEERS }, PATIENT)));
  return all;
}

const tokens = (taken: SystemSnapshot): number =>
  [...messagesNotBegun(taken)].filter(({ kind }) => kind === 'pass').length;

async function underLoad(): Promise<Bench> {
  const system = await createSystem({ nodes: LOAD_NODES });
  const all = await players(system, LOAD_ACTORS);
  const nodes = system.nodes.slice(1);
  const metronomes = await Promise.all(nodes.map((node) => system.spawn(Metronome, undefined, { node })));
  for (let number = 0; number < LOAD_TOKENS; number++) all[(number * 7) % all.length]!.tell.pass({ number, hops: 0 });
  const read = async () => {
    const seen = await Promise.all(metronomes.map((metronome) => metronome.ask.read(undefined, PATIENT)));
    return { hops: seen.reduce((sum, { hops }) => sum + hops, 0), pause: Math.max(...seen.map(({ pause }) => pause)) };
  };
  const measured = async (during: () => Promise<unknown>) => {
    await read();
    const started = performance.now();
    await during();
    const milliseconds = performance.now() - started;
    return { ...(await read()), milliseconds };
  };
  await wait(EVERY_MILLISECONDS);
  // As in a system that has taken some for a while: what copies is compiled.
  for (let warm = 0; warm < 5; warm++) await system.snapshot(PATIENT);
  return {
    async run(sent) {
      const without = await measured(() => wait(WINDOW_MILLISECONDS));
      const times: number[] = [];
      let taken: SystemSnapshot | undefined;
      const within = await measured(async () => {
        for (let left = WINDOW_MILLISECONDS / EVERY_MILLISECONDS; left > 0; left--) {
          const due = wait(EVERY_MILLISECONDS);
          const started = performance.now();
          taken = await system.snapshot(PATIENT);
          times.push(performance.now() - started);
          await due;
        }
      });
      const rate = (within.hops * 1_000) / within.milliseconds;
      const figures = {
        'under-load': rate,
        'under-load-share': (100 * rate * without.milliseconds) / (without.hops * 1_000),
        'under-load-snapshot': Math.max(...times),
        'under-load-pause': within.pause,
        'under-load-pause-without': without.pause,
      };
      return { sent, handled: tokens(taken!), milliseconds: within.milliseconds, figures };
    },
    close: () => system[Symbol.asyncDispose](),
  };
}

async function sized(name: string, nodes: number, actors: number, messages: number): Promise<Bench> {
  const system = await createSystem({ nodes });
  const all = await players(system, actors);
  if (messages > 0) {
    const holders = all.filter((_, at) => at % (actors / 1_000) === 0);
    for (const holder of holders) holder.tell.rest();
    for (let number = 0; number < messages; number++) {
      const holder = holders[number % holders.length]!;
      if (number % 1_000 === 0) await holder.room();
      holder.tell.pass({ number, hops: 0 });
    }
  }
  return {
    async run() {
      const started = performance.now();
      const taken = await system.snapshot(PATIENT);
      const milliseconds = performance.now() - started;
      const sent = actors + messages;
      const handled =
        taken.actors.filter(({ definition }) => definition.endsWith('#SnapshotPlayer')).length + tokens(taken);
      const figures = { [name]: milliseconds, [`${name}-bytes`]: encodeSnapshot(taken).length };
      return { sent, handled, milliseconds, figures };
    },
    close: () => system[Symbol.asyncDispose](),
  };
}
