import { describe, expect, it } from 'vitest';
import { ORDERED_BUGS } from './bugs/ordered.bug.ts';
import { RELIABLE_BUGS } from './bugs/reliable.bug.ts';

describe('each property of each layer can be broken, and the check finds it', () => {
  for (const { layer, property, what, seedsMax, find } of [...RELIABLE_BUGS, ...ORDERED_BUGS]) {
    it(`${layer}, ${property}: one that ${what}, within ${seedsMax} seeds`, () => {
      expect(find()).toMatchObject({ property, what: expect.any(String) });
    });
  }
});
