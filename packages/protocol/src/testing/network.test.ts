import { describe, expect, it } from 'vitest';
import { nodeId } from '../brand.ts';
import { fingerprint } from '../plain-data.ts';
import { type Chatter, chatter } from './chatter.ts';
import { type NetworkFaults, TestNetwork } from './network.ts';

const core = chatter('c');
const [first, second] = [nodeId('n1'), nodeId('n2')];

function network(seed: number, faults: Partial<NetworkFaults> = {}) {
  return new TestNetwork(core, {
    seed,
    nodes: 2,
    options: (self, nodes) => ({ self, nodes }),
    machine: () => () => 1,
    faults,
  });
}

const heard = (net: TestNetwork<Chatter>, id: string) =>
  net.log.flatMap((entry) =>
    entry.kind === 'indication' && entry.node === id && entry.indication.kind === 'heard'
      ? [entry.indication.word]
      : [],
  );

describe('the test network', () => {
  it('does the same for the same seed, and otherwise for another', () => {
    const trace = (seed: number) => {
      const net = network(seed, { delayMax: 9, lossPerMille: 200, duplicatePerMille: 200, persistDelayMax: 5 });
      for (let i = 0; i < 20; i++)
        net.after(i, () => net.request(net.ids[i % 2] ?? first, { kind: 'chat', word: `${i}` }));
      net.run(100);
      return fingerprint(net.log);
    };
    expect(trace(3)).toBe(trace(3));
    expect(trace(3)).not.toBe(trace(4));
  });

  it('loses, duplicates and reorders only where its faults say so', () => {
    const words = (faults: Partial<NetworkFaults>) => {
      const net = network(1, faults);
      for (let i = 0; i < 50; i++) net.after(4 * i, () => net.request(first, { kind: 'chat', word: `${i}` }));
      net.run(400);
      return heard(net, second).map((word) => Number(word.slice(2)));
    };
    const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
    const calm = words({});
    expect(calm).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(words({ lossPerMille: 300 }).length).toBeLessThan(50);
    expect(words({ duplicatePerMille: 300 }).length).toBeGreaterThan(50);
    const late = words({ delayMax: 20 });
    expect(late).not.toEqual(sorted(late));
    expect(sorted(late)).toEqual(calm);
  });

  it('never loses what a node sends to itself', () => {
    const net = network(1, { lossPerMille: 1000 });
    net.connected = () => false;
    net.request(first, { kind: 'chat', word: 'w' });
    net.run(20);
    expect([heard(net, first), heard(net, second)]).toEqual([['c:w'], []]);
  });

  it('keeps every acknowledged record over a crash, and a prefix of the others', () => {
    const remembered = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const net = network(seed, { persistDelayMax: 6 });
      for (let i = 0; i < 5; i++) net.request(first, { kind: 'chat', word: `${i}` });
      net.run(6);
      const kept = net.log.filter((entry) => entry.kind === 'indication' && entry.indication.kind === 'kept').length;
      net.crash(first);
      net.run(30);
      net.restart(first);
      const { words } = net.state(first);
      expect(words).toEqual(['c:0', 'c:1', 'c:2', 'c:3', 'c:4'].slice(0, words.length));
      expect(words.length).toBeGreaterThanOrEqual(kept);
      remembered.add(words.length - kept);
    }
    expect(remembered.size).toBeGreaterThan(1);
  });

  it('drops messages, timers and acknowledgements of an incarnation that is over', () => {
    const net = network(2);
    net.request(first, { kind: 'chat', word: 'w' });
    net.crash(first);
    expect(net.request(first, { kind: 'chat', word: 'refused' })).toBeUndefined();
    net.restart(first);
    const before = net.log.length;
    net.run(50);
    const late = net.log
      .slice(before)
      .filter((entry) => entry.node === first && entry.kind === 'indication')
      .map((entry) => entry.kind === 'indication' && entry.indication.kind);
    // What was on its way to the node still arrives: a link does not know of incarnations.
    expect(late.filter((kind) => kind !== 'heard')).toEqual([]);
    expect([net.isUp(first), net.isCorrect(first), net.isCorrect(second)]).toEqual([true, false, true]);
  });
});
