import { describe, expect, it } from 'vitest';
import { nodeId, type Ticks } from './brand.ts';
import { crashStop } from './crash-stop.ts';
import { EffectRecorder } from './recorder.ts';
import { type Chatter, chatter } from './testing/chatter.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';

const options = { self: nodeId('n1'), nodes: [nodeId('n1'), nodeId('n2')] };
const now = 1 as Ticks;
const run = (restarted: boolean) => {
  const core = crashStop(chatter('c'));
  const state = core.init(options, undefined);
  const out = new EffectRecorder<Chatter>();
  core.step(state, { kind: 'start', now, restarted }, out as never);
  core.step(state, { kind: 'message', now, from: nodeId('n2'), message: { word: 'w' } }, out as never);
  core.step(state, { kind: 'request', now, id: null, request: { kind: 'chat', word: 'w' } }, out as never);
  return { heard: state.core.heard, kinds: new Set(out.take().map(({ kind }) => kind)) };
};

describe('crash-stop', () => {
  it('leaves a first incarnation as it is', () => {
    const { heard, kinds } = run(false);
    expect(heard).toBe(1);
    expect(kinds).toContain('send');
  });

  it('has a restarted one do nothing, and counts what it is told', () => {
    expect(run(true)).toEqual({ heard: 0, kinds: new Set(['ignore']) });
  });

  it('makes a restarted node silent for the others', () => {
    const network = new TestNetwork(crashStop(chatter('c')), {
      seed: 1,
      nodes: 2,
      options: (self, nodes) => ({ self, nodes }),
      record: true,
      machine: () => () => 0,
    });
    const [one, two] = network.ids as [never, never];
    network.crash(one);
    network.restart(one);
    network.request(one, { kind: 'chat', word: 'w' });
    network.request(two, { kind: 'chat', word: 'w' });
    network.run(100);
    const heard = network.log.filter((entry) => entry.kind === 'indication' && entry.indication.kind === 'heard');
    expect(heard.map(({ node }) => node)).toEqual([two]);
    expect(network.ignored(one).get('an event at a node that has crashed before')).toBeGreaterThan(1);
    checkCore(crashStop(chatter('c')), network.runs);
  });
});
