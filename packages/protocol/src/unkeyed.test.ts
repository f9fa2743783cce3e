import { describe, expect, it } from 'vitest';
import { nodeId, type Ticks } from './brand.ts';
import type { Core } from './core.ts';
import { keyed } from './keyed.ts';
import { EffectRecorder } from './recorder.ts';
import type { Shape } from './shape.ts';
import { stack } from './stack.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';
import { unkeyed } from './unkeyed.ts';

const options = { self: nodeId('n1'), nodes: [nodeId('n1'), nodeId('n2')] };
const now = 1 as Ticks;

type Tide = Shape<{
  Options: typeof options;
  State: { level: number; asked: number };
  Message: 'rise';
  Request: 'level';
  Reply: { readonly level: number };
  Indication: { readonly level: number };
}>;

/** One for all: it rises when a peer says so, and answers when asked. */
const tide: Core<Tide> = {
  name: 'tide',
  init: () => ({ level: 0, asked: 0 }),
  step(state, event, out) {
    if (event.kind === 'message') out.indicate({ level: ++state.level });
    if (event.kind !== 'request') return;
    state.asked++;
    out.reply(event.id, { level: state.level });
  },
};

type Boat = Shape<{
  Options: typeof options;
  State: { level: number };
  Token: 'level';
  Request: 'launch';
  Indication: { readonly at: number };
  LowerRequest: 'level';
  LowerReply: { readonly level: number };
  LowerIndication: { readonly level: number };
}>;

/** One a key: it asks how high the water stands when it is launched, and is told when it rises. */
const boat: Core<Boat> = {
  name: 'boat',
  init: () => ({ level: -1 }),
  step(state, event, out) {
    if (event.kind === 'start') out.request('level', 'level');
    if (event.kind === 'replied') state.level = event.reply.level;
    if (event.kind !== 'indication') return;
    state.level = event.indication.level;
    out.indicate({ at: state.level });
  },
};

const harbour = stack(keyed(boat), unkeyed(tide));

describe('one core below all keys', () => {
  it('answers each instance for itself, and tells all that there are', () => {
    const state = harbour.init(options, undefined);
    const out = new EffectRecorder<never>();
    const step = (event: object) => {
      harbour.step(state, { now, ...event } as never, out as never);
      return out.take();
    };
    const launch = (key: string) =>
      step({ kind: 'request', id: null, request: { kind: 'request', key, request: 'launch' } });
    const rise = () => step({ kind: 'message', from: nodeId('n2'), message: { layer: 1, message: 'rise' } });
    step({ kind: 'start', restarted: false });
    launch('b');
    expect(rise()).toEqual([{ kind: 'indicate', indication: { key: 'b', indication: { at: 1 } } }]);
    launch('a');
    const [boats, sea] = state.layers;
    expect({ a: boats.instances.get('a')?.state.level, asked: sea.asked }).toEqual({ a: 1, asked: 2 });
    // In the order of keys, not of their making.
    expect(rise()).toEqual([
      { kind: 'indicate', indication: { key: 'a', indication: { at: 2 } } },
      { kind: 'indicate', indication: { key: 'b', indication: { at: 2 } } },
    ]);
  });

  it('is a conforming core', () => {
    const network = new TestNetwork(harbour, {
      seed: 1,
      nodes: 2,
      options: (self, nodes) => ({ self, nodes: [...nodes] }),
      record: true,
    });
    for (const id of network.ids)
      for (const key of ['x', 'y']) network.request(id, { kind: 'request', key, request: 'launch' });
    network.run(5);
    expect(network.runs).toHaveLength(2);
    checkCore(harbour, network.runs);
  });
});
