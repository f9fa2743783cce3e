import { register } from '@troupe/check';
import type { Core, NodeId, RequestId, Shape } from '@troupe/protocol';
import { coreRunnable, defineSimulation, explore, RandomChooser } from '@troupe/sim';
import { describe, expect, it } from 'vitest';
import { type ClientHistory, clientHistory, isLinearizable } from './client-history.ts';

type Register = Shape<{
  Options: { readonly nodes: readonly NodeId[] };
  State: { readonly nodes: readonly NodeId[]; value: number; readonly waiting: Map<number, RequestId>; asked: number };
  Message:
    | { readonly kind: 'read' | 'write'; readonly value: number; readonly asked: number }
    | { readonly kind: 'done'; readonly value: number; readonly asked: number }
    | { readonly kind: 'copy'; readonly value: number };
  Request: { readonly kind: 'read' | 'write'; readonly value: number };
  Reply: { readonly value: number };
}>;

/** The first node keeps the value, and copies it to the others. `reads` of copies are as old as these. */
const replicated = (reads: 'of the first' | 'of copies'): Core<Register> => ({
  name: 'replicated-register',
  init: ({ nodes }) => ({ nodes, value: 0, waiting: new Map(), asked: 0 }),
  step: (state, event, out) => {
    const [first] = state.nodes as [NodeId];
    if (event.kind === 'request' && event.id !== null) {
      const { kind, value } = event.request;
      if (kind === 'read' && reads === 'of copies') {
        out.reply(event.id, { value: state.value });
        return;
      }
      state.waiting.set(++state.asked, event.id);
      out.send(first, { kind, value, asked: state.asked });
    }
    if (event.kind !== 'message') return;
    const { message, from } = event;
    if (message.kind === 'write') {
      state.value = message.value;
      for (const node of state.nodes) if (node !== first) out.send(node, { kind: 'copy', value: message.value });
    }
    if (message.kind === 'copy') state.value = message.value;
    else if (message.kind !== 'done') out.send(from, { kind: 'done', value: state.value, asked: message.asked });
    else {
      const id = state.waiting.get(message.asked);
      if (id !== undefined) out.reply(id, { value: message.value });
    }
  },
});

const simulated = (reads: 'of the first' | 'of copies') =>
  defineSimulation<Register, ClientHistory>({
    name: 'replicated-register',
    core: replicated(reads),
    nodes: 3,
    options: (_self, nodes) => ({ nodes }),
    faults: { processes: { crashes: () => 0 }, links: { duplicatePerMille: 0, fifo: true } },
    safetyTicks: 300,
    clients: (world) => {
      for (const node of world.nodes) {
        const next = (value: number): void => {
          const kind = world.choose('what', 2) === 0 ? 'read' : 'write';
          world.after(1 + world.choose('pause', 20), () =>
            world.request(node, { kind, value }, () => next(value + 10)),
          );
        };
        next(world.nodes.indexOf(node) + 1);
      }
    },
    observer: clientHistory({
      call: ({ kind, value }) => (kind === 'read' ? { f: 'read' } : { f: 'write', value }),
      answer: ({ value }) => ({ type: 'ok', output: value }),
    }),
    finally: { linearizable: ({ observed }) => isLinearizable(observed, register({ initial: 0 })) },
    exploration: {
      nodes: 2,
      requests: ([first, other]) => [
        { node: first as NodeId, request: { kind: 'write', value: 1 } },
        { node: other as NodeId, request: { kind: 'read', value: 0 } },
        { node: other as NodeId, request: { kind: 'read', value: 0 } },
      ],
      fifo: true,
    },
  });

describe('the history of clients', () => {
  it('is linearizable where reads go to where writes are, in every order of a small system', () => {
    expect(explore(simulated('of the first'))).toMatchObject({ verdict: 'holds' });
  });

  it('is not where reads are of copies: the explorer says which read', () => {
    const { verdict, violation } = explore(simulated('of copies'));
    expect(verdict).toBe('violated');
    expect(violation?.why).toContain('read');
  });

  it('is found wrong by seed', async () => {
    const [right, wrong] = [coreRunnable(simulated('of the first')), coreRunnable(simulated('of copies'))];
    const found: (string | undefined)[] = [];
    for (let seed = 0; seed < 50; seed++) {
      expect((await right.run(new RandomChooser(seed))).violation).toBeUndefined();
      found.push((await wrong.run(new RandomChooser(seed))).violation?.property);
    }
    expect(found).toContain('linearizable');
  });
});
