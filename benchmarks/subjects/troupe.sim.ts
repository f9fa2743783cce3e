/** Simulated protocols, as small as may be: what is measured is the simulator. */
import { type Core, type NodeId, type Shape, type Ticks, ticks } from 'troupe/protocol';
import {
  actorRunnable,
  coreRunnable,
  defineActorSimulation,
  defineSimulation,
  RandomChooser,
  type Runnable,
} from 'troupe/sim';
import { type Bench, timed } from '../harness/outcome.ts';
import { SIMULATED_NODES } from '../workloads/sim.ts';
import { SimPlayer } from './sim-player.ts';

interface Group {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
}

export const sim = {
  events,
  'actors-sync': () => actors('hit'),
  'actors-async': () => actors('hitAsync'),
  heartbeats,
};

/** Counts the events that are about to happen, whatever the simulator says of them. */
class CountingChooser extends RandomChooser {
  begun = 0;

  override begin(): boolean {
    this.begun++;
    return true;
  }
}

/** Runs seed after seed until there were so many; `measure` says how many a run had. */
function bench(
  runnable: Runnable,
  measure: (run: { events: number; ticks: number; begun: number }) => { told: number; seen: number },
): Bench {
  let seed = 0;
  return {
    async run(count) {
      let sent = 0;
      let handled = 0;
      const outcome = await timed(
        count,
        async () => {
          while (sent < count) {
            const chooser = new CountingChooser(seed++);
            const { events: happened, ticks: passed } = await runnable.run(chooser);
            const { told, seen } = measure({ events: happened, ticks: passed, begun: chooser.begun });
            sent += told;
            handled += seen;
          }
        },
        () => handled,
      );
      return { ...outcome, sent };
    },
  };
}

type Rally = Shape<{
  Options: Group;
  State: Group & { heard: number };
  Message: { readonly kind: 'ball'; readonly hits: number };
  Timer: 'serve';
}>;

const HITS = 20;
const SERVE_TICKS = ticks(10);

const rally: Core<Rally> = {
  name: 'rally',
  init: ({ self, nodes }) => ({ self, nodes, heard: 0 }),
  step: (state, event, out) => {
    if (event.kind === 'message') {
      state.heard++;
      const { hits } = event.message;
      if (hits < HITS) out.send(event.from, { kind: 'ball', hits: hits + 1 });
      return;
    }
    if (event.kind === 'timeout')
      for (const node of state.nodes) if (node !== state.self) out.send(node, { kind: 'ball', hits: 0 });
    out.setTimer('serve', SERVE_TICKS);
  },
};

function events(): Bench {
  const simulation = defineSimulation<Rally>({
    name: 'rally',
    core: rally,
    nodes: SIMULATED_NODES,
    options: (self, nodes) => ({ self, nodes }),
    safetyTicks: 2_000,
    always: { 'counts go up': ({ nodes }) => (nodes[0]?.state.heard ?? 0) >= 0 },
  });
  return bench(coreRunnable(simulation), ({ events: happened, begun }) => ({ told: happened, seen: begun }));
}

type Heartbeat = Shape<{
  Options: Group;
  State: Group & { readonly leads: boolean; missed: number };
  Message: { readonly kind: 'heartbeat' | 'ok' };
  Timer: 'beat' | 'election';
}>;

const BEAT_TICKS = 50 as Ticks;
const ELECTION_TICKS = 300 as Ticks;
const RUN_TICKS = 100_000;

const heartbeat: Core<Heartbeat> = {
  name: 'heartbeat',
  init: ({ self, nodes }) => ({ self, nodes, leads: self === nodes[0], missed: 0 }),
  step: (state, event, out) => {
    if (event.kind === 'message') {
      if (event.message.kind === 'ok') return;
      out.setTimer('election', ELECTION_TICKS);
      out.send(event.from, { kind: 'ok' });
      return;
    }
    if (event.kind === 'timeout' && event.timer === 'election') state.missed++;
    if (!state.leads) {
      out.setTimer('election', ELECTION_TICKS);
      return;
    }
    for (const node of state.nodes) if (node !== state.self) out.send(node, { kind: 'heartbeat' });
    out.setTimer('beat', BEAT_TICKS);
  },
};

const TICKS_A_SECOND = 1_000;

/** A run counts the seconds that its heartbeats show: 20 to each follower a second, in both directions. */
function heartbeats(): Bench {
  const simulation = defineSimulation<Heartbeat>({
    name: 'heartbeats',
    core: heartbeat,
    nodes: SIMULATED_NODES,
    options: (self, nodes) => ({ self, nodes }),
    safetyTicks: RUN_TICKS,
  });
  return bench(coreRunnable(simulation), ({ ticks: passed }) => {
    const seconds = Math.round(passed / TICKS_A_SECOND);
    return { told: seconds, seen: seconds };
  });
}

/** Hits of a ball, and the balls of a run: one for each player. */
const RALLY = 2_000;
const LOOK_TICKS = 100;

/** The players count what they were hit; nodes fail in no way that loses a message. */
function actors(kind: 'hit' | 'hitAsync'): Bench {
  const sent = SIMULATED_NODES * (RALLY + 1);
  let handled = 0;
  const simulation = defineActorSimulation({
    name: 'players',
    nodes: SIMULATED_NODES,
    faults: { processes: { crashes: () => 0 } },
    safetyTicks: 10_000,
    livenessTicks: 1_000_000,
    run: async (system, world) => {
      const players = await Promise.all(world.nodes.map((node) => system.spawn(SimPlayer, undefined, { node })));
      const after = (index: number) => players[(index + 1) % players.length] as (typeof players)[number];
      // Each knows its next before any ball comes: between different senders there is no order.
      await Promise.all(players.map((player, index) => player.ask.next(after(index))));
      for (const player of players) player.tell[kind](RALLY);
      for (handled = 0; handled < sent; ) {
        await world.sleep(LOOK_TICKS);
        handled = (await Promise.all(players.map((player) => player.ask.hits()))).reduce((sum, hits) => sum + hits, 0);
      }
    },
  });
  return bench(actorRunnable(simulation), () => ({ told: sent, seen: handled }));
}
