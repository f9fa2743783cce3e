/**
 * effect: it has no actor outside its cluster, so an actor is its idiom for one: a fiber that loops over an unbounded queue,
 * taking all that waits at once, which is its fastest way.
 */
import { Effect, Fiber, Queue } from 'effect';
import { idleActorBytes } from '../harness/heap.ts';
import { type Bench, timed } from '../harness/outcome.ts';
import { Tally } from '../harness/tally.ts';
import { type Small, small } from '../messages.ts';
import { BigGame, type BigMessage } from '../workloads/big.ts';
import { Burst } from '../workloads/burst.ts';
import { FORK_JOIN_ACTORS, RING_ACTORS } from '../workloads/local.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'effect',
    kind: 'peer',
    note: 'a fiber over an unbounded Queue (takeAll), messages by offerUnsafe, uncopied',
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
    },
  },
];

interface Actor<M> {
  readonly mailbox: Queue.Queue<M>;
  readonly fiber: Fiber.Fiber<never>;
}

function spawn<M>(receive: (message: M) => void): Actor<M> {
  const mailbox = Effect.runSync(Queue.unbounded<M>());
  const turn = Effect.flatMap(Queue.takeAll(mailbox), (messages) =>
    Effect.sync(() => {
      for (const message of messages) receive(message);
    }),
  );
  return { mailbox, fiber: Effect.runFork(Effect.forever(turn)) };
}

function tell<M>(actor: Actor<M>, message: M): void {
  Queue.offerUnsafe(actor.mailbox as Queue.Enqueue<M>, message as never);
}

function pingPong(): Bench {
  interface Ball {
    readonly left: number;
    readonly sender: Actor<Ball>;
  }
  const tally = new Tally();
  const play = (self: () => Actor<Ball>) => (message: Ball) => {
    tally.handled++;
    if (message.left === 0) tally.end();
    else tell(message.sender, { left: message.left - 1, sender: self() });
  };
  const ping: Actor<Ball> = spawn(play(() => ping));
  const pong: Actor<Ball> = spawn(play(() => pong));
  return { run: (count) => tally.time(count, () => tell(pong, { left: count - 1, sender: ping })) };
}

function counting(actors: number): Bench {
  interface Get {
    readonly type: 'get';
    readonly reply: (count: number) => void;
  }
  const counters = Array.from({ length: actors }, () => {
    let state = 0;
    return spawn<Small | Get>((message) => {
      if (message.type === 'inc') {
        state++;
      } else {
        message.reply(state);
        state = 0;
      }
    });
  });
  return {
    async run(count) {
      const burst = new Burst(count, actors);
      const { promise, resolve } = Promise.withResolvers<number[]>();
      const get = (counter: Actor<Small | Get>) =>
        new Promise<number>((reply) => tell(counter, { type: 'get', reply }));
      const send = (counter: number, n: number) => tell(counters[counter]!, small(n));
      const producer: Actor<'more'> = spawn(() => {
        if (burst.slice(send)) tell(producer, 'more');
        else resolve(Promise.all(counters.map(get)));
      });
      let handled = 0;
      const work = async () => {
        tell(producer, 'more');
        for (const counted of await promise) handled += counted;
      };
      const outcome = await timed(burst.total, work, () => handled);
      await Effect.runPromise(Fiber.interrupt(producer.fiber));
      return outcome;
    },
  };
}

function threadRing(): Bench {
  interface Token {
    readonly left: number;
  }
  const tally = new Tally();
  const actors = Array.from(
    { length: RING_ACTORS },
    (_, i): Actor<Token> =>
      spawn((message) => {
        tally.handled++;
        if (message.left === 0) tally.end();
        else tell(actors[(i + 1) % RING_ACTORS]!, { left: message.left - 1 });
      }),
  );
  return { run: (count) => tally.time(count, () => tell(actors[0]!, { left: count - 1 })) };
}

function big(): Bench {
  const game = new BigGame((to, message) => tell(actors[to]!, message));
  const actors = game.players().map((player) => spawn<BigMessage>((message) => player.receive(message)));
  return game;
}

function ask(): Bench {
  const echo = spawn<{ readonly n: number; readonly reply: (n: number) => void }>(({ n, reply }) => reply(n));
  return askBench({ ask: (n) => new Promise((reply) => tell(echo, { n, reply })) }, 1);
}

function create(): Bench {
  return {
    async run(count) {
      let handled = 0;
      const one = async (i: number) => {
        const mailbox = Effect.runSync(Queue.unbounded<Small>());
        const fiber = Effect.runFork(Effect.map(Queue.take(mailbox), () => handled++));
        Queue.offerUnsafe(mailbox, small(i));
        await Effect.runPromise(Fiber.await(fiber));
      };
      return await timed(
        count,
        () => Promise.all(Array.from({ length: count }, (_, i) => one(i))),
        () => handled,
      );
    },
  };
}

function idle(): Bench {
  return idleActorBytes<Actor<Small>>({
    create(index) {
      const state = { n: index };
      return spawn<Small>((message) => {
        state.n += message.n;
      });
    },
    alive: (actor) => actor.fiber.pollUnsafe() === undefined,
    stop: (actors) => Effect.runPromise(Fiber.interruptAll(actors.map((actor) => actor.fiber))),
  });
}
