/**
 * nact: functions of (state, message, context) that return the next state; every message takes a turn of setImmediate.
 */
import {
  type ActorContext,
  type ActorSystemRef,
  dispatch,
  query,
  type Ref,
  spawn,
  spawnStateless,
  start,
  stop,
} from 'nact';
import { idleActorBytes } from '../harness/heap.ts';
import { type Bench, timed } from '../harness/outcome.ts';
import { Tally } from '../harness/tally.ts';
import { type Small, small } from '../messages.ts';
import { BigGame, type BigMessage } from '../workloads/big.ts';
import { Burst } from '../workloads/burst.ts';
import { FORK_JOIN_ACTORS, RING_ACTORS } from '../workloads/local.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

type Context<M> = ActorContext<M, ActorSystemRef>;
interface Ball {
  readonly left: number;
  readonly sender: Ref<Ball>;
}
interface Token {
  readonly left: number;
}
interface Get {
  readonly type: 'get';
  readonly sender: Ref<number>;
}
const QUERY_TIMEOUT_MILLISECONDS = 60_000;

export const subjects: readonly Subject[] = [
  {
    name: 'nact',
    kind: 'peer',
    note: 'messages by dispatch, uncopied; one turn of setImmediate a message',
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
  const system = start();
  const tally = new Tally();
  const play = (message: Ball, context: Context<Ball>) => {
    tally.handled++;
    if (message.left === 0) tally.end();
    else dispatch(message.sender, { left: message.left - 1, sender: context.self });
  };
  const ping = spawnStateless(system, play, 'ping');
  const pong = spawnStateless(system, play, 'pong');
  return { run: (count) => tally.time(count, () => dispatch(pong, { left: count - 1, sender: ping })) };
}

function counting(actors: number): Bench {
  const count = (state: number, message: Small | Get) => {
    if (message.type === 'inc') return state + 1;
    dispatch(message.sender, state);
    return 0;
  };
  const system = start();
  const counters = Array.from({ length: actors }, (_, i) => spawn(system, count, `counter-${i}`, { initialState: 0 }));
  const get = (sender: Ref<number>): Get => ({ type: 'get', sender });
  return {
    async run(count) {
      const burst = new Burst(count, actors);
      const { promise, resolve } = Promise.withResolvers<void>();
      const send = (counter: number, n: number) => dispatch(counters[counter]!, small(n));
      const producer = spawnStateless(system, (_message: 'more', context: Context<'more'>) => {
        if (burst.slice(send)) dispatch(context.self, 'more');
        else resolve();
      });
      let handled = 0;
      const work = async () => {
        dispatch(producer, 'more');
        await promise;
        const counts = counters.map((counter) => query(counter, get, QUERY_TIMEOUT_MILLISECONDS) as Promise<number>);
        for (const counted of await Promise.all(counts)) handled += counted;
      };
      const outcome = await timed(burst.total, work, () => handled);
      stop(producer);
      return outcome;
    },
  };
}

function threadRing(): Bench {
  const system = start();
  const tally = new Tally();
  const actors = Array.from({ length: RING_ACTORS }, (_, i): Ref<Token> => {
    const pass = (message: Token) => {
      tally.handled++;
      if (message.left === 0) tally.end();
      else dispatch(actors[(i + 1) % RING_ACTORS]!, { left: message.left - 1 });
    };
    return spawnStateless(system, pass, `ring-${i}`);
  });
  return { run: (count) => tally.time(count, () => dispatch(actors[0]!, { left: count - 1 })) };
}

function big(): Bench {
  const system = start();
  const game = new BigGame((to, message) => dispatch(actors[to]!, message));
  const actors = game
    .players()
    .map((player, i) => spawnStateless(system, (message: BigMessage) => player.receive(message), `big-${i}`));
  return game;
}

function ask(): Bench {
  interface Request {
    readonly n: number;
    readonly sender: Ref<number>;
  }
  const echo = spawnStateless(start(), (message: Request) => dispatch(message.sender, message.n), 'echo');
  const request =
    (n: number) =>
    (sender: Ref<number>): Request => ({ n, sender });
  return askBench({ ask: (n) => query(echo, request(n), QUERY_TIMEOUT_MILLISECONDS) }, 1);
}

function create(): Bench {
  const system = start();
  const tally = new Tally();
  return {
    run: (count) =>
      tally.time(count, () => {
        const once = (_message: Small, context: Context<Small>) => {
          stop(context.self);
          if (++tally.handled === count) tally.end();
        };
        for (let i = 0; i < count; i++) dispatch(spawnStateless(system, once, `actor-${i}`), small(i));
      }),
  };
}

function idle(): Bench {
  const system = start();
  const get = (state: { n: number }, message: { sender: Ref<number> }) => {
    dispatch(message.sender, state.n);
    return state;
  };
  return idleActorBytes<{ readonly index: number; readonly ref: Ref<{ sender: Ref<number> }> }>({
    create: (index) => ({ index, ref: spawn(system, get, `idle-${index}`, { initialState: { n: index } }) }),
    alive: async ({ index, ref }) =>
      (await query(ref, (sender: Ref<number>) => ({ sender }), QUERY_TIMEOUT_MILLISECONDS)) === index,
    stop(actors) {
      for (const { ref } of actors) stop(ref);
    },
  });
}
