import { type Core, EffectRecorder, fingerprint, keyed, nodeId, type Ticks } from '@troupe/protocol';
import { checkCore, mutate, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { BATCH_MAX, type Coalesced, coalesce } from './coalesce.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { raft } from './raft.ts';
import type { Raft } from './state.ts';
import { listMachine } from './testing/list-machine.fixture.ts';

const HEARTBEAT = 10 as Ticks;
const [n1, n2] = [nodeId('n1'), nodeId('n2')];

const optionsFor = (self: RaftOptions['self'], nodes: RaftOptions['nodes']): RaftOptions => ({
  self,
  nodes,
  cluster: 'test',
  electionTimeoutTicks: 60 as Ticks,
  heartbeatTicks: HEARTBEAT,
});

function network(core: Core<Coalesced>, seed: number, groups: number): TestNetwork<Coalesced> {
  const net = new TestNetwork(core, {
    seed,
    nodes: 3,
    options: optionsFor,
    machine: () => {
      const machines = new Map<string, ReturnType<typeof listMachine>>();
      return ({ key, command }) => {
        const machine = machines.get(key) ?? listMachine();
        machines.set(key, machine);
        return machine(command);
      };
    },
    record: true,
  });
  for (const id of net.ids) {
    for (let group = 0; group < groups; group++) {
      net.request(id, { kind: 'request', key: `g${group}`, request: { kind: 'status' } });
    }
  }
  return net;
}

const leaderOf = (net: TestNetwork<Coalesced>, key: string) =>
  net.ids.find((id) => net.state(id).groups.instances.get(key)?.state.volatile.role === 'leader');

describe('coalesce', () => {
  it('sends one message an interval to each node, whatever the number of groups', () => {
    const count = (groups: number): number => {
      const net = network(coalesce(keyed(raft), { gatherTicks: HEARTBEAT }), 3, groups);
      net.run(600);
      let sent = 0;
      net.connected = () => {
        sent++;
        return true;
      };
      net.run(100 * HEARTBEAT);
      expect(Array.from({ length: groups }, (_, group) => leaderOf(net, `g${group}`))).not.toContain(undefined);
      return sent / 100;
    };
    // Heartbeats from each node to two others, and the answers to them: at most twelve.
    expect(count(40)).toBeLessThanOrEqual(12);
    expect(count(2)).toBeGreaterThan(2);
  });

  it('has each group do what it would do alone, with heartbeats that come at most an interval later', () => {
    for (const seed of [1, 2, 3]) {
      const sent: { at: number; print: string }[] = [];
      const received: { at: number; print: string }[] = [];
      const print = (to: string, message: RaftMessage) => fingerprint([to, message]);
      // What goes out of a group and into one, below the operator.
      const spied = mutate<Raft>(raft, {
        event: (event, state) => {
          if (event.kind === 'message')
            received.push({ at: event.now, print: print(state.settings.self, event.message) });
          return event;
        },
        out: (out, _state, event) => ({
          send: (to, message, after) => {
            sent.push({ at: event.now, print: print(to, message) });
            out.send(to, message, after);
          },
        }),
      });
      const net = network(coalesce(keyed(spied), { gatherTicks: HEARTBEAT }), seed, 5);
      net.run(400);
      for (let i = 0; i < 20; i++) {
        net.after(i * 7, () => {
          const key = `g${i % 5}`;
          const leader = leaderOf(net, key);
          if (leader === undefined) return;
          const request = { kind: 'propose', commands: [{ data: `w${i}`, bytes: 2 }] } as const;
          net.request(leader, { kind: 'request', key, request });
        });
      }
      net.run(600);
      const committed = net.log.filter((entry) => entry.kind === 'reply' && entry.reply.kind === 'committed');
      expect(committed).toHaveLength(20);
      // Each message that a group sent came to its other side once, and at most an interval and a disk's time late.
      const late = HEARTBEAT + 2;
      const waiting = new Map<string, number[]>();
      for (const { at, print: key } of sent) waiting.set(key, [...(waiting.get(key) ?? []), at]);
      for (const { at, print: key } of received) {
        const sentAt = waiting.get(key)?.shift();
        expect(sentAt).toBeDefined();
        expect(at - (sentAt ?? 0)).toBeLessThanOrEqual(late);
      }
      const lost = [...waiting.values()].flat().filter((at) => at < net.now - late);
      expect(lost).toEqual([]);
    }
  });

  it('keeps the rules of cores', () => {
    const core = coalesce(keyed(raft), { gatherTicks: HEARTBEAT });
    const net = network(core, 5, 3);
    net.run(400);
    net.crash(n1);
    net.run(200);
    net.restart(n1);
    net.run(200);
    checkCore(core, net.runs);
  });

  it('ignores batches that are none', () => {
    const core = coalesce(keyed(raft));
    const state = core.init(optionsFor(n1, [n1, n2]), undefined);
    const out = new EffectRecorder<Coalesced>();
    const ignored = (message: unknown) => {
      core.step(state, { kind: 'message', now: 0 as Ticks, from: n2, message: message as Coalesced['Message'] }, out);
      return out.take().filter((effect) => effect.kind === 'ignore').length;
    };
    expect(ignored({ batch: 3 })).toBe(1);
    expect(ignored({ batch: new Array(BATCH_MAX + 1).fill({}) })).toBe(1);
    expect(ignored({ batch: [null, { key: 1 }, 'x'] })).toBe(3);
    for (const junk of [null, 'x', 7, undefined]) expect(ignored(junk)).toBe(1);
  });

  it('refuses an interval that is none', () => {
    expect(() => coalesce(keyed(raft), { gatherTicks: 0 as Ticks })).toThrow('gatherTicks');
  });
});
