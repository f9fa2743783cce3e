import { expect, test } from 'vitest';
import { SeenObjects } from './seen-objects.ts';

test('objects are numbered in order of appearance, however many there are', () => {
  const seen = new SeenObjects();
  for (const size of [0, 1, 2, 3, 23, 24, 25, 26, 27, 100]) {
    const objects = Array.from({ length: size }, () => ({}));
    for (const [number, object] of objects.entries()) {
      expect(seen.meet(object)).toBe(-1);
      expect(seen.count).toBe(number + 1);
      seen.make(number, [object]);
      for (const [known, before] of objects.slice(0, number + 1).entries()) expect(seen.meet(before)).toBe(known);
    }
    for (const [number, object] of objects.entries()) expect(seen.made(number)).toEqual([object]);
    seen.clear();
    expect(seen.count).toBe(0);
  }
});
