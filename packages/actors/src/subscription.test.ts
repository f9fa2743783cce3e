import { describe, expect, it } from 'vitest';
import { type Subscription, subscription } from './subscription.ts';

function counting(signal?: AbortSignal): { counts: { begun: number; ended: number }; end: Subscription } {
  const counts = { begun: 0, ended: 0 };
  const begin = (): (() => void) => {
    counts.begun++;
    return () => {
      counts.ended++;
    };
  };
  return { counts, end: subscription(begin, signal === undefined ? undefined : { signal }) };
}

describe('a subscription', () => {
  it('ends by a call, once', () => {
    const { counts, end } = counting();
    expect(counts).toEqual({ begun: 1, ended: 0 });
    end();
    end();
    expect(counts).toEqual({ begun: 1, ended: 1 });
  });

  it('ends with the block that uses it', () => {
    const { counts, end } = counting();
    {
      using _ = end;
    }
    expect(counts.ended).toBe(1);
  });

  it('ends with its signal, and by a call before it only once', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const [byCall, bySignal] = [counting(first.signal), counting(second.signal)];
    byCall.end();
    first.abort();
    second.abort();
    expect([byCall.counts.ended, bySignal.counts.ended]).toEqual([1, 1]);
  });

  it('with a signal that was aborted before never begins', () => {
    expect(counting(AbortSignal.abort()).counts).toEqual({ begun: 0, ended: 0 });
  });

  it('refuses a signal that is none', () => {
    expect(() => counting({} as AbortSignal)).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
  });
});
