/**
 * xstate: transition actors (reducers), the nearest to an actor's handler and the fastest logic it offers.
 * An event sent to an idle actor is handled inside the call to `send`; only one sent to a busy actor is queued.
 */
import { type ActorRef, createActor, fromTransition, type Snapshot } from 'xstate';
import { idleActorBytes } from '../harness/heap.ts';
import { type Bench, timed } from '../harness/outcome.ts';
import { Tally } from '../harness/tally.ts';
import { type Small, small } from '../messages.ts';
import { BigGame, type BigMessage } from '../workloads/big.ts';
import { Burst } from '../workloads/burst.ts';
import { FORK_JOIN_ACTORS, RING_ACTORS } from '../workloads/local.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

interface Ball {
  readonly type: 'ball';
  readonly left: number;
  readonly sender: ActorRef<Snapshot<unknown>, Ball>;
}

export const subjects: readonly Subject[] = [
  {
    name: 'xstate',
    kind: 'peer',
    nestedCall: true,
    note: 'a nested call, no message: send() runs the reducer before it returns unless that actor is already running; uncopied',
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

function pingPong(): Bench {
  const tally = new Tally();
  const logic = fromTransition((state: null, event: Ball, { self }) => {
    tally.handled++;
    if (event.left === 0) tally.end();
    else event.sender.send({ type: 'ball', left: event.left - 1, sender: self as Ball['sender'] });
    return state;
  }, null);
  const ping = createActor(logic).start();
  const pong = createActor(logic).start();
  return {
    run: (count) =>
      tally.time(count, () => pong.send({ type: 'ball', left: count - 1, sender: ping as Ball['sender'] })),
  };
}

function counter() {
  return createActor(
    fromTransition(
      (state: { count: number }, event: Small) => (event.type === 'inc' ? { count: state.count + 1 } : state),
      { count: 0 },
    ),
  ).start();
}

function counting(actors: number): Bench {
  const counters = Array.from({ length: actors }, counter);
  const total = () => counters.reduce((sum, actor) => sum + actor.getSnapshot().context.count, 0);
  return {
    async run(count) {
      const burst = new Burst(count, actors);
      const before = total();
      const send = (counter: number, n: number) => counters[counter]!.send(small(n));
      const work = () => {
        while (burst.slice(send));
      };
      return await timed(burst.total, work, () => total() - before);
    },
  };
}

function threadRing(): Bench {
  const tally = new Tally();
  const actor = (i: number) => {
    const logic = fromTransition((state: null, event: { type: 'token'; left: number }) => {
      tally.handled++;
      if (event.left === 0) tally.end();
      else actors[(i + 1) % RING_ACTORS]!.send({ type: 'token', left: event.left - 1 });
      return state;
    }, null);
    return createActor(logic).start();
  };
  const actors: ReturnType<typeof actor>[] = [];
  for (let i = 0; i < RING_ACTORS; i++) actors.push(actor(i));
  return { run: (count) => tally.time(count, () => actors[0]!.send({ type: 'token', left: count - 1 })) };
}

function big(): Bench {
  const game = new BigGame((to, message) => actors[to]!.send(message));
  const actors = game.players().map((player) =>
    createActor(
      fromTransition((state: null, event: BigMessage) => {
        player.receive(event);
        return state;
      }, null),
    ).start(),
  );
  return game;
}

/** xstate has no ask; its idiom is an event that carries whom to answer. */
function ask(): Bench {
  interface Request {
    readonly type: 'request';
    readonly n: number;
    readonly reply: (n: number) => void;
  }
  const logic = fromTransition((state: null, event: Request) => {
    event.reply(event.n);
    return state;
  }, null);
  const echo = createActor(logic).start();
  return askBench({ ask: (n) => new Promise((reply) => echo.send({ type: 'request', n, reply })) }, 1);
}

function create(): Bench {
  return {
    async run(count) {
      let handled = 0;
      const logic = fromTransition((state: null, event: Small) => {
        if (event.type === 'inc') handled++; // Its own stop event arrives here too.
        return state;
      }, null);
      const work = () => {
        for (let i = 0; i < count; i++) {
          const actor = createActor(logic).start();
          actor.send(small(i));
          actor.stop();
        }
      };
      return await timed(count, work, () => handled);
    },
  };
}

function idle(): Bench {
  const logic = fromTransition((state: { n: number }, event: Small) => ({ n: state.n + event.n }), { n: 0 });
  return idleActorBytes({
    create: () => createActor(logic).start(),
    alive: (actor) => actor.getSnapshot().status === 'active',
    stop(actors) {
      for (const actor of actors) actor.stop();
    },
  });
}
