import { chatter } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from './core-storage.ts';

describe('the storage in memory', () => {
  it('gives nothing before the first record, and then the fold of all, in order', async () => {
    const storage = memoryStorage(chatter('c'));
    expect(storage.load()).toBeUndefined();
    const words = Array.from({ length: 3_000 }, (_, i) => `w${i}`);
    for (let at = 0; at < words.length; at += 100) await storage.append(words.slice(at, at + 100));
    expect(storage.load()).toEqual(words);
    await storage.append(['more']);
    expect(storage.load()).toEqual([...words, 'more']);
  });

  it('shares nothing with what it gives and takes', async () => {
    const storage = memoryStorage(chatter('c'));
    await storage.append(['kept']);
    const durable = (await storage.load()) as string[];
    durable.push('not kept');
    expect(storage.load()).toEqual(['kept']);
  });
});
