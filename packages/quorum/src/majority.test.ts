import type { NodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { assignments, nodes, subsets } from './exhaustive.fixture.ts';
import { committedIndex, majorityOf, voteResult } from './majority.ts';

const INDICES = [0, 1, 2, 3];
const VOTES = [true, false, undefined];
const isMajority = (some: number, all: number) => some > all - some;

/** By counting: the greatest index that more have than have not. */
function committedByCounting(voters: readonly NodeId[], matchOf: (node: NodeId) => number): number {
  let committed = 0;
  for (const index of INDICES) {
    if (isMajority(voters.filter((voter) => matchOf(voter) >= index).length, voters.length)) committed = index;
  }
  return committed;
}

/** By enumeration: what every way to fill in the missing votes comes to. */
function resultByEnumeration(voters: readonly NodeId[], voteOf: (node: NodeId) => boolean | undefined) {
  const missing = voters.filter((voter) => voteOf(voter) === undefined);
  const outcomes = new Set<boolean>();
  for (const more of subsets(missing)) {
    outcomes.add(
      isMajority(voters.filter((voter) => voteOf(voter) === true || more.includes(voter)).length, voters.length),
    );
  }
  if (outcomes.size === 2) return 'pending';
  return outcomes.has(true) ? 'won' : 'lost';
}

describe('a majority', () => {
  it('is more than half', () => {
    for (let voters = 0; voters <= 100; voters++) {
      expect(isMajority(majorityOf(voters), voters)).toBe(true);
      if (voters > 0) expect(isMajority(majorityOf(voters) - 1, voters)).toBe(false);
    }
  });

  for (const count of [1, 2, 3, 4, 5, 6]) {
    it(`of ${count} commits what counting says, whatever each has`, () => {
      const voters = nodes(count);
      for (const matchOf of assignments(voters, INDICES)) {
        expect(committedIndex(voters, matchOf)).toBe(committedByCounting(voters, matchOf));
      }
    });
  }

  for (const count of [1, 2, 3, 4, 5, 6, 7]) {
    it(`of ${count} votes as every outcome of the missing votes says`, () => {
      const voters = nodes(count);
      for (const voteOf of assignments(voters, VOTES)) {
        expect(voteResult(voters, voteOf)).toBe(resultByEnumeration(voters, voteOf));
      }
    });
  }

  it('of more voters than there is scratch space for commits the same', () => {
    for (const count of [8, 9, 10, 11, 30]) {
      const voters = nodes(count);
      for (let having = 0; having <= count; having++) {
        const matchOf = (node: NodeId) => (Number(node.slice(1)) > count - having ? 3 : 1);
        expect(committedIndex(voters, matchOf)).toBe(committedByCounting(voters, matchOf));
      }
    }
  });

  it('takes indices as large as a log can have', () => {
    expect(committedIndex(nodes(3), () => Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('asks nobody but the voters, and each once', () => {
    const asked: NodeId[] = [];
    committedIndex(nodes(5), (node) => asked.push(node));
    expect(asked).toEqual(nodes(5));
  });

  it('of nobody agrees to everything', () => {
    expect(committedIndex([], () => 0)).toBe(Number.POSITIVE_INFINITY);
    expect(voteResult([], () => false)).toBe('won');
  });
});
