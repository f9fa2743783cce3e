import { describe, expect, it } from 'vitest';
import { beside } from './beside.ts';
import { nodeId, type Ticks } from './brand.ts';
import type { Core } from './core.ts';
import { createGate } from './durability-gate.ts';
import { type Linked, type LinkIndication, type LinkRequest, linked } from './linked.ts';
import { EffectRecorder } from './recorder.ts';
import type { Shape } from './shape.ts';
import { type Chatter, chatter } from './testing/chatter.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';

type Wrapped = { readonly wrapped: unknown };
type WrapLink = Shape<{
  State: { carried: number };
  Message: Wrapped;
  Request: LinkRequest<unknown>;
  Indication: LinkIndication<unknown>;
}>;

/** The least link: it wraps what it carries, and counts. */
const wrapLink: Core<WrapLink> = {
  name: 'wrap',
  init: () => ({ carried: 0 }),
  step: (state, event, out) => {
    if (event.kind === 'request') {
      state.carried++;
      out.send(event.request.to, { wrapped: event.request.message });
    } else if (event.kind === 'message') {
      out.indicate({ kind: 'deliver', from: event.from, message: event.message.wrapped });
    }
  },
};

const now = 1 as Ticks;
const self = nodeId('n1');
const options = { self, nodes: [self] };
const core = linked(chatter('c'), wrapLink);

function chatOnce(wait: boolean) {
  const state = core.init(options, undefined);
  const out = new EffectRecorder<Linked<Chatter, WrapLink>>((label) => (label === 'wait' && wait ? 1 : 0));
  core.step(state, { kind: 'request', now, id: 1, request: { kind: 'chat', word: 'hi' } }, out);
  return { state, out, sends: () => out.take().filter(({ kind }) => kind === 'send') };
}

describe('linked', () => {
  it('sends all that the core sends through the link, and delivers what the link delivers', () => {
    const { state, out, sends } = chatOnce(false);
    expect(sends()).toEqual([{ kind: 'send', to: self, message: { wrapped: { word: 'c:hi' } }, after: undefined }]);
    core.step(state, { kind: 'message', now, from: self, message: { wrapped: { word: 'yo' } } }, out);
    expect(out.take()).toEqual([{ kind: 'indicate', indication: { kind: 'heard', from: self, word: 'yo' } }]);
  });

  it('gives the link a send that waits for a persist only when that is durable', () => {
    const { state, out, sends } = chatOnce(true);
    expect(sends()).toEqual([]);
    expect(state.link.carried).toBe(0);
    core.step(state, { kind: 'persisted', now, token: { scope: 0, name: 1 } }, out);
    expect(sends()).toHaveLength(1);
    expect(state.gate).toEqual(createGate());
  });

  it('never sends what waited for a persist that failed', () => {
    const { state, out } = chatOnce(true);
    out.take();
    core.step(state, { kind: 'persist-failed', now, token: { scope: 0, name: 1 }, reason: 'full' }, out);
    expect(out.take()).toEqual([
      { kind: 'ignore', reason: 'a send whose persist failed' },
      { kind: 'indicate', indication: { kind: 'lost', token: 1 } },
    ]);
  });

  it('lets two cores share one link', () => {
    const both = linked(beside(chatter('x'), chatter('y')), wrapLink);
    const network = new TestNetwork(both, {
      seed: 1,
      nodes: 2,
      options: (id, nodes) => ({ self: id, nodes }),
      machine: () => () => 1,
    });
    const id = nodeId('n1');
    network.request(id, { side: 'left', request: { kind: 'chat', word: 'l' } });
    network.request(id, { side: 'right', request: { kind: 'chat', word: 'r' } });
    network.run(10);
    expect(network.state(id).link.carried).toBe(4);
    const heard = network.log.flatMap((entry) =>
      entry.kind === 'indication' && entry.indication.indication.kind === 'heard'
        ? [`${entry.node} ${entry.indication.side} ${entry.indication.indication.word}`]
        : [],
    );
    expect(heard.sort()).toEqual(['n1 left x:l', 'n1 right y:r', 'n2 left x:l', 'n2 right y:r']);
  });

  it('is a conforming core, through crashes and restarts', () => {
    for (let seed = 0; seed < 30; seed++) {
      const network = new TestNetwork(core, {
        seed,
        nodes: 3,
        options: (id, nodes) => ({ self: id, nodes }),
        machine: () => () => 1,
        faults: { delayMax: 4, persistDelayMax: 5 },
        record: true,
      });
      for (const id of network.ids) {
        for (const at of [1, 3, 9]) network.after(at, () => network.request(id, { kind: 'chat', word: `${at}` }));
        network.after(5, () => network.crash(id));
        network.after(7, () => network.restart(id));
      }
      network.run(30);
      expect(network.log.some((entry) => entry.kind === 'indication' && entry.indication.kind === 'heard')).toBe(true);
      checkCore(core, network.runs);
    }
  });
});
