import { describe, expect, expectTypeOf, it } from 'vitest';
import { nodeId, type Ticks } from './brand.ts';
import type { Core } from './core.ts';
import { isTroupeError } from './error.ts';
import type { Event } from './event.ts';
import { fingerprint } from './plain-data.ts';
import { EffectRecorder } from './recorder.ts';
import type { CoreShape, Shape } from './shape.ts';
import { type Stacked, stack } from './stack.ts';
import { type Chatter, chatter } from './testing/chatter.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';

const A = chatter('a', { asksBelow: true });
const B = chatter('b', { asksBelow: true });
const C = chatter('c');
const now = 1 as Ticks;

function chat<S extends CoreShape & { Request: { kind: 'chat'; word: string } }>(core: Core<S>, seed: number) {
  const network = new TestNetwork(core, {
    seed,
    nodes: 3,
    options: (self, nodes) => ({ self, nodes }),
    faults: { delayMax: 5, lossPerMille: 100, duplicatePerMille: 100, persistDelayMax: 4 },
    machine: () => {
      let applied = 0;
      return () => ++applied;
    },
    record: true,
  });
  for (const [index, id] of network.ids.entries()) {
    for (let i = 0; i < 4; i++)
      network.after(1 + 3 * i + index, () => network.request(id, { kind: 'chat', word: `${i}` }));
  }
  const [first] = network.ids;
  if (first !== undefined) {
    network.after(8, () => network.crash(first));
    network.after(14, () => network.restart(first));
  }
  network.run(60);
  return network;
}

describe('stack', () => {
  it('is associative: either nesting does the same, state for state', () => {
    for (let seed = 0; seed < 50; seed++) {
      const left = chat(stack(stack(A, B), C), seed);
      const right = chat(stack(A, stack(B, C)), seed);
      expect(fingerprint(left.log)).toBe(fingerprint(right.log));
      for (const id of left.ids) expect(fingerprint(left.state(id))).toBe(fingerprint(right.state(id)));
      expect(left.log.length).toBeGreaterThan(100);
    }
  });

  it('has the same type in either nesting', () => {
    expectTypeOf(stack(stack(A, B), C)).toEqualTypeOf(stack(A, stack(B, C)));
    expectTypeOf(stack(A, B)).toEqualTypeOf<Core<Stacked<readonly [Chatter, Chatter]>>>();
  });

  it('is a conforming core', () => {
    for (let seed = 0; seed < 20; seed++) checkCore(stack(stack(A, B), C), chat(stack(stack(A, B), C), seed).runs);
  });

  it('takes a request to the top, its requests down, and answers and indications up', () => {
    const core = stack(A, C);
    const state = core.init({ self: nodeId('n1'), nodes: [nodeId('n1')] }, undefined);
    const out = new EffectRecorder<Stacked<readonly [Chatter, Chatter]>>();
    core.step(state, { kind: 'request', now, id: 5, request: { kind: 'chat', word: 'hi' } }, out);
    const effects = out.take();
    expect(effects.filter(({ kind }) => kind === 'reply')).toEqual([
      { kind: 'reply', id: 5, reply: { kind: 'chatted', count: 1 } },
    ]);
    expect(effects).toContainEqual({ kind: 'indicate', indication: { kind: 'answered', token: 1, count: 1 } });
    expect(effects).toContainEqual({
      kind: 'persist',
      token: { scope: 1, name: 1 },
      record: { layer: 1, record: 'c:a:hi' },
    });
    core.step(state, { kind: 'timeout', now, timer: { scope: 1, name: 't1' } }, out);
    expect(out.take()).toEqual([
      { kind: 'indicate', indication: { kind: 'told', indication: { kind: 'rang', timer: 't1' } } },
    ]);
  });

  it('folds each record into the durable state of its own layer', () => {
    const core = stack(A, stack(B, C));
    let durable = core.fold?.(undefined, { layer: 2, record: 'x' });
    durable = core.fold?.(durable, { layer: 0, record: 'y' });
    durable = core.fold?.(durable, { layer: 2, record: 'z' });
    expect(durable).toEqual([['y'], undefined, ['x', 'z']]);
    expect(core.init({ self: nodeId('n1'), nodes: [] }, durable).layers.map(({ words }) => words)).toEqual([
      ['y'],
      [],
      ['x', 'z'],
    ]);
  });

  it('ignores a malformed message for a counted reason', () => {
    const core = stack(A, C);
    const state = core.init({ self: nodeId('n1'), nodes: [] }, undefined);
    const out = new EffectRecorder<Stacked<readonly [Chatter, Chatter]>>();
    for (const message of [null, 7, {}, { layer: 2 }, { layer: -1 }, { layer: '0' }, { layer: 0.5 }, []]) {
      const event = { kind: 'message', now, from: nodeId('n2'), message } as unknown as Event<
        Stacked<readonly [Chatter, Chatter]>
      >;
      core.step(state, event, out);
    }
    expect(out.take()).toEqual(Array(8).fill({ kind: 'ignore', reason: 'a message for no layer of this stack' }));
  });

  it('stops layers that answer one another without end, and works again afterwards', () => {
    type Echo = Shape<{
      State: object;
      Request: string;
      Indication: string;
      LowerRequest: string;
      LowerIndication: string;
    }>;
    const upper: Core<Echo> = {
      name: 'upper',
      init: () => ({}),
      step: (_state, event, out) => {
        if (event.kind === 'request' || event.kind === 'indication')
          out.request(event.kind === 'request' ? event.request : 'again');
      },
    };
    const lower: Core<Echo> = {
      name: 'lower',
      init: () => ({}),
      step: (_state, event, out) => {
        if (event.kind === 'request' && event.request !== 'once') out.indicate(event.request);
      },
    };
    const core = stack(upper, lower);
    const state = core.init({}, undefined);
    const out = new EffectRecorder<Stacked<readonly [Echo, Echo]>>();
    const request = (what: string) => core.step(state, { kind: 'request', now, id: null, request: what }, out);
    expect(() => request('for ever')).toThrow(expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_INVARIANT')));
    request('once');
    expect(out.take()).toEqual([]);
  });

  it('refuses layers that do not fit, when it is compiled', () => {
    type Deaf = Shape<{ State: object; Request: 'other'; Indication: never }>;
    const deaf: Core<Deaf> = { name: 'deaf', init: () => ({}), step: () => {} };
    // @ts-expect-error the lower layer does not take the requests of the upper
    expect(stack(A, deaf).name).toBe('a/deaf');
  });
});
