/** A core that does what it is asked to, and remembers what it met: what the tests of the world put into it. */
import type { Core, NodeId, Shape, Ticks } from '@troupe/protocol';
import type { Simulation } from '../simulation.ts';

export interface ProbeState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  life: number;
  sent: number;
  /** Numbers received, by sender, in order. */
  readonly received: Map<NodeId, { readonly n: number; readonly sentAt: number; readonly at: number }[]>;
  /** Records: appended, acknowledged, failed in this life, and what it began with. */
  appended: number[];
  acknowledged: number[];
  failed: number[];
  recovered: number[];
  applied: string[];
  /** Of each event. */
  times: number[];
}

export type Probe = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: ProbeState;
  Message: { readonly kind: 'number'; readonly n: number; readonly sentAt: number };
  Timer: 'tick';
  Record: number;
  Token: number;
  Durable: number[];
  Command: string;
  Result: string;
  Request: { readonly kind: 'echo' | 'write' };
  Reply: 'echo';
  Indication:
    | { readonly kind: 'durable'; readonly record: number }
    | { readonly kind: 'began'; readonly records: readonly number[] }
    | { readonly kind: 'got'; readonly from: NodeId; readonly n: number; readonly sentAt: number };
}>;

/** Ticks between two of its own. */
const EVERY = 10;

/** Sends a number to everybody every 10 ticks, appends a record, and applies a command. */
export const probe: Core<Probe> = {
  name: 'probe',
  init: ({ self, nodes }, durable) => ({
    self,
    nodes,
    life: 0,
    sent: 0,
    received: new Map(),
    appended: [],
    acknowledged: [],
    failed: [],
    recovered: [...(durable ?? [])],
    applied: [],
    times: [],
  }),
  fold: (durable, record) => [...(durable ?? []), record],
  step: (state, event, out) => {
    state.times.push(event.now);
    switch (event.kind) {
      case 'start':
        out.indicate({ kind: 'began', records: [...state.recovered] });
        out.setTimer('tick', EVERY as Ticks);
        return;
      case 'timeout': {
        const n = state.sent++;
        for (const node of state.nodes)
          if (node !== state.self) out.send(node, { kind: 'number', n, sentAt: event.now });
        // Numbers of records go on over lives: what was lost leaves a gap.
        const record = event.now * 10;
        state.appended.push(record);
        out.persist(record, record);
        out.apply(`${state.self} ${n}`, n);
        out.setTimer('tick', EVERY as Ticks);
        return;
      }
      case 'message': {
        const { n, sentAt } = event.message;
        const list = state.received.get(event.from) ?? [];
        state.received.set(event.from, list);
        list.push({ n, sentAt, at: event.now });
        out.indicate({ kind: 'got', from: event.from, n, sentAt });
        return;
      }
      case 'request':
        if (event.request.kind === 'echo') out.reply(event.id, 'echo');
        return;
      case 'persisted':
        state.acknowledged.push(event.token);
        out.indicate({ kind: 'durable', record: event.token });
        return;
      case 'persist-failed':
        state.failed.push(event.token);
        return;
      case 'applied':
        state.applied.push(event.result);
        return;
    }
  },
};

export const probeSimulation = {
  name: 'probe',
  core: probe,
  nodes: [2, 5],
  options: (self: NodeId, nodes: readonly NodeId[]) => ({ self, nodes }),
  machine: () => (command: string) => command,
  safetyTicks: 600,
  livenessTicks: 300,
} as const satisfies Simulation<Probe>;
