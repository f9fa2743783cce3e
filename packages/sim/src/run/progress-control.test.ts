import type { Core, NodeId, Shape, Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { defineSimulation, type Simulation } from '../simulation.ts';
import { smallest } from '../testing/smallest.fixture.ts';
import type { Properties } from '../view.ts';
import { coreRunnable } from './runnable.ts';

type Relay = Shape<{
  Options: { readonly last: NodeId };
  State: { readonly last: NodeId; asked: number; heard: number };
  Message: { readonly kind: 'word' };
  Request: { readonly kind: 'say' };
  Timer: 'idle';
}>;

/** What anybody is asked to say goes to the last node, once. Each has a timer that does nothing, as heartbeats do. */
const relay: Core<Relay> = {
  name: 'relay',
  init: ({ last }) => ({ last, asked: 0, heard: 0 }),
  step(state, event, out) {
    if (event.kind === 'start' || event.kind === 'timeout') out.setTimer('idle', 10 as Ticks);
    if (event.kind === 'message') state.heard++;
    if (event.kind !== 'request') return;
    state.asked++;
    out.send(state.last, { kind: 'word' });
  },
};

/** It forgets what it was asked. */
const mute: Core<Relay> = {
  ...relay,
  step(state, event, out) {
    if (event.kind === 'request') state.asked++;
    else relay.step(state, event, out);
  },
};

const CLIENTS = 4;

const simulation: Simulation<Relay> = defineSimulation<Relay>({
  name: 'relay',
  core: relay,
  nodes: 3,
  options: (_, nodes) => ({ last: nodes.at(-1) as NodeId }),
  safetyTicks: 200,
  livenessTicks: 200,
  clients(world) {
    for (let client = 0; client < CLIENTS; client++) {
      const node = world.nodes[world.choose('asked', 2)] as NodeId;
      world.after(1 + world.choose('begin', 100), () => world.request(node, { kind: 'say' }));
    }
  },
});

const isHeard: Properties<Relay, unknown> = {
  'somebody is heard': ({ nodes }) => nodes.some(({ state }) => state.heard > 0),
};
const isAnswered: Properties<Relay, unknown> = {
  'who asked is heard': ({ nodes }) =>
    nodes.every(({ state }) => state.asked === 0) || nodes.some(({ state }) => state.heard > 0),
};

/** Of a failure made small: events before the calm, what clients still do, and how many messages are lost. */
async function leaves(more: Partial<Simulation<Relay>>) {
  const { spans, outcome, violation, before, isDone } = await smallest(coreRunnable({ ...simulation, ...more }));
  const acts = spans.filter(({ origin, skipped }) => origin === 'client' && skipped !== true).length;
  expect(isDone).toBe(true);
  expect(violation.events).toBeLessThan(before);
  return { events: violation.events - outcome.calmEvents, acts, faults: outcome.faults };
}

describe('a promise of progress, made small where it is broken', () => {
  const links = { lossPerMille: 900, duplicatePerMille: 0, partitions: false };
  const processes = { crashes: () => 0, pauses: false, slow: false, omission: false };

  it.each([
    ['eventually', { eventually: isHeard }],
    ['finally', { finally: isHeard }],
  ])('%s: one who asks stays, and the loss that breaks it: without faults he would be heard', async (_, promise) => {
    const { events, acts, faults } = await leaves({ ...promise, faults: { links, processes } });
    expect(acts).toBe(1);
    expect(faults).toEqual({ loss: 1 });
    // He acts, and his node is asked; the timers wait for the calm.
    expect(events).toBe(2);
  });

  it.each([
    ['eventually', { eventually: isAnswered }],
    ['finally', { finally: isAnswered }],
  ])(
    '%s: one who asks stays where it is broken without faults, since it is kept where nobody asks',
    async (_, promise) => {
      const { acts, faults } = await leaves({ ...promise, core: mute });
      expect(acts).toBe(1);
      expect(faults).toEqual({});
    },
  );

  it('all who ask stay where it is never kept: nothing says which of them are needed', async () => {
    const { acts } = await leaves({ core: mute, eventually: isHeard });
    expect(acts).toBe(CLIENTS);
  });
});
