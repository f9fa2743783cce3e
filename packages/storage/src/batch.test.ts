import { describe, expect, it } from 'vitest';
import { checkRoom } from './batch.ts';
import { MemoryDisk, VOLUME_BOUNDS } from './index.ts';

describe('a batch that is refused', () => {
  const volume = new MemoryDisk().open('v', { owner: 'o', create: true });
  const store = volume.open('log', { create: true });

  it('names the store, the part, and what was expected', () => {
    expect(() => store.write({ append: { from: 3, entries: [] } })).toThrow(
      expect.objectContaining({
        code: 'TROUPE_STORAGE_BATCH',
        message: 'Expected to append from an index within 1 and 1, got 3, in store log.',
        data: { store: 'log', part: 'append' },
      }),
    );
  });

  it('may be larger than the bound where nothing else waits', () => {
    checkRoom(0, VOLUME_BOUNDS.unsyncedBytesMax + 1);
    expect(() => checkRoom(1, VOLUME_BOUNDS.unsyncedBytesMax)).toThrow(
      expect.objectContaining({ code: 'TROUPE_STORAGE_OVERLOADED' }),
    );
  });
});
