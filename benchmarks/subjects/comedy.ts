/**
 * comedy: objects whose methods handle topics. In memory a message passes through two promises;
 * a threaded actor has a worker thread of its own, and its messages go through its MessagePort.
 */
import { type ActorRef, createSystem } from 'comedy';
import { idleActorBytes } from '../harness/heap.ts';
import { type Bench, timed } from '../harness/outcome.ts';
import { Tally } from '../harness/tally.ts';
import { type Message, realistic, type Small, small } from '../messages.ts';
import { BigGame, type BigMessage } from '../workloads/big.ts';
import { Burst } from '../workloads/burst.ts';
import { FORK_JOIN_ACTORS, RING_ACTORS } from '../workloads/local.ts';
import { askBench, roundTripWorkloads } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'comedy',
    kind: 'peer',
    note: 'in memory: messages by send(), uncopied, two promises each; suite threads: a threaded actor behind a MessagePort',
    suites: {
      local: {
        'ping-pong': pingPong,
        counting: () => counting(1),
        'thread-ring': threadRing,
        'fork-join': () => counting(FORK_JOIN_ACTORS),
        big,
        ask,
      },
      spawn: { create, 'idle-actor-bytes': idle },
      threads: {
        'counting-small': () => threadedCounting(small),
        'counting-realistic': () => threadedCounting(realistic),
        ...roundTripWorkloads(threadedEcho),
      },
    },
  },
];

async function start() {
  const silent = { loggerConfig: { categories: { Default: 'Silent' } }, test: true };
  return await createSystem(silent).rootActor();
}

async function pingPong(): Promise<Bench> {
  const root = await start();
  const tally = new Tally();
  const play = (other: () => ActorRef) => ({
    ball({ left }: { left: number }) {
      tally.handled++;
      if (left === 0) tally.end();
      else other().send('ball', { left: left - 1 });
    },
  });
  const ping: ActorRef = await root.createChild(play(() => pong));
  const pong: ActorRef = await root.createChild(play(() => ping));
  return { run: (count) => tally.time(count, () => void pong.send('ball', { left: count - 1 })) };
}

/** comedy doesn't keep the order of a send and an ask, so the counters say themselves when they have all. */
async function counting(actors: number): Promise<Bench> {
  const root = await start();
  const tally = new Tally();
  let burst = new Burst(1, actors);
  const counter = () => ({
    inc(_message: Small) {
      if (++tally.handled === burst.total) tally.end();
    },
  });
  const counters = await Promise.all(Array.from({ length: actors }, () => root.createChild(counter())));
  const send = (index: number, n: number) => void counters[index]!.send('inc', small(n));
  const producer: ActorRef = await root.createChild({
    more() {
      if (burst.slice(send)) producer.send('more');
    },
  });
  return {
    run(count) {
      burst = new Burst(count, actors);
      return tally.time(burst.total, () => void producer.send('more'));
    },
  };
}

async function threadRing(): Promise<Bench> {
  const root = await start();
  const tally = new Tally();
  const actors: ActorRef[] = [];
  for (let i = 0; i < RING_ACTORS; i++) {
    const pass = {
      token({ left }: { left: number }) {
        tally.handled++;
        if (left === 0) tally.end();
        else actors[(i + 1) % RING_ACTORS]!.send('token', { left: left - 1 });
      },
    };
    actors.push(await root.createChild(pass));
  }
  return { run: (count) => tally.time(count, () => void actors[0]!.send('token', { left: count - 1 })) };
}

async function big(): Promise<Bench> {
  const root = await start();
  const game = new BigGame((to, message) => void actors[to]!.send('receive', message));
  const behaviours = game.players().map((player) => ({ receive: (message: BigMessage) => player.receive(message) }));
  const actors: ActorRef[] = await Promise.all(behaviours.map((behaviour) => root.createChild(behaviour)));
  return game;
}

async function ask(): Promise<Bench> {
  const root = await start();
  const echo = await root.createChild({ echo: (n: number) => n });
  return askBench({ ask: (n) => echo.sendAndReceive('echo', n) }, 1);
}

async function create(): Promise<Bench> {
  const root = await start();
  return {
    async run(count) {
      let handled = 0;
      const one = async (i: number) => {
        const actor = await root.createChild({ inc: (_message: Small) => void handled++ });
        await actor.send('inc', small(i));
        await actor.destroy();
      };
      return await timed(
        count,
        () => Promise.all(Array.from({ length: count }, (_, i) => one(i))),
        () => handled,
      );
    },
  };
}

async function idle(): Promise<Bench> {
  const root = await start();
  return idleActorBytes<ActorRef>({
    create(index) {
      const state = { n: index };
      return root.createChild({ inc: (message: Small) => void (state.n += message.n) });
    },
    alive: (actor) => actor.getState() === 'ready',
    stop: (actors) => Promise.all(actors.map((actor) => actor.destroy())),
  });
}

/** Its source is sent to the worker thread, so it captures nothing. */
class Threaded {
  count = 0;
  inc(_message: Message): void {
    this.count++;
  }
  take(): number {
    const count = this.count;
    this.count = 0;
    return count;
  }
  echo(n: number): number {
    return n;
  }
}

async function threaded(): Promise<ActorRef> {
  return await (await start()).createChild(Threaded, { mode: 'threaded' });
}

async function threadedEcho() {
  const actor = await threaded();
  return { ask: (n: number) => actor.sendAndReceive('echo', n), close: () => actor.destroy() };
}

async function threadedCounting(message: (n: number) => Message): Promise<Bench> {
  const actor = await threaded();
  return {
    async run(count) {
      let handled = 0;
      const work = async () => {
        for (let i = 0; i < count; i++) actor.send('inc', message(i));
        while (handled < count) handled += await actor.sendAndReceive('take');
      };
      return await timed(count, work, () => handled);
    },
    close: () => actor.destroy(),
  };
}
