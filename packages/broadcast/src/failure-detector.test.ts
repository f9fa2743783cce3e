import { type Core, type CoreShape, EffectRecorder, nodeId, stack, type Ticks, ticks } from '@troupe/protocol';
import { checkCore, mutate, Random, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { eventualLeaderDetector } from './eventual-leader-detector.ts';
import { eventuallyPerfectFailureDetector } from './eventually-perfect-failure-detector.ts';
import { perfectFailureDetector } from './perfect-failure-detector.ts';
import { SEEDS } from './testing/scenario.fixture.ts';

const PERIOD = 10;
type Detector = CoreShape & { Indication: { kind: string } };

/** From then on the system keeps its bound on delays, which is below a period but not below half of one. */
const GLOBAL_STABILISATION = 400;
const STABLE_DELAY_MAX = PERIOD - 1;

/** Crashes of any but one node at random times, under a bound on delays, and perhaps a lower one later. */
function run<S extends Detector>(core: Core<S>, seed: number, delayMax: number, options: object = {}) {
  const random = new Random(seed);
  const network = new TestNetwork(core, {
    seed,
    nodes: 2 + random.below(3),
    options: (self, nodes) => ({ self, nodes, periodTicks: PERIOD, ...options }),
    faults: { delayMax, crashLossPerMille: 500 },
    record: seed < 20,
  });
  for (const id of network.ids.slice(1)) {
    if (random.below(2) === 0) network.after(random.below(60), () => network.crash(id));
  }
  network.run(GLOBAL_STABILISATION);
  network.faults = { ...network.faults, delayMax: Math.min(delayMax, STABLE_DELAY_MAX) };
  network.run(600);
  const told = network.log.filter((entry) => entry.kind === 'indication');
  return { network, told, correct: network.ids.filter((id) => network.isCorrect(id)) };
}

/** The first seed that shows it, of those that may be tried. */
function firstSeed(shows: (seed: number) => boolean): number {
  for (let seed = 0; seed < SEEDS; seed++) if (shows(seed)) return seed;
  return SEEDS;
}

describe(`the perfect failure detector, ${SEEDS} seeds`, () => {
  /** What is wrong with one run: a crash that a correct node did not detect, or one detected that was none. */
  function wrong(seed: number, delayMax: number, core = perfectFailureDetector) {
    const { network, told, correct } = run(core, seed, delayMax);
    const detected = (by: string, node: string) =>
      told.some((entry) => entry.kind === 'indication' && entry.node === by && entry.indication.node === node);
    const crashed = network.ids.filter((id) => !correct.includes(id));
    const incomplete = correct.flatMap((by) => crashed.filter((id) => !detected(by, id)));
    const inaccurate = told.filter((entry, index) => {
      if (entry.kind !== 'indication') return false;
      const before = network.log.slice(0, network.log.indexOf(told[index] as typeof entry));
      return !before.some((earlier) => earlier.kind === 'crash' && earlier.node === entry.indication.node);
    });
    checkCore(core, network.runs);
    return { incomplete, inaccurate: inaccurate.length, detections: told.length };
  }

  it('detects every crash and nobody else, where a round trip is shorter than the period', () => {
    let detections = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const result = wrong(seed, PERIOD / 2 - 1);
      expect({ seed, ...result }).toMatchObject({ seed, incomplete: [], inaccurate: 0 });
      detections += result.detections;
    }
    expect(detections).toBeGreaterThan(SEEDS / 2);
  });

  it('is found out where it takes one answer for all time', () => {
    const trusting = mutate(perfectFailureDetector, {
      after: (event, { alive, others }) => {
        if (event.kind === 'timeout') for (const id of others) alive.add(id);
      },
    });
    expect(firstSeed((seed) => wrong(seed, PERIOD / 2 - 1, trusting).incomplete.length > 0)).toBeLessThan(20);
  });

  it('is found out where it waits for half a period', () => {
    const hasty = mutate(perfectFailureDetector, {
      out: (out) => ({ setTimer: (timer, delay) => out.setTimer(timer, ticks(Math.floor(delay / 2))) }),
    });
    expect(firstSeed((seed) => wrong(seed, PERIOD / 2 - 1, hasty).inaccurate > 0)).toBeLessThan(20);
  });

  it('is found to accuse the living, where the system is not synchronous', () => {
    expect(Array.from({ length: 20 }, (_, seed) => wrong(seed, PERIOD * 2).inaccurate).some((count) => count > 0)).toBe(
      true,
    );
  });
});

