import type { NodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { assignments, nodes, subsets } from './exhaustive.fixture.ts';
import { jointCommittedIndex, jointVoteResult } from './joint.ts';

const FOUR = nodes(4);
const INDICES = [0, 1, 2];
const isMajority = (some: readonly NodeId[], all: readonly NodeId[]) =>
  all.length === 0 || 2 * all.filter((node) => some.includes(node)).length > all.length;

/** Every pair of voter sets among four nodes, `incoming` not empty. */
function* pairs(): Generator<[readonly NodeId[], readonly NodeId[]]> {
  for (const incoming of subsets(FOUR)) {
    if (incoming.length > 0) for (const outgoing of subsets(FOUR)) yield [incoming, outgoing];
  }
}

describe('a joint configuration', () => {
  it('commits what a majority of each half has', () => {
    for (const [incoming, outgoing] of pairs()) {
      for (const matchOf of assignments(FOUR, INDICES)) {
        const has = (index: number) => FOUR.filter((node) => matchOf(node) >= index);
        const both = (index: number) => isMajority(has(index), incoming) && isMajority(has(index), outgoing);
        expect(jointCommittedIndex(incoming, outgoing, matchOf)).toBe(INDICES.findLast(both));
      }
    }
  });

  it('has won or lost where no vote that is missing can change it', () => {
    for (const [incoming, outgoing] of pairs()) {
      for (const voteOf of assignments(FOUR, [true, false, undefined])) {
        const granted = FOUR.filter((node) => voteOf(node) === true);
        const missing = FOUR.filter((node) => voteOf(node) === undefined);
        const outcomes = new Set(
          [...subsets(missing)].map((more) => {
            const all = [...granted, ...more];
            return isMajority(all, incoming) && isMajority(all, outgoing);
          }),
        );
        const expected = outcomes.size === 2 ? 'pending' : outcomes.has(true) ? 'won' : 'lost';
        expect(jointVoteResult(incoming, outgoing, voteOf)).toBe(expected);
      }
    }
  });

  it('without old voters is decided by the new ones, and without any by nobody', () => {
    expect(jointCommittedIndex(nodes(3), [], () => 7)).toBe(7);
    expect(jointVoteResult(nodes(3), [], () => undefined)).toBe('pending');
    expect(jointCommittedIndex([], [], () => 7)).toBe(Number.POSITIVE_INFINITY);
    expect(jointVoteResult([], [], () => false)).toBe('won');
  });
});
