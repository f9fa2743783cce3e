/**
 * One random run of a broadcast core: a group, faults and crashes drawn from the seed, some broadcasts, then calm until
 * everything has arrived that ever will.
 */
import type { Core, CoreShape, NodeId } from '@troupe/protocol';
import { type CoreRun, Random, TestNetwork } from '@troupe/protocol/testing';
import type { BroadcastIndication, BroadcastRequest } from '../group.ts';
import type { History, Outcome, Property } from './properties.fixture.ts';

/** Seeds that each property of each layer is tried with. */
export const SEEDS = 1_000;

export interface ScenarioOptions {
  /** Ticks between the last fault and the end; default `CALM_TICKS`. */
  readonly calmTicks?: number;
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly delayMax: number;
  /** How many of so many nodes may crash. */
  readonly crashesMax: (nodes: number) => number;
  /** More options of the core. */
  readonly options?: object;
  readonly record?: boolean;
}

/** A network that loses, repeats and reorders; a minority crashes. */
export const ROUGH: ScenarioOptions = {
  lossPerMille: 300,
  duplicatePerMille: 150,
  delayMax: 12,
  crashesMax: (nodes) => Math.ceil(nodes / 2) - 1,
};

/** Any number may crash. */
export const GRIM: ScenarioOptions = { ...ROUGH, crashesMax: (nodes) => nodes };

/** Nobody crashes, and nothing is quiet. */
export const ALL_CORRECT: ScenarioOptions = { ...ROUGH, crashesMax: () => 0 };

/** Messages take at most `delayMax`, and a failure detector waits for longer than two of them take. Any number may crash. */
export const SYNCHRONOUS: ScenarioOptions = {
  ...GRIM,
  lossPerMille: 0,
  duplicatePerMille: 0,
  delayMax: 4,
  options: { periodTicks: 9 },
};

/** A failure detector that errs at first, and time enough for its period to grow and leaders to change. */
export const ELECTING: ScenarioOptions = { ...ROUGH, options: { periodTicks: 15 }, calmTicks: 400 };

const FAULTY_TICKS = 60;
const CALM_TICKS = 60;
const BROADCASTS = 6;

export type BroadcastShape = CoreShape & {
  Request: BroadcastRequest<string>;
  Indication: BroadcastIndication<string>;
};

export function runScenario<S extends BroadcastShape>(
  core: Core<S>,
  seed: number,
  options: ScenarioOptions,
): Outcome & { readonly runs: readonly CoreRun<S>[] } {
  const random = new Random(seed);
  const upTo = (max: number) => random.below(max + 1);
  const network = new TestNetwork<S>(core, {
    seed: seed + 1,
    nodes: 2 + random.below(4),
    options: (self, nodes) => ({ self, nodes, ...options.options }),
    faults: {
      lossPerMille: upTo(options.lossPerMille),
      duplicatePerMille: upTo(options.duplicatePerMille),
      delayMax: 1 + upTo(options.delayMax - 1),
      crashLossPerMille: upTo(1000),
    },
    record: options.record ?? false,
  });
  const { ids } = network;
  const anyone = () => ids[random.below(ids.length)] as NodeId;
  for (let i = 0; i < BROADCASTS; i++) {
    const id = anyone();
    // Now and then two from one node at once: for FIFO.
    const at = upTo(3) === 0 ? 10 : upTo(FAULTY_TICKS - 20);
    network.after(at, () => network.request(id, { kind: 'broadcast', message: `m${i}` } as S['Request']));
  }
  for (let crashes = upTo(options.crashesMax(ids.length)); crashes > 0; crashes--) {
    const id = anyone();
    network.after(upTo(FAULTY_TICKS), () => network.crash(id));
  }
  network.run(FAULTY_TICKS);
  network.faults = { ...network.faults, lossPerMille: 0, duplicatePerMille: 0, delayMax: 1 };
  network.run(options.calmTicks ?? CALM_TICKS);
  const history = network.log.flatMap((entry): History[number][] => {
    const { node } = entry;
    if (entry.kind === 'request') return [{ kind: 'broadcast', node, message: entry.request.message }];
    if (entry.kind !== 'indication') return [];
    return [{ kind: 'deliver', node, from: entry.indication.from, message: entry.indication.message }];
  });
  const correct = ids.filter((id) => network.isCorrect(id));
  return { history, nodes: ids, correct, runs: network.runs };
}

export interface Verdict {
  /** The first seed whose run breaks a property, with what it broke. */
  readonly violation?: { readonly seed: number; readonly property: string; readonly what: string };
  /** What happened over all seeds: a run in which nothing did proves nothing. */
  readonly deliveries: number;
  readonly crashes: number;
}

/** Tries seed after seed until a property is broken. */
export function judge<S extends BroadcastShape>(
  core: Core<S>,
  properties: Readonly<Record<string, Property>>,
  options: ScenarioOptions,
  seeds = SEEDS,
): Verdict {
  let deliveries = 0;
  let crashes = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const outcome = runScenario(core, seed, options);
    deliveries += outcome.history.filter(({ kind }) => kind === 'deliver').length;
    crashes += outcome.nodes.length - outcome.correct.length;
    for (const [property, check] of Object.entries(properties)) {
      const [what] = check(outcome);
      if (what !== undefined) return { violation: { seed, property, what }, deliveries, crashes };
    }
  }
  return { deliveries, crashes };
}
