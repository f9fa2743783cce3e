import { type Core, EffectRecorder, linked, nodeId, type Ticks } from '@troupe/protocol';
import { checkCore, Random, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { perfectLink } from './perfect-link.ts';
import { SEEDS } from './testing/scenario.fixture.ts';
import { type TokenRing, tokenRing, WAITING_MAX } from './token-ring.ts';

const STAY_TICKS = 5;

/** Everyone acquires now and then, stays a while, and releases. Gives what was wrong, and who got in. */
function run(core: Core<TokenRing>, seed: number) {
  const random = new Random(seed);
  const both = linked(core, perfectLink());
  const network = new TestNetwork(both, {
    seed,
    nodes: 1 + random.below(4),
    options: (self, nodes) => ({ self, nodes }),
    faults: { lossPerMille: random.below(300), duplicatePerMille: random.below(200), delayMax: 1 + random.below(9) },
    record: seed < 20,
  });
  const asked: number[] = [];
  for (let i = 0; i < 8; i++) {
    const id = nodeId(`n${1 + random.below(network.ids.length)}`);
    network.after(random.below(80), () => {
      const request = network.request(id, { kind: 'acquire' });
      if (request !== undefined) asked.push(request);
    });
  }
  const inside = new Map<string, number>();
  const fences: number[] = [];
  const wrong: string[] = [];
  let seen = 0;
  for (let tick = 0; tick < 800; tick++) {
    network.run(1);
    for (; seen < network.log.length; seen++) {
      const entry = network.log[seen];
      if (entry?.kind !== 'reply' || entry.reply.kind !== 'acquired') continue;
      const { node, reply } = entry;
      if (inside.size > 0) wrong.push(`${node} went in while ${[...inside.keys()]} was inside`);
      if (reply.fence <= (fences.at(-1) ?? 0)) wrong.push(`fence ${reply.fence} after ${fences.at(-1)}`);
      inside.set(node, reply.fence);
      fences.push(reply.fence);
      network.after(STAY_TICKS, () => {
        inside.delete(node);
        network.request(node, { kind: 'release', fence: reply.fence });
      });
    }
  }
  checkCore(both, network.runs);
  return { wrong, asked: asked.length, entered: fences.length };
}

describe(`the token ring over links that lose, repeat and reorder, ${SEEDS} seeds`, () => {
  it('lets one in at a time, with rising fences, and everyone in the end', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      expect({ seed, ...run(tokenRing, seed) }).toEqual({ seed, wrong: [], asked: 8, entered: 8 });
    }
  });

  it('is found out where each node makes a token', () => {
    const broken: Core<TokenRing> = {
      ...tokenRing,
      init: (options) => ({ ...tokenRing.init(options, undefined), first: true }),
    };
    expect(Array.from({ length: 50 }, (_, seed) => run(broken, seed)).some(({ wrong }) => wrong.length > 0)).toBe(true);
  });

  it('is found out where a token in use goes on', () => {
    const broken: Core<TokenRing> = {
      ...tokenRing,
      step: (state, event, out) => {
        tokenRing.step(state, event, out);
        if (state.token === 'in-use') out.send(state.next, { kind: 'token', fence: state.fence });
      },
    };
    expect(Array.from({ length: 50 }, (_, seed) => run(broken, seed)).some(({ wrong }) => wrong.length > 0)).toBe(true);
  });
});

describe('the token ring', () => {
  const [a, b] = [nodeId('a'), nodeId('b')];
  const now = 1 as Ticks;
  function start(self = a, restarted = false) {
    const state = tokenRing.init({ self, nodes: [b, a] }, undefined);
    const out = new EffectRecorder<TokenRing>();
    const step = (event: Parameters<typeof tokenRing.step>[1]) => {
      tokenRing.step(state, event, out);
      return out.take();
    };
    return {
      started: step({ kind: 'start', now, restarted }),
      step,
      ask: (request: TokenRing['Request'], id = 1) => step({ kind: 'request', now, id, request }),
    };
  }

  it('makes its token at the first node, once', () => {
    expect(start(a).started).toEqual([{ kind: 'set-timer', timer: 'rest', delay: 1 }]);
    expect([start(b).started, start(a, true).started]).toEqual([[], []]);
  });

  it('refuses a release by who is not inside', () => {
    const { ask } = start();
    const refused = [{ kind: 'reply', id: 1, reply: { kind: 'refused', reason: 'not-held' } }];
    expect(ask({ kind: 'release', fence: 0 })).toEqual(refused);
    ask({ kind: 'acquire' });
    expect(ask({ kind: 'release', fence: 7 })).toEqual(refused);
    expect(ask({ kind: 'release', fence: 1 })).toMatchObject([
      { reply: { kind: 'released' } },
      { kind: 'send', to: b },
    ]);
    expect(ask({ kind: 'release', fence: 1 })).toEqual(refused);
  });

  it('refuses to let more wait than its bound', () => {
    const { ask } = start(b);
    for (let i = 0; i < WAITING_MAX; i++) expect(ask({ kind: 'acquire' }, i)).toEqual([]);
    expect(ask({ kind: 'acquire' })).toMatchObject([{ reply: { reason: 'too-many-waiting' } }]);
  });

  it('ignores a second token, an old one, and what is none', () => {
    const { step } = start();
    for (const message of [null, {}, { kind: 'token' }, { kind: 'token', fence: -1 }, { kind: 'token', fence: 3 }]) {
      expect(step({ kind: 'message', now, from: b, message: message as never })).toMatchObject([{ kind: 'ignore' }]);
    }
  });
});
