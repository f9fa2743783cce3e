/** The actors that Troupe is measured with. Worker threads import this module by its URL. */
import { defineActor, type Ref, type RefOf, share } from 'troupe';
import { Tally } from '../harness/tally.ts';
import { type Message, realistic, type Small, small } from '../messages.ts';
import type { BigMessage, BigPlayer } from '../workloads/big.ts';
import { SLICE } from '../workloads/burst.ts';

/** Counts, for the workloads of one thread, in that thread. */
export const tally = new Tally();

/** What a player, or a member of a ring, can be told. */
interface PlayerProtocol {
  /** Whom to send to. */
  meet(other: Ref<PlayerProtocol>): void;
  ball(left: number): void;
  ballObject(ball: { readonly left: number }): void;
  ballAsync(left: number): Promise<void>;
}

export const Player = defineActor(import.meta, 'Player', {
  init: (): { other: Ref<PlayerProtocol> | undefined } => ({ other: undefined }),
  on: {
    meet(state, other: Ref<PlayerProtocol>) {
      state.other = other;
    },
    ball(state, left: number) {
      tally.handled++;
      if (left === 0) tally.end();
      else state.other!.tell.ball(left - 1);
    },
    ballObject(state, { left }: { readonly left: number }) {
      tally.handled++;
      if (left === 0) tally.end();
      else state.other!.tell.ballObject({ left: left - 1 });
    },
    async ballAsync(state, left: number) {
      tally.handled++;
      if (left === 0) tally.end();
      else state.other!.tell.ballAsync(left - 1);
    },
  },
});

export const Counter = defineActor(import.meta, 'Counter', {
  init: (_?: undefined) => ({ count: 0 }),
  on: {
    inc(state, _n: number) {
      state.count++;
    },
    message(state, _message: Message) {
      state.count++;
    },
    async incAsync(state, _n: number) {
      state.count++;
    },
    report(state, to: Ref<ReportProtocol>) {
      to.tell.counted(state.count);
      state.count = 0;
    },
  },
});

interface ReportProtocol {
  counted(count: number): void;
}

export type Flavour = 'inc' | 'object' | 'realistic' | 'share' | 'async';

interface Burst {
  readonly counters: readonly RefOf<typeof Counter>[];
  readonly each: number;
  readonly flavour: Flavour;
}

interface ProducerProtocol extends ReportProtocol {
  more(): void;
}

/** Sends a burst in slices, then asks the counters to report to it. Full mailboxes block it between two slices. */
export const Producer = defineActor(import.meta, 'Producer', {
  init: (_?: undefined): { burst: Burst | undefined; sent: number; reports: number } => ({
    burst: undefined,
    sent: 0,
    reports: 0,
  }),
  on: {
    start(state, burst: Burst, ctx) {
      state.burst = burst;
      state.sent = 0;
      state.reports = 0;
      (ctx.self as Ref<ProducerProtocol>).tell.more();
    },
    more(state, _: void, ctx) {
      const { counters, each, flavour } = state.burst!;
      const until = Math.min(each, state.sent + Math.ceil(SLICE / counters.length));
      SENDERS[flavour](counters, state.sent, until);
      state.sent = until;
      if (until < each) (ctx.self as Ref<ProducerProtocol>).tell.more();
      else for (const counter of counters) counter.tell.report(ctx.self);
    },
    counted(state, count: number) {
      tally.handled += count;
      if (++state.reports === state.burst!.counters.length) tally.end();
    },
  },
});

type Sender = (counters: Burst['counters'], from: number, until: number) => void;

const SENDERS: Readonly<Record<Flavour, Sender>> = {
  inc(counters, from, until) {
    for (let i = from; i < until; i++) for (const counter of counters) counter.tell.inc(i);
  },
  object(counters, from, until) {
    for (let i = from; i < until; i++) for (const counter of counters) counter.tell.message(small(i));
  },
  realistic(counters, from, until) {
    for (let i = from; i < until; i++) for (const counter of counters) counter.tell.message(realistic(i));
  },
  share(counters, from, until) {
    for (let i = from; i < until; i++) for (const counter of counters) counter.tell.message(share(small(i)) as never);
  },
  async(counters, from, until) {
    for (let i = from; i < until; i++) for (const counter of counters) counter.tell.incAsync(i);
  },
};

/** The round trips being made, in the thread of whoever serves; a latency, in milliseconds, for each if they are asked for. */
export const rally = { started: 0, latencies: undefined as Float64Array | undefined };

interface ServerProtocol {
  serve(left: number): void;
  returned(left: number): void;
}

/** Serves, and serves again when the ball is back, until none is left. */
export const Server = defineActor(import.meta, 'Server', {
  init: (returner: Ref<ReturnerProtocol>) => ({ returner }),
  on: {
    serve({ returner }, left: number) {
      rally.started = performance.now();
      returner.tell.ball(left);
    },
    returned({ returner }, left: number) {
      tally.handled++;
      if (rally.latencies !== undefined) {
        const now = performance.now();
        rally.latencies[left] = now - rally.started;
        rally.started = now;
      }
      if (left === 0) tally.end();
      else returner.tell.ball(left - 1);
    },
  },
});

interface ReturnerProtocol {
  meet(server: Ref<ServerProtocol>): void;
  ball(left: number): void;
}

/** On the other thread: sends each ball back. */
export const Returner = defineActor(import.meta, 'Returner', {
  init: (_?: undefined): { server: Ref<ServerProtocol> | undefined } => ({ server: undefined }),
  on: {
    meet(state, server: Ref<ServerProtocol>) {
      state.server = server;
    },
    ball(state, left: number) {
      state.server!.tell.returned(left);
    },
  },
});

/** The players of the game being played, by index: what they do is the same for every subject. */
export const players: BigPlayer[] = [];

export const Big = defineActor(import.meta, 'Big', {
  init: (index: number) => ({ index }),
  on: {
    start: ({ index }, pings: number) => players[index]!.receive({ type: 'start', pings }),
    ping: ({ index }, from: number) => players[index]!.receive({ type: 'ping', from }),
    pong: ({ index }, from: number) => players[index]!.receive({ type: 'pong', from }),
    object: ({ index }, message: BigMessage) => players[index]!.receive(message),
  },
});

export const Echo = defineActor(import.meta, 'Echo', {
  init: (_?: undefined) => ({}),
  on: {
    number: (_state, n: number) => n,
    object: (_state, message: Small) => message,
    numberAsync: async (_state, n: number) => n,
  },
});

export const Once = defineActor(import.meta, 'Once', {
  init: () => ({}),
  on: {
    inc(_state, last: boolean, ctx) {
      tally.handled++;
      void ctx.stop();
      if (last) tally.end();
    },
  },
});

export const Holder = defineActor(import.meta, 'Holder', {
  init: (n: number) => ({ n }),
  on: { get: (state) => state.n },
});
