/**
 * The limit of one thread: actors are objects with an array for a mailbox, one run queue, and a drain loop that
 * returns to the event loop now and then. No checks, no copies, no names, no supervision: what plain JavaScript allows.
 */
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
    name: 'limit:array-queue',
    kind: 'limit',
    note: 'a prototype: array mailboxes and a run queue in plain JavaScript, uncopied, nothing else',
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

/** A first-in first-out queue over a power-of-two array that grows. */
class Queue<T> {
  #items: (T | undefined)[];
  #first = 0;
  #end = 0;

  constructor(capacity: number) {
    this.#items = new Array<T | undefined>(capacity).fill(undefined);
  }

  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  push(item: T): void {
    if (this.#end - this.#first === this.#items.length) this.#grow();
    this.#items[this.#end++ & (this.#items.length - 1)] = item;
  }

  shift(): T {
    const slot = this.#first++ & (this.#items.length - 1);
    const item = this.#items[slot] as T;
    this.#items[slot] = undefined;
    return item;
  }

  #grow(): void {
    const size = this.#items.length;
    const items = new Array<T | undefined>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) items[i] = this.#items[(this.#first + i) & (size - 1)];
    this.#items = items;
    this.#first = 0;
    this.#end = size;
  }
}

const MESSAGES_A_TURN = 4_096;
const MESSAGES_AN_ACTOR = 64;

/** A kernel in forty lines. The first waiting message lies in the actor itself, so that an idle actor has no queue. */
class Actor<M> {
  readonly #receive: (message: M, self: Actor<M>) => void;
  #first: M | undefined = undefined;
  #rest: Queue<M> | undefined = undefined;
  #scheduled = false;
  #stopped = false;

  constructor(receive: (message: M, self: Actor<M>) => void) {
    this.#receive = receive;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  tell(message: M): void {
    if (this.#stopped) return;
    if (this.#first === undefined && (this.#rest === undefined || this.#rest.isEmpty)) this.#first = message;
    else (this.#rest ??= new Queue<M>(4)).push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    runnable.push(this);
    if (!draining) schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#first = undefined;
    this.#rest = undefined;
  }

  /** Handles a slice, queues itself again when more waits, and returns how many it handled. */
  work(): number {
    let done = 0;
    while (done < MESSAGES_AN_ACTOR && !this.#stopped) {
      let message = this.#first;
      if (message !== undefined) this.#first = undefined;
      else if (this.#rest !== undefined && !this.#rest.isEmpty) message = this.#rest.shift();
      else break;
      done++;
      this.#receive(message as M, this);
    }
    this.#scheduled = this.#first !== undefined || (this.#rest !== undefined && !this.#rest.isEmpty);
    if (this.#scheduled) runnable.push(this);
    return done;
  }
}

interface Runnable {
  work(): number;
}

const runnable = new Queue<Runnable>(1_024);
let draining = false;
let sinceTurn = 0;

/** A microtask while the turn has room, else the next turn: timers and sockets must have theirs. */
function schedule(): void {
  draining = true;
  if (sinceTurn < MESSAGES_A_TURN) queueMicrotask(drain);
  else setImmediate(nextTurn);
}

function nextTurn(): void {
  sinceTurn = 0;
  drain();
}

function drain(): void {
  while (!runnable.isEmpty && sinceTurn < MESSAGES_A_TURN) sinceTurn += runnable.shift().work();
  draining = false;
  if (!runnable.isEmpty) schedule();
}

function pingPong(): Bench {
  interface Ball {
    readonly left: number;
    readonly sender: Actor<Ball>;
  }
  const tally = new Tally();
  const play = (message: Ball, self: Actor<Ball>) => {
    tally.handled++;
    if (message.left === 0) tally.end();
    else message.sender.tell({ left: message.left - 1, sender: self });
  };
  const ping = new Actor(play);
  const pong = new Actor(play);
  return { run: (count) => tally.time(count, () => pong.tell({ left: count - 1, sender: ping })) };
}

function counting(actors: number): Bench {
  interface Get {
    readonly type: 'get';
    readonly reply: (count: number) => void;
  }
  const counters = Array.from({ length: actors }, () => {
    let state = 0;
    return new Actor<Small | Get>((message) => {
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
      const get = (counter: Actor<Small | Get>) => new Promise<number>((reply) => counter.tell({ type: 'get', reply }));
      const send = (counter: number, n: number) => counters[counter]!.tell(small(n));
      const producer = new Actor<'more'>((_message, self) => {
        if (burst.slice(send)) self.tell('more');
        else resolve(Promise.all(counters.map(get)));
      });
      let handled = 0;
      const work = async () => {
        producer.tell('more');
        for (const counted of await promise) handled += counted;
      };
      return await timed(burst.total, work, () => handled);
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
      new Actor((message) => {
        tally.handled++;
        if (message.left === 0) tally.end();
        else actors[(i + 1) % RING_ACTORS]!.tell({ left: message.left - 1 });
      }),
  );
  return { run: (count) => tally.time(count, () => actors[0]!.tell({ left: count - 1 })) };
}

function big(): Bench {
  const game = new BigGame((to, message) => actors[to]!.tell(message));
  const actors = game.players().map((player) => new Actor<BigMessage>((message) => player.receive(message)));
  return game;
}

function ask(): Bench {
  const echo = new Actor<{ readonly n: number; readonly reply: (n: number) => void }>(({ n, reply }) => reply(n));
  return askBench({ ask: (n) => new Promise((reply) => echo.tell({ n, reply })) }, 1);
}

function create(): Bench {
  const tally = new Tally();
  return {
    run: (count) =>
      tally.time(count, () => {
        const table = new Map<number, Actor<Small>>();
        const once = (message: Small, self: Actor<Small>) => {
          self.stop();
          table.delete(message.n);
          if (++tally.handled === count) tally.end();
        };
        for (let i = 0; i < count; i++) {
          const actor = new Actor<Small>(once);
          table.set(i, actor);
          actor.tell(small(i));
        }
      }),
  };
}

function idle(): Bench {
  const table = new Map<number, Actor<Small>>();
  return idleActorBytes<Actor<Small>>({
    create(index) {
      const state = { n: index };
      const actor = new Actor<Small>((message) => {
        state.n += message.n;
      });
      table.set(index, actor);
      return actor;
    },
    alive: (actor) => !actor.isStopped,
    stop: () => table.clear(),
  });
}
