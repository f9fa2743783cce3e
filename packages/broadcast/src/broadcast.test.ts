import { beside, type Core, keyed, linked, stack } from '@troupe/protocol';
import { checkCore } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { type FifoEnvelope, fifoBroadcast } from './fifo-broadcast.ts';
import type { Envelope } from './group.ts';
import { lazyReliableBroadcast } from './lazy-reliable-broadcast.ts';
import { perfectFailureDetector } from './perfect-failure-detector.ts';
import { perfectLink } from './perfect-link.ts';
import { dictatedConsensus } from './testing/dictated-consensus.fixture.ts';
import * as p from './testing/properties.fixture.ts';
import {
  ALL_CORRECT,
  type BroadcastShape,
  ELECTING,
  GRIM,
  judge,
  ROUGH,
  runScenario,
  SEEDS,
  SYNCHRONOUS,
} from './testing/scenario.fixture.ts';
import { type Batch, totalOrderBroadcast } from './total-order-broadcast.ts';
import { causal, consensus, fifo, reliable, sequenced, totalOrder, uniform } from './towers.ts';

type M = string;
const { validity, noDuplication, noCreation } = p;
const basic = { validity, noDuplication, noCreation };

const beb = linked(bestEffortBroadcast<M>(), perfectLink());
const rb = linked(reliable<M>(), perfectLink());
const urb = linked(uniform<M>(), perfectLink());
const frb = linked(fifo<M>(), perfectLink());
const crb = linked(causal<M>(), perfectLink());
const tob = linked(totalOrder<M>(), perfectLink());
const seq = linked(sequenced<M>(), perfectLink());

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
  it('has agreement, whoever crashes', () => holds(lazy, { ...basic, agreement: p.agreement }, SYNCHRONOUS));
  it('conforms', () => conforms(lazy, SYNCHRONOUS));
  it('lacks agreement where crashes go undetected', () =>
    isFound(lazy, 'agreement', p.agreement, { ...SYNCHRONOUS, options: { periodTicks: 10_000 } }));
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

describe(`total-order broadcast by consensus, ${SEEDS} seeds`, () => {
  it('has one order and uniform agreement where a majority is correct, whoever leads', () => {
    holds(tob, { ...basic, uniformAgreement: p.uniformAgreement, totalOrder: p.totalOrder }, ELECTING);
  });
  it('has one order whoever crashes', () => {
    holds(tob, { noDuplication, noCreation, totalOrder: p.totalOrder }, { ...ELECTING, ...GRIM, calmTicks: 100 });
  });
  it('conforms', () => conforms(tob, { ...ELECTING, calmTicks: 100 }));
  it('stands on any consensus: one that is dictated', () => {
    const lower = beside(reliable<Envelope<M>>(), keyed(dictatedConsensus<Batch<M>>(), { numbered: true }));
    const dictated = linked(stack(totalOrderBroadcast<M>(), lower), perfectLink());
    const { violation, deliveries } = judge(dictated, { ...basic, totalOrder: p.totalOrder }, ALL_CORRECT);
    expect({ violation, enough: deliveries > 5 * SEEDS }).toEqual({ violation: undefined, enough: true });
    conforms(dictated, ALL_CORRECT);
  });
  it('has FIFO and causal order too over causal broadcast', () => {
    const lower = beside(causal<Envelope<M>>(), consensus<Batch<M>>());
    const over = linked(stack(totalOrderBroadcast<M>(), lower), perfectLink());
    const orders = { fifoOrder: p.fifoOrder, causalOrder: p.causalOrder, totalOrder: p.totalOrder };
    const { violation, deliveries } = judge(over, orders, ELECTING, SEEDS / 5);
    expect({ violation, enough: deliveries > SEEDS }).toEqual({ violation: undefined, enough: true });
  });
});

describe(`total-order broadcast by a fixed sequencer, ${SEEDS} seeds`, () => {
  it('has one order and agreement where nobody crashes', () => {
    const { violation, deliveries } = judge(
      seq,
      { ...basic, agreement: p.agreement, totalOrder: p.totalOrder },
      ALL_CORRECT,
    );
    expect({ violation, enough: deliveries > 5 * SEEDS }).toEqual({ violation: undefined, enough: true });
  });
  it('has one order whoever crashes', () => holds(seq, { noDuplication, noCreation, totalOrder: p.totalOrder }, GRIM));
  it('conforms', () => conforms(seq));
  it('lacks validity once the sequencer has crashed', () => isFound(seq, 'validity', validity));
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
