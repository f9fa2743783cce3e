/** Troupe in one thread: `nodes: 'inline'`, every default as it is. */
import { createSystem } from 'troupe';
import { idleActorBytes } from '../harness/heap.ts';
import type { Bench } from '../harness/outcome.ts';
import { small } from '../messages.ts';
import { BigGame } from '../workloads/big.ts';
import { FORK_JOIN_ACTORS, RING_ACTORS } from '../workloads/local.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Prepare } from './subject.ts';
import { Big, Counter, Echo, type Flavour, Holder, Once, Player, Producer, players, tally } from './troupe.actors.ts';

type LocalFlavour = Exclude<Flavour, 'realistic'>;

/** What each variant sends: a number, an object that is checked and copied, one that is shared; or a number to an async handler. */
export const local: Readonly<Record<LocalFlavour, Readonly<Record<string, Prepare>>>> = {
  inc: {
    'ping-pong': () => pingPong('inc'),
    counting: () => counting(1, 'inc'),
    'thread-ring': threadRing,
    'fork-join': () => counting(FORK_JOIN_ACTORS, 'inc'),
    big: () => big('inc'),
    ask: () => ask('inc'),
  },
  object: {
    'ping-pong': () => pingPong('object'),
    counting: () => counting(1, 'object'),
    'fork-join': () => counting(FORK_JOIN_ACTORS, 'object'),
    big: () => big('object'),
    ask: () => ask('object'),
  },
  share: { counting: () => counting(1, 'share') },
  async: {
    'ping-pong': () => pingPong('async'),
    counting: () => counting(1, 'async'),
    ask: () => ask('async'),
  },
};

export const spawn: Readonly<Record<string, Prepare>> = { create, 'idle-actor-bytes': idle };

async function pingPong(flavour: Exclude<LocalFlavour, 'share'>): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const ping = await system.spawn(Player);
  const pong = await system.spawn(Player);
  ping.tell.meet(pong);
  pong.tell.meet(ping);
  const serve = {
    inc: (left: number) => pong.tell.ball(left),
    object: (left: number) => pong.tell.ballObject({ left }),
    async: (left: number) => pong.tell.ballAsync(left),
  }[flavour];
  return { run: (count) => tally.time(count, () => serve(count - 1)), close: () => system[Symbol.asyncDispose]() };
}

async function counting(actors: number, flavour: Flavour): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const counters = await Promise.all(Array.from({ length: actors }, () => system.spawn(Counter)));
  const producer = await system.spawn(Producer);
  return {
    run(count) {
      const each = Math.ceil(count / actors);
      return tally.time(each * actors, () => producer.tell.start({ counters, each, flavour }));
    },
    close: () => system[Symbol.asyncDispose](),
  };
}

async function threadRing(): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const ring = await Promise.all(Array.from({ length: RING_ACTORS }, () => system.spawn(Player)));
  for (const [i, member] of ring.entries()) member.tell.meet(ring[(i + 1) % RING_ACTORS]!);
  return {
    run: (count) => tally.time(count, () => ring[0]!.tell.ball(count - 1)),
    close: () => system[Symbol.asyncDispose](),
  };
}

async function big(flavour: 'inc' | 'object'): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const game = new BigGame(
    flavour === 'object'
      ? (to, message) => refs[to]!.tell.object(message)
      : (to, message) => {
          if (message.type === 'ping') refs[to]!.tell.ping(message.from);
          else if (message.type === 'pong') refs[to]!.tell.pong(message.from);
          else refs[to]!.tell.start(message.pings);
        },
  );
  players.push(...game.players());
  const refs = await Promise.all(players.map((_, index) => system.spawn(Big, index)));
  return { run: (count) => game.run(count), close: () => system[Symbol.asyncDispose]() };
}

async function ask(flavour: Exclude<LocalFlavour, 'share'>): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const echo = await system.spawn(Echo);
  const ways = {
    inc: (n: number) => echo.ask.number(n),
    object: async (n: number) => (await echo.ask.object(small(n))).n,
    async: (n: number) => echo.ask.numberAsync(n),
  };
  return askBench({ ask: ways[flavour], close: () => system[Symbol.asyncDispose]() }, 1);
}

async function create(): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  return {
    run: (count) =>
      tally.time(count, async () => {
        for (let i = 1; i <= count; i++) {
          const actor = await system.spawn(Once);
          actor.tell.inc(i === count);
        }
      }),
    close: () => system[Symbol.asyncDispose](),
  };
}

async function idle(): Promise<Bench> {
  const system = await createSystem({ nodes: 'inline' });
  const bench = idleActorBytes({
    create: async (index) => ({ index, ref: await system.spawn(Holder, index) }),
    alive: async ({ index, ref }) => (await ref.ask.get()) === index,
    stop: (actors) => Promise.all(actors.map(({ ref }) => ref[Symbol.asyncDispose]())),
  });
  return { ...bench, close: () => system[Symbol.asyncDispose]() };
}
