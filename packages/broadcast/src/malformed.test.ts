import { type AnyShape, type Core, EffectRecorder, isTroupeError, nodeId, type Ticks } from '@troupe/protocol';
import { Random } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { bestEffortBroadcast } from './best-effort-broadcast.ts';
import { CAUSAL_PENDING_MAX, causalBroadcast } from './causal-broadcast.ts';
import { eagerReliableBroadcast } from './eager-reliable-broadcast.ts';
import { eventuallyPerfectFailureDetector } from './eventually-perfect-failure-detector.ts';
import { fifoBroadcast } from './fifo-broadcast.ts';
import { fixedSequencerBroadcast } from './fixed-sequencer-broadcast.ts';
import { lazyReliableBroadcast } from './lazy-reliable-broadcast.ts';
import { EPOCHS_MAX, leaderBasedEpochChange } from './leader-based-epoch-change.ts';
import { leaderDrivenConsensus } from './leader-driven-consensus.ts';
import { perfectFailureDetector } from './perfect-failure-detector.ts';
import { perfectLink } from './perfect-link.ts';
import { AHEAD_MAX } from './sequence-set.ts';
import { tokenRing } from './token-ring.ts';
import { totalOrderBroadcast, UNORDERED_MAX } from './total-order-broadcast.ts';
import { consensus, totalOrder } from './towers.ts';
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

const raw = [
  perfectLink(),
  bestEffortBroadcast(),
  fixedSequencerBroadcast(),
  perfectFailureDetector,
  eventuallyPerfectFailureDetector,
  leaderBasedEpochChange,
  leaderDrivenConsensus(),
  consensus(),
  totalOrder(),
  tokenRing,
];
const above = [
  eagerReliableBroadcast(),
  uniformReliableBroadcast(),
  fifoBroadcast(),
  causalBroadcast(),
  fixedSequencerBroadcast(),
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
    'new-epoch',
    'nack',
    'read',
    'state',
    'write',
    'accept',
    'decided',
    '0',
    true,
    7n,
    a,
    b,
    stranger,
  ];
  if (depth > 2 || random.below(3) === 0) return leaves[random.below(leaves.length)];
  if (random.below(4) === 0) return Array.from({ length: random.below(4) }, () => junk(random, depth + 1));
  const keys = [
    ...['kind', 'origin', 'sequence', 'message', 'vector', 'position', 'base', 'incarnation', 'fence'],
    ...['epoch', 'timestamp', 'written', 'value', 'layer', 'side', 'key'],
  ];
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

  it('under a fixed sequencer, by positions ahead', () => {
    const step = start(fixedSequencerBroadcast());
    expect(step(deliver({ position: AHEAD_MAX + 1, origin: b, message: 'm' }, a))).toEqual(['ignore']);
    expect(step(deliver({ position: AHEAD_MAX, origin: b, message: 'm' }, a))).toEqual([]);
    expect(step(deliver({ position: 0, origin: b, message: 'm' }, b))).toEqual(['ignore']);
  });

  it('in total-order broadcast, by messages without a place, and by rounds ahead', () => {
    const step = start(totalOrderBroadcast());
    const come = (sequence: number) =>
      step({
        kind: 'indication',
        indication: { side: 'left', indication: deliver({ origin: b, sequence, message: 'm' }).indication },
      });
    const decide = (key: string, value: unknown) =>
      step({
        kind: 'indication',
        indication: { side: 'right', indication: { key, indication: { kind: 'decide', value } } },
      });
    expect(come(0)).toEqual(['request']);
    expect(come(AHEAD_MAX + 1)).toEqual(['ignore']);
    for (let sequence = 1; sequence < UNORDERED_MAX; sequence++) come(sequence);
    expect(come(UNORDERED_MAX)).toEqual(['ignore']);
    expect(decide(String(AHEAD_MAX + 1), [])).toEqual(['ignore']);
    expect(decide('1', [])).toEqual([]);
    expect(decide('0', 'no batch')).toEqual(['ignore']);
    expect(decide('0', [null, { origin: stranger, sequence: 0 }, { origin: b, sequence: 0, message: 'm' }])).toEqual([
      'ignore',
      'ignore',
      'indicate',
      'request',
      'request',
    ]);
    expect(decide('1', [])).toEqual(['ignore']);
  });

  it('in the change of epochs, by timestamps', () => {
    const step = start(leaderBasedEpochChange);
    const say = (kind: string, timestamp: number) => step({ kind: 'message', from: b, message: { kind, timestamp } });
    expect(say('new-epoch', EPOCHS_MAX + 1)).toEqual(['ignore']);
    expect(say('nack', EPOCHS_MAX)).toEqual(['ignore']);
    // Another's epoch: that of the first node.
    expect(say('new-epoch', 2)).toEqual(['ignore']);
    expect(say('new-epoch', 3)).toEqual([]);
    expect(say('nack', EPOCHS_MAX - 1)).toEqual(['send', 'send']);
  });

  it('and a group without the node itself is refused', () => {
    for (const core of [...above, bestEffortBroadcast(), lazyReliableBroadcast()] as Core<AnyShape>[]) {
      expect(() => core.init({ self: stranger, nodes: [a, b] }, undefined)).toThrow(
        expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_CORE_OPTIONS')),
      );
    }
  });
});
