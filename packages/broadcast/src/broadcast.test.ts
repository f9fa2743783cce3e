import { beside, type Core, linked, stack } from '@troupe/protocol';
import { checkCore } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { type FifoEnvelope, fifoBroadcast } from './fifo-broadcast.ts';
import type { Envelope } from './group.ts';
import { lazyReliableBroadcast } from './lazy-reliable-broadcast.ts';
import { perfectFailureDetector } from './perfect-failure-detector.ts';
import { perfectLink } from './perfect-link.ts';
import * as p from './testing/properties.fixture.ts';
import {
  type BroadcastShape,
  judge,
  ROUGH,
  runScenario,
  type ScenarioOptions,
  SEEDS,
} from './testing/scenario.fixture.ts';
import { type TotalOrderMessage, totalOrderBroadcast } from './total-order-broadcast.ts';
import { causal, fifo, reliable, totalOrder, uniform } from './towers.ts';

type M = string;
const { validity, noDuplication, noCreation } = p;
const basic = { validity, noDuplication, noCreation };

const beb = linked(bestEffortBroadcast<M>(), perfectLink());
const rb = linked(reliable<M>(), perfectLink());
const urb = linked(uniform<M>(), perfectLink());
const frb = linked(fifo<M>(), perfectLink());
const crb = linked(causal<M>(), perfectLink());
const tob = linked(totalOrder<M>(), perfectLink());

/** Any number may crash. */
const GRIM: ScenarioOptions = { ...ROUGH, crashesMax: (nodes) => nodes };
/** The sequencer does not crash: without it, order holds and progress does not. */
const SEQUENCED: ScenarioOptions = { ...ROUGH, immortal: ['n1'] };

function holds<S extends BroadcastShape>(layer: Core<S>, properties: Record<string, p.Property>, options = ROUGH) {
  const { violation, deliveries, crashes } = judge(layer, properties, options);
  expect(violation).toBeUndefined();
  expect(deliveries).toBeGreaterThan(5 * SEEDS);
  expect(crashes).toBeGreaterThan(SEEDS / 4);
}

/** The injected bug: a layer that lacks something must be found to lack it, and what the seed gave must say what. */
function isFound<S extends BroadcastShape>(broken: Core<S>, property: string, check: p.Property, options = ROUGH) {
  expect(judge(broken, { [property]: check }, options).violation).toMatchObject({ property });
}

describe(`best-effort broadcast over perfect links, ${SEEDS} seeds`, () => {
  it('has validity, no duplication and no creation', () => holds(beb, basic, GRIM));
  it('conforms', () => conforms(beb));
  it('lacks validity over links that lose', () => isFound(bestEffortBroadcast<M>(), 'validity', validity));
  it('lacks no-duplication over links that repeat', () =>
    isFound(bestEffortBroadcast<M>(), 'noDuplication', noDuplication));
  it('lacks no-creation where a node makes up what it delivers', () => {
    const liar: typeof beb = { ...plain(beb), step: (state, event, out) => beb.step(state, event, lying(out)) };
    isFound(liar, 'noCreation', noCreation);
  });
  it('lacks agreement, which is what reliable broadcast is for', () => isFound(beb, 'agreement', p.agreement));
});

describe(`eager reliable broadcast, ${SEEDS} seeds`, () => {
  it('has agreement too, whoever crashes', () => holds(rb, { ...basic, agreement: p.agreement }, GRIM));
  it('conforms', () => conforms(rb));
  it('lacks uniform agreement', () => isFound(rb, 'uniformAgreement', p.uniformAgreement, GRIM));
});

