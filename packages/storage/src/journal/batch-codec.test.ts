import { Random } from '@troupe/protocol/testing';
import { expect, it } from 'vitest';
import { EMPTY, modelAfter, randomBatch } from '../testing/store-model.ts';
import { BatchReader, batchBytes, type JournalBatch, writeBatch } from './batch-codec.ts';

it('reads batches of every shape as they were written, each of the size that was told', () => {
  const random = new Random(1);
  let model = EMPTY;
  const batches: JournalBatch[] = [{ store: 7, create: 'groups/a:1', batch: {} }];
  for (let round = 0; round < 500; round++) {
    const batch = randomBatch(random, model, 300);
    model = modelAfter(model, batch);
    batches.push({ store: random.below(2 ** 31), batch });
  }
  const bytes = Buffer.alloc(batches.reduce((sum, batch) => sum + batchBytes(batch), 0));
  let at = 0;
  for (const batch of batches) {
    const end = writeBatch(bytes, at, batch);
    expect(end - at).toBe(batchBytes(batch));
    at = end;
  }
  expect(at).toBe(bytes.length);
  const reader = new BatchReader(bytes);
  for (const batch of batches) expect(reader.next()).toEqual(batch);
});
