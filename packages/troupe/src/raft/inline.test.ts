import { describe, expect, it } from 'vitest';
import { createSystem } from '../create-system.ts';
import { Store } from './fixtures/store.ts';
import { KeyValueStore } from './key-value-store.ts';
import { start } from './start.ts';

const three = { a: 'main', b: 'main', c: 'main' };

describe('a cluster in one thread', () => {
  it('answers what was put', async () => {
    await using system = await createSystem({ logLevel: 'fatal' });
    await using handle = await start(system, { machine: Store, nodes: three, storage: 'memory' });
    using store = new KeyValueStore(handle);
    expect(await store.put('a', { x: 1 })).toBe(1);
    expect(await store.get('a')).toEqual({ key: 'a', value: { x: 1 }, revision: 1, lease: null });
    const statuses = [...(await handle.status()).values()];
    expect(statuses.filter((status) => !(status instanceof Error) && status.role === 'leader')).toHaveLength(1);
  });
});