describe(`lazy reliable broadcast beside a perfect failure detector, ${SEEDS} seeds`, () => {
  const lower = beside(bestEffortBroadcast<Envelope<M>>(), perfectFailureDetector);
  const lazy = stack(lazyReliableBroadcast<M>(), lower);
  const synchronous = (periodTicks: number) => ({
    ...GRIM,
    lossPerMille: 0,
    duplicatePerMille: 0,
    delayMax: 4,
    options: { periodTicks },
  });
  it('has agreement, whoever crashes', () => holds(lazy, { ...basic, agreement: p.agreement }, synchronous(9)));
  it('conforms', () => conforms(lazy, synchronous(9)));
  it('lacks agreement where crashes go undetected', () => isFound(lazy, 'agreement', p.agreement, synchronous(10_000)));
});

describe(`uniform reliable broadcast, ${SEEDS} seeds`, () => {
  it('has uniform agreement where a majority is correct', () =>
    holds(urb, { ...basic, uniformAgreement: p.uniformAgreement }));
  it('conforms', () => conforms(urb));
  it('lacks validity where the majority crashes', () => isFound(urb, 'validity', validity, GRIM));
  it('lacks FIFO order', () => isFound(urb, 'fifoOrder', p.fifoOrder));
});

describe(`FIFO broadcast, ${SEEDS} seeds`, () => {
  it('has FIFO order and agreement', () =>
    holds(frb, { ...basic, agreement: p.agreement, fifoOrder: p.fifoOrder }, GRIM));
  it('conforms', () => conforms(frb));
  it('lacks causal order', () => isFound(frb, 'causalOrder', p.causalOrder));
  it('lacks validity over a lower layer that delivers less than all', () => {
    isFound(
      linked(stack(fifoBroadcast<M>(), bestEffortBroadcast<FifoEnvelope<M>>()), perfectLink()),
      'agreement',
      p.agreement,
    );
  });
});

describe(`causal broadcast, ${SEEDS} seeds`, () => {
  it('has causal order, FIFO order and agreement', () => {
    holds(crb, { ...basic, agreement: p.agreement, causalOrder: p.causalOrder, fifoOrder: p.fifoOrder }, GRIM);
  });
  it('conforms', () => conforms(crb));
  it('lacks total order', () => isFound(crb, 'totalOrder', p.totalOrder));
});

describe(`total-order broadcast, ${SEEDS} seeds`, () => {
  it('has one order and uniform agreement where the sequencer and a majority are correct', () => {
    holds(tob, { ...basic, uniformAgreement: p.uniformAgreement, totalOrder: p.totalOrder }, SEQUENCED);
  });
  it('keeps its order whoever crashes', () =>
    holds(tob, { noDuplication, noCreation, totalOrder: p.totalOrder }, GRIM));
  it('conforms', () => conforms(tob));
  it('lacks validity where the sequencer crashes', () => isFound(tob, 'validity', validity));
  it('loses uniform agreement over a layer without', () => {
    const weak = linked(stack(totalOrderBroadcast<M>(), reliable<TotalOrderMessage<M>>()), perfectLink());
    isFound(weak, 'uniformAgreement', p.uniformAgreement, { ...ROUGH, crashesMax: (nodes) => nodes });
  });
});

function conforms<S extends BroadcastShape>(layer: Core<S>, options = ROUGH) {
  let delivered = 0;
  for (let seed = 0; seed < 10; seed++) {
    const { runs, history } = runScenario(layer, seed, { ...options, record: true });
    checkCore(layer, runs);
    delivered += history.filter(({ kind }) => kind === 'deliver').length;
  }
  expect(delivered).toBeGreaterThan(50);
}

function plain<S extends BroadcastShape>(core: Core<S>): Core<S> {
  return {
    name: core.name,
    init: core.init.bind(core),
    step: core.step.bind(core),
    ...(core.fold && { fold: core.fold }),
  };
}

function lying<O extends { indicate(indication: { kind: 'deliver'; from: never; message: string }): void }>(out: O): O {
  return new Proxy(out, {
    get: (target, key) =>
      key === 'indicate'
        ? (told: { message: string }) => target.indicate({ ...told, message: `${told.message}?` } as never)
        : (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind(target),
  });
}
