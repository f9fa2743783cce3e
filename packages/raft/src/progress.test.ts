import { nodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import type { LogIndex, LogSnapshot } from './entry.ts';
import {
  becomeReplicate,
  becomeSnapshot,
  createProgress,
  entriesSent,
  matched,
  maySend,
  mismatched,
  type Progress,
} from './progress.ts';

const at = (index: number) => index as LogIndex;
const window = { messagesMax: 2, bytesMax: 100 };

function replicating(match: number): Progress {
  const progress = createProgress(nodeId('n2'), at(match + 1));
  matched(progress, at(match));
  becomeReplicate(progress, at(match));
  return progress;
}

describe('progress', () => {
  it('lets one message of a probe go, and the next when it is answered', () => {
    const progress = createProgress(nodeId('n2'), at(5));
    expect(maySend(progress, window)).toBe(true);
    entriesSent(progress, at(6), 10);
    expect([maySend(progress, window), progress.nextIndex]).toEqual([false, 5]);
    expect(mismatched(progress, at(4), at(2))).toBe(true);
    expect([maySend(progress, window), progress.nextIndex]).toEqual([true, 3]);
  });

  it('fills its window by count and by bytes, and a later answer stands for a lost one', () => {
    const progress = replicating(4);
    entriesSent(progress, at(5), 10);
    entriesSent(progress, at(6), 10);
    expect([maySend(progress, window), progress.nextIndex]).toEqual([false, 7]);
    expect(matched(progress, at(6))).toBe(true);
    expect([progress.inFlight, progress.inFlightBytes]).toEqual([[], 0]);
    entriesSent(progress, at(7), 100);
    expect(maySend(progress, window)).toBe(false);
    expect(matched(progress, at(6))).toBe(false);
    expect(progress.inFlight).toHaveLength(1);
  });

  it('goes back for a refusal that counts, never before what matches, and not for an old one', () => {
    const progress = replicating(4);
    entriesSent(progress, at(9), 10);
    expect(mismatched(progress, at(4), at(1))).toBe(false);
    expect(mismatched(progress, at(10), at(1))).toBe(false);
    expect(mismatched(progress, at(7), at(1))).toBe(true);
    expect([progress.state, progress.nextIndex, progress.inFlight]).toEqual(['probe', 5, []]);
    // The same refusal, sent twice: the probe that counts asks about another place by now.
    expect(mismatched(progress, at(7), at(1))).toBe(false);
  });

  it('always goes back by one place at least', () => {
    const progress = createProgress(nodeId('n2'), at(9));
    for (let next = 8; next >= 1; next--) {
      expect(mismatched(progress, at(next), at(99))).toBe(true);
      expect(progress.nextIndex).toBe(next);
    }
  });

  it('takes no refusal while a log snapshot is sent', () => {
    const progress = createProgress(nodeId('n2'), at(3));
    becomeSnapshot(progress, { lastIncludedIndex: at(7) } as LogSnapshot);
    expect([maySend(progress, window), progress.nextIndex]).toEqual([false, 8]);
    expect(mismatched(progress, at(7), at(1))).toBe(false);
  });
});
