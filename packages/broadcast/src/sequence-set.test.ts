import { Random } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { AHEAD_MAX, addSequence, createSequenceSet, hasSequence, raiseFloor } from './sequence-set.ts';

describe('the sequence set', () => {
  it('holds what a plain set would, whatever the order', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const set = createSequenceSet();
      const oracle = new Set<number>();
      for (let i = 0; i < 60; i++) {
        const number = random.below(30);
        if (random.below(10) === 0) {
          raiseFloor(set, number);
          for (let below = 0; below < number; below++) oracle.add(below);
        } else {
          expect(addSequence(set, number)).toBe(!oracle.has(number));
          oracle.add(number);
        }
        for (let any = 0; any < 30; any++) expect(hasSequence(set, any)).toBe(oracle.has(any));
        // What lies below the floor is not kept one by one.
        expect(Math.min(...set.ahead, Number.POSITIVE_INFINITY)).toBeGreaterThan(set.floor);
      }
    }
  });

  it('refuses numbers too far ahead, so that a peer cannot fill memory', () => {
    const set = createSequenceSet();
    expect(addSequence(set, AHEAD_MAX + 1)).toBe(false);
    expect(addSequence(set, AHEAD_MAX)).toBe(true);
  });
});
