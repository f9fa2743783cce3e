/** Troupe across threads: the calling thread's node, `main`, and one worker's, `n1`; every default as it is. */
import { type CausalityOptions, createSystem, type System } from 'troupe';
import { type Bench, timed } from '../harness/outcome.ts';
import { askWorkloads, asleepBench, type Echo as EchoAsk, latencyFigures } from '../workloads/round-trips.ts';
import type { Prepare } from './subject.ts';
import { Counter, Echo, type Flavour, Producer, Returner, rally, Server, tally } from './troupe.actors.ts';

export const threads: Readonly<Record<string, Prepare>> = {
  'counting-small': () => counting('object'),
  'counting-realistic': () => counting('realistic'),
  'ping-pong': () => pingPong(false),
  'ping-pong-latency': () => pingPong(true),
  'ping-pong-asleep': asleep,
  ...askWorkloads(echo),
};

/** The same where the system has a clock, or records. */
export const recorded = (options: CausalityOptions): Readonly<Record<string, Prepare>> => ({
  'counting-small': () => counting('object', options),
  'ping-pong': () => pingPong(false, options),
});

export const start: Readonly<Record<string, Prepare>> = {
  'node-start': () => nodeStart('node-start'),
  'node-start-one': () => nodeStart('node-start-one'),
};

const HERE = { node: 'main' };
const THERE = { node: 'n1' };

async function counting(flavour: Flavour, options: CausalityOptions = {}): Promise<Bench> {
  const system = await createSystem({ nodes: 1, ...options });
  const counters = [await system.spawn(Counter, undefined, THERE)];
  const producer = await system.spawn(Producer, undefined, HERE);
  return {
    run: (each) => tally.time(each, () => producer.tell.start({ counters, each, flavour })),
    close: () => close(system),
  };
}

async function server(system: System) {
  const returner = await system.spawn(Returner, undefined, THERE);
  const serving = await system.spawn(Server, returner, HERE);
  await returner.ask.meet(serving);
  return serving;
}

async function pingPong(timeEach: boolean, options: CausalityOptions = {}): Promise<Bench> {
  const system = await createSystem({ nodes: 1, ...options });
  const serving = await server(system);
  return {
    async run(count) {
      const latencies = new Float64Array(count);
      rally.latencies = timeEach ? latencies : undefined;
      const outcome = await tally.time(count, () => serving.tell.serve(count - 1));
      return timeEach ? { ...outcome, figures: latencyFigures('ping-pong', latencies) } : outcome;
    },
    close: () => close(system),
  };
}

async function asleep(): Promise<Bench> {
  const system = await createSystem({ nodes: 1 });
  const serving = await server(system);
  const roundTrip = (n: number) =>
    new Promise<number>((resolve) => {
      tally.end = () => resolve(n);
      serving.tell.serve(0);
    });
  return asleepBench({ ask: roundTrip, close: () => close(system) });
}

async function echo(): Promise<EchoAsk> {
  const system = await createSystem({ nodes: 1 });
  const there = await system.spawn(Echo, undefined, THERE);
  return { ask: (n) => there.ask.number(n), close: () => close(system) };
}

function nodeStart(name: string): Bench {
  return {
    async run(count) {
      let answered = 0;
      const started = performance.now();
      const system = await createSystem({ nodes: count });
      const milliseconds = performance.now() - started;
      const answers = async () => {
        for (const node of system.nodes.slice(1)) {
          const there = await system.spawn(Echo, undefined, { node });
          if ((await there.ask.number(answered)) === answered) answered++;
        }
        await close(system);
      };
      const outcome = await timed(count, answers, () => answered);
      return { ...outcome, milliseconds, figures: { [name]: milliseconds } };
    },
  };
}

async function close(system: System): Promise<void> {
  await system[Symbol.asyncDispose]();
}
