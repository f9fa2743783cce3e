import { describe, expect, it } from 'vitest';
import { checkedLimits } from './resource-limits.ts';

describe('the resource limits of a node', () => {
  it('are passed on where a thread can start with them', () => {
    expect(checkedLimits('n1', undefined)).toEqual({});
    const limits = { maxOldGenerationSizeMb: 16, stackSizeMb: 0.5 };
    expect(checkedLimits('n1', limits)).toEqual(limits);
  });

  it('are refused where they would end the process, or where they are none', () => {
    const wrong: readonly unknown[] = [
      5,
      null,
      [],
      'x',
      { maxOldGenerationSizeMb: 1 },
      { maxOldGenerationSizeMb: 15 },
      { maxOldGenerationSizeMb: -3 },
      { maxOldGenerationSizeMb: 'x' },
      { maxOldGenerationSizeMb: Number.NaN },
      { maxOldGenerationSizeMb: Number.POSITIVE_INFINITY },
      { maxYoungGenerationSizeMb: 0 },
      { codeRangeSizeMb: '64' },
      { stackSizeMb: 0.2 },
      { maxOld: 64 },
      { toString: 64 },
    ];
    for (const limits of wrong)
      expect(() => checkedLimits('n1', limits), JSON.stringify(limits)).toThrow(
        expect.objectContaining({
          code: 'TROUPE_OPTION_INVALID',
          message: expect.stringMatching(/^Expected the resourceLimits of node n1 to be .*, got .*\.$/) as string,
        }),
      );
  });
});