describe(`the eventually perfect failure detector, ${SEEDS} seeds`, () => {
  /** After a long run: whom correct nodes suspect wrongly, or fail to; and suspicions in the last part of it. */
  function wrong(seed: number, options: object = {}) {
    const { network, told, correct } = run(eventuallyPerfectFailureDetector, seed, PERIOD * 2, options);
    const crashed = network.ids.filter((id) => !correct.includes(id));
    const unsettled = correct.filter((id) => String([...network.state(id).suspected].sort()) !== String(crashed));
    const late = told.filter(({ at, node }) => at > 800 && correct.includes(node)).length;
    checkCore(eventuallyPerfectFailureDetector, network.runs);
    return { unsettled, late, told: told.length };
  }

  it('ends up suspecting exactly those that crashed, though messages take longer than its first period', () => {
    let restored = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const result = wrong(seed);
      expect({ seed, ...result }).toMatchObject({ seed, unsettled: [], late: 0 });
      restored += result.told;
    }
    expect(restored).toBeGreaterThan(SEEDS);
  });

  it('is found out where its period does not grow', () => {
    const fixed = { periodTicksMax: ticks(PERIOD) };
    expect(Array.from({ length: 20 }, (_, seed) => wrong(seed, fixed).late).some((count) => count > 0)).toBe(true);
  });
});

describe(`the eventual leader detector, ${SEEDS} seeds`, () => {
  const core = stack(eventualLeaderDetector, eventuallyPerfectFailureDetector);
  function leaders(seed: number, options: object = {}, tower: typeof core = core) {
    const { network, told, correct } = run(tower, seed, PERIOD * 2, options);
    checkCore(tower, network.runs);
    const changes = told.filter(({ at, node }) => at > 800 && correct.includes(node)).length;
    const trusted = correct.map((id) => network.state(id).layers[0].leader);
    return { correct, trusted: [...new Set(trusted)], changes, told: told.length };
  }

  it('ends up with one leader that is correct, the same everywhere', () => {
    let elections = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { correct, trusted, changes, told } = leaders(seed);
      expect({ seed, trusted, changes }).toEqual({ seed, trusted: [correct[0]], changes: 0 });
      elections += told;
    }
    expect(elections).toBeGreaterThan(3 * SEEDS);
  });

  it('is found out where it never takes a suspicion back', () => {
    const resentful = stack(
      mutate(eventualLeaderDetector, {
        event: (event) => (event.kind === 'indication' && event.indication.kind === 'restore' ? undefined : event),
      }),
      eventuallyPerfectFailureDetector,
    );
    const settles = (seed: number) => {
      const { correct, trusted } = leaders(seed, {}, resentful);
      return trusted.length === 1 && trusted[0] === correct[0];
    };
    expect(firstSeed((seed) => !settles(seed))).toBeLessThan(20);
  });

  it('is found to waver above a detector whose period does not grow', () => {
    const fixed = { periodTicksMax: ticks(PERIOD) };
    expect(Array.from({ length: 20 }, (_, seed) => leaders(seed, fixed).changes).some((count) => count > 0)).toBe(true);
  });
});

describe('both failure detectors', () => {
  const [self, peer] = [nodeId('a'), nodeId('b')];

  it.each([perfectFailureDetector, eventuallyPerfectFailureDetector])(
    'ignore what is malformed or foreign: $name',
    (core) => {
      const options = { self, nodes: [self, peer], periodTicks: ticks(5) };
      const out = new EffectRecorder();
      for (const [from, message] of [
        [peer, null],
        [peer, {}],
        [peer, { kind: 'x' }],
        [nodeId('stranger'), { kind: 'heartbeat-reply' }],
      ] as const) {
        core.step(
          core.init(options, undefined) as never,
          { kind: 'message', now: 1 as Ticks, from, message: message as never },
          out as never,
        );
      }
      expect(out.take().map(({ kind }) => kind)).toEqual(Array(4).fill('ignore'));
    },
  );

  it.each([perfectFailureDetector, eventuallyPerfectFailureDetector])('refuse a period that is none: $name', (core) => {
    expect(() => core.init({ self, nodes: [self], periodTicks: 0 as Ticks }, undefined)).toThrow(
      'Expected periodTicks from 1 up',
    );
  });
});
