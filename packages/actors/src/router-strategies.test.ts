import { describe, expect, it } from 'vitest';
import { type Candidate, ConsistentHash, Random, RoundRobin, SmallestMailbox } from './router-strategies.ts';

const candidate = (identity: string, depth = 0): Candidate => ({ identity, depth: () => depth });
const candidates = (count: number): Candidate[] => Array.from({ length: count }, (_, n) => candidate(`actor-${n}`));
const KEYS = Array.from({ length: 20_000 }, (_, n) => `key-${n}`);

/** Which keys each gets. */
const spread = (hash: ConsistentHash, among: readonly Candidate[]): Map<string, string> =>
  new Map(KEYS.map((key) => [key, hash.pick(among, key).identity]));

describe('round robin', () => {
  it('goes on where the list has grown or shrunk', () => {
    const turns = new RoundRobin();
    const [all, fewer] = [candidates(3), candidates(2)];
    const picked = [all, all, all, all, fewer, fewer, all].map((among) => turns.pick(among).identity.at(-1));
    expect(picked.join('')).toBe('0120101');
  });
});

describe('random', () => {
  it('draws among all that there are', () => {
    const asked: [string, number][] = [];
    const random = new Random((label, n) => {
      asked.push([label, n]);
      return n - 1;
    });
    expect(random.pick(candidates(5)).identity).toBe('actor-4');
    expect(asked).toEqual([['route', 5]]);
  });
});

describe('the smallest mailbox', () => {
  it('is that with the fewest messages', () => {
    const smallest = new SmallestMailbox();
    for (let turn = 0; turn < 5; turn++)
      expect(smallest.pick([candidate('a', 3), candidate('b', 1), candidate('c', 2)]).identity).toBe('b');
  });

  it('takes turns among equals', () => {
    const smallest = new SmallestMailbox();
    const among = [candidate('a'), candidate('b'), candidate('c', 1)];
    expect(Array.from({ length: 6 }, () => smallest.pick(among).identity)).toEqual(['a', 'b', 'a', 'a', 'b', 'a']);
  });
});

describe('consistent hashing', () => {
  it('gives each about its share', () => {
    for (const count of [2, 3, 7, 16]) {
      const counts = new Map<string, number>();
      for (const identity of spread(new ConsistentHash(), candidates(count)).values())
        counts.set(identity, (counts.get(identity) ?? 0) + 1);
      expect(counts.size).toBe(count);
      const share = KEYS.length / count;
      for (const got of counts.values()) expect(Math.abs(got - share) / share).toBeLessThan(0.15);
    }
  });

  it('does not depend on the order of the list, nor on what was picked before', () => {
    const among = candidates(5);
    expect(spread(new ConsistentHash(), among.toReversed())).toEqual(spread(new ConsistentHash(), among));
  });

  it('moves to one that comes its share of the keys, and no other', () => {
    for (const count of [1, 2, 4, 9]) {
      const before = spread(new ConsistentHash(), candidates(count));
      const after = spread(new ConsistentHash(), candidates(count + 1));
      const moved = KEYS.filter((key) => before.get(key) !== after.get(key));
      // All moves are to the new one.
      for (const key of moved) expect(after.get(key)).toBe(`actor-${count}`);
      const share = KEYS.length / (count + 1);
      expect(Math.abs(moved.length - share) / share).toBeLessThan(0.1);
    }
  });

  it('moves from one that goes its keys, and no other', () => {
    const [all, left] = [candidates(6), candidates(6).filter(({ identity }) => identity !== 'actor-2')];
    const [before, after] = [spread(new ConsistentHash(), all), spread(new ConsistentHash(), left)];
    for (const key of KEYS) if (before.get(key) !== 'actor-2') expect(after.get(key)).toBe(before.get(key));
  });
});
