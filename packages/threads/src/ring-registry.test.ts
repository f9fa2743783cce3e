import { describe, expect, it } from 'vitest';
import { createRingMemory, type RingMemory, readLedger } from './ring/index.ts';
import { PUBLISHED_FRAMES, WRITTEN_FRAMES } from './ring/memory.ts';
import { RingRegistry } from './ring-registry.ts';

/** A ring whose writer wrote so many frames, of which none was read. */
function ring(frames: number, redelivers = false): RingMemory {
  const memory = createRingMemory(1_024, { redelivers });
  const control = new Int32Array(memory.control);
  control[WRITTEN_FRAMES] = frames;
  control[PUBLISHED_FRAMES] = frames;
  expect(readLedger(memory).unread).toBe(frames);
  return memory;
}

/** Nodes 1 and 2 live their first lives. */
function registry(): RingRegistry {
  const rings = new RingRegistry();
  rings.begins(1, 1);
  rings.begins(2, 1);
  return rings;
}

describe('a ring of which one end is dead', () => {
  it('is left to the other end, whichever that is', () => {
    for (const dead of [1, 2]) {
      const rings = registry();
      rings.made(1, { id: 'a', node: 2, life: 1, memory: ring(5) });
      expect(rings.ended(dead)).toBe(0);
      rings.settled(1, 'a');
      expect(rings.ended(3 - dead)).toBe(0);
    }
  });
});

describe('a ring whose ends are both dead, and that neither has settled', () => {
  it('is counted once, in whatever order they died', () => {
    for (const [first, second] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const rings = registry();
      rings.made(1, { id: 'a', node: 2, life: 1, memory: ring(5) });
      expect(rings.ended(first)).toBe(0);
      expect(rings.ended(second)).toBe(5);
      rings.begins(first, 2);
      expect(rings.ended(first)).toBe(0);
    }
  });

  it('is counted also where its reader has begun a new life, which knows nothing of it', () => {
    const rings = registry();
    rings.made(1, { id: 'a', node: 2, life: 1, memory: ring(5) });
    expect(rings.ended(2)).toBe(0);
    rings.begins(2, 2);
    expect(rings.ended(1)).toBe(5);
  });

  it('is not lost where it redelivers: the next life of its reader gets it, once', () => {
    const rings = registry();
    const memory = ring(5, true);
    rings.made(1, { id: 'a', node: 2, life: 1, memory });
    expect(rings.ended(1)).toBe(0);
    // Its reader lives, and reads it to the end.
    expect(rings.heirlooms(2)).toEqual([]);
    expect(rings.ended(2)).toBe(0);
    rings.begins(2, 2);
    expect(rings.heirlooms(2)).toEqual([{ id: 'a', from: 1, memory }]);
    expect(rings.heirlooms(2)).toEqual([]);
    // That life ends too, before it had read it.
    expect(rings.ended(2)).toBe(0);
    rings.begins(2, 3);
    expect(rings.heirlooms(2)).toHaveLength(1);
    rings.settled(1, 'a');
    rings.ended(2);
    rings.begins(2, 4);
    expect(rings.heirlooms(2)).toEqual([]);
  });
});

describe('a ring that its writer keeps for the next life of its reader', () => {
  it('is its matter as long as it lives', () => {
    const rings = registry();
    const memory = ring(5, true);
    rings.made(1, { id: 'a', node: 2, life: 1, memory });
    rings.ended(2);
    rings.begins(2, 2);
    expect(rings.heirlooms(2)).toEqual([]);
    // Offered to that life, and then its writer dies: that life has it.
    rings.made(1, { id: 'a', node: 2, life: 2, memory });
    rings.ended(1);
    expect(rings.heirlooms(2)).toEqual([]);
  });

  it('is passed on to a life that had begun already, where its writer dies before it could offer it', () => {
    const rings = registry();
    rings.made(1, { id: 'a', node: 2, life: 1, memory: ring(5, true) });
    rings.ended(2);
    rings.begins(2, 2);
    rings.ended(1);
    expect(rings.heirlooms(2)).toHaveLength(1);
  });
});

describe('what a node reports of rings', () => {
  it('settles those that it writes or reads, and no others', () => {
    const rings = registry();
    rings.begins(3, 1);
    rings.made(1, { id: 'a', node: 2, life: 1, memory: ring(5) });
    rings.settled(3, 'a');
    expect(rings.ended(1)).toBe(0);
    expect(rings.ended(2)).toBe(5);
  });

  it('is taken up to a bound for each writer', () => {
    const rings = registry();
    const memory = ring(1);
    for (let n = 0; n < 4_100; n++) rings.made(1, { id: `${n}`, node: 2, life: 1, memory });
    rings.made(2, { id: 'other', node: 1, life: 1, memory });
    expect(rings.ended(1)).toBe(0);
    expect(rings.ended(2)).toBe(4_096 + 1);
  });
});
