import { type AnyShape, type Core, EffectRecorder, isTroupeError, nodeId, type Ticks } from '@troupe/protocol';
import { Random } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { CAUSAL_PENDING_MAX, causalBroadcast } from './causal-broadcast.ts';
import { eagerReliableBroadcast } from './eager-reliable-broadcast.ts';
import { eventuallyPerfectFailureDetector } from './eventually-perfect-failure-detector.ts';
import { fifoBroadcast } from './fifo-broadcast.ts';
import { lazyReliableBroadcast } from './lazy-reliable-broadcast.ts';
import { perfectFailureDetector } from './perfect-failure-detector.ts';
import { perfectLink } from './perfect-link.ts';
import { AHEAD_MAX } from './sequence-set.ts';
import { tokenRing } from './token-ring.ts';
import { totalOrderBroadcast } from './total-order-broadcast.ts';
import { PENDING_MAX, uniformReliableBroadcast } from './uniform-reliable-broadcast.ts';

const [a, b, stranger] = [nodeId('a'), nodeId('b'), nodeId('z')];
const now = 1 as Ticks;
const options = { self: a, nodes: [a, b], periodTicks: 5 as Ticks };

function start(core: unknown) {
  const any = core as Core<AnyShape>;
  const state = any.init(options, undefined);
  const out = new EffectRecorder<AnyShape>();
  return (event: object) => {
    any.step(state, { now, ...event } as never, out);
    return out.take().map((effect) => effect.kind);
  };
}

const raw = [perfectLink(), bestEffortBroadcast(), perfectFailureDetector, eventuallyPerfectFailureDetector, tokenRing];
const above = [
  eagerReliableBroadcast(),
  uniformReliableBroadcast(),
  fifoBroadcast(),
  causalBroadcast(),
  totalOrderBroadcast(),
];

/** Values of the kinds that a mutated or foreign frame could decode to. */
function junk(random: Random, depth = 0): unknown {
  const leaves = [
    null,
    undefined,
    0,
    -1,
    0.5,
    Number.NaN,
    2 ** 60,
    '',
    'a',
    'token',
    'data',
    'content',
    'order',
    true,
    7n,
    a,
    b,
    stranger,
  ];
  if (depth > 2 || random.below(3) === 0) return leaves[random.below(leaves.length)];
  if (random.below(4) === 0) return Array.from({ length: random.below(4) }, () => junk(random, depth + 1));
  const keys = ['kind', 'origin', 'sequence', 'message', 'vector', 'position', 'base', 'incarnation', 'fence'];
  return Object.fromEntries(keys.filter(() => random.below(2) === 0).map((key) => [key, junk(random, depth + 1)]));
}

describe('no layer is brought down by what a peer may send', () => {
  it.each(raw)('$name', (core) => {
    const step = start(core);
    for (let seed = 0; seed < 3_000; seed++) {
      const random = new Random(seed);
      const from = [a, b, stranger][random.below(3)];
      step({ kind: 'message', from, message: junk(random) });
    }
    expect(step({ kind: 'message', from: stranger, message: 7 })).toEqual(['ignore']);
  });

  it.each(above)('$name', (core) => {
    const step = start(core);
    for (let seed = 0; seed < 3_000; seed++) {
      const random = new Random(seed);
      const from = [a, b, stranger][random.below(3)];
      step({ kind: 'indication', indication: { kind: 'deliver', from, message: junk(random) } });
    }
    expect(
      step({ kind: 'indication', indication: { kind: 'deliver', from: stranger, message: { sequence: 'x' } } }),
    ).toEqual(['ignore']);
  });

  it('lazy-reliable-broadcast', () => {
    const step = start(lazyReliableBroadcast());
    for (let seed = 0; seed < 3_000; seed++) {
      step({
        kind: 'indication',
        indication: { side: 'left', indication: { kind: 'deliver', from: b, message: junk(new Random(seed)) } },
      });
    }
    expect(
      step({
        kind: 'indication',
        indication: { side: 'left', indication: { kind: 'deliver', from: b, message: null } },
      }),
    ).toEqual(['ignore']);
  });
});

describe('what waits is bounded, and what goes beyond is ignored', () => {
  const deliver = (message: unknown, from = b) => ({
    kind: 'indication',
    indication: { kind: 'deliver', from, message },
  });

  it('in FIFO broadcast, by how far ahead a message may be', () => {
    const step = start(fifoBroadcast());
    expect(step(deliver({ sequence: AHEAD_MAX + 1, message: 'm' }))).toEqual(['ignore']);
    expect(step(deliver({ sequence: AHEAD_MAX, message: 'm' }))).toEqual([]);
  });

  it('in causal broadcast, by the number that wait', () => {
    const step = start(causalBroadcast());
    const wait = () => step(deliver({ vector: [1, 9], message: 'm' }));
    // The list is walked at each delivery: fill it directly up to the bound.
    const core = causalBroadcast();
    const state = core.init(options, undefined);
    for (let i = 0; i < CAUSAL_PENDING_MAX; i++) state.waiting.push({ rank: 1, vector: [1, 9], message: i });
    const out = new EffectRecorder<AnyShape>();
    core.step(state, { now, ...deliver({ vector: [1, 9], message: 'm' }) } as never, out);
    expect(out.take()).toEqual([{ kind: 'ignore', reason: 'a message beyond those that may wait for their causes' }]);
    expect(wait()).toEqual([]);
  });

  it('in uniform broadcast, by the number that await a majority', () => {
    const step = start(uniformReliableBroadcast());
    for (let sequence = 0; sequence < PENDING_MAX; sequence++) {
      expect(step(deliver({ origin: b, sequence, message: 'm' }))).toEqual(['request']);
    }
    expect(step(deliver({ origin: b, sequence: PENDING_MAX, message: 'm' }))).toEqual(['ignore']);
  });

  it('in total-order broadcast, by positions ahead and by content without a place', () => {
    const step = start(totalOrderBroadcast());
    expect(step(deliver({ kind: 'order', position: AHEAD_MAX + 1, origin: b, sequence: 0 }, a))).toEqual(['ignore']);
    expect(step(deliver({ kind: 'order', position: 0, origin: b, sequence: 0 }, b))).toEqual(['ignore']);
    for (let sequence = 0; sequence < AHEAD_MAX; sequence++) step(deliver({ kind: 'content', sequence, message: 'm' }));
    expect(step(deliver({ kind: 'content', sequence: AHEAD_MAX, message: 'm' }))).toEqual(['ignore']);
  });

  it('and a group without the node itself is refused', () => {
    for (const core of [...above, bestEffortBroadcast(), lazyReliableBroadcast()] as Core<AnyShape>[]) {
      expect(() => core.init({ self: stranger, nodes: [a, b] }, undefined)).toThrow(
        expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_CORE_OPTIONS')),
      );
    }
  });
});
