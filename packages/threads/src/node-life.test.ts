import { KERNEL_DEFAULTS, STAT_COUNT } from '@troupe/actors';
import { expect, test } from 'vitest';
import { jsonLogger } from './log.ts';
import { NodeLife } from './node-life.ts';
import { nodeOptions } from './node-options.ts';
import { createDoorbellMemory, RING_BYTES_DEFAULT } from './ring/index.ts';

const policy = nodeOptions(1)[0]!;

function life(): NodeLife {
  const setup = {
    index: 1,
    life: 1,
    nodes: ['main', 'n1'],
    options: KERNEL_DEFAULTS,
    stats: new SharedArrayBuffer(STAT_COUNT * Float64Array.BYTES_PER_ELEMENT),
    doorbells: createDoorbellMemory(2),
    cores: 2,
    ringBytes: RING_BYTES_DEFAULT,
    redelivery: ['none', 'none'],
    firstId: 1,
    ports: [],
    heirlooms: [],
  } as const;
  const log = jsonLogger('fatal', () => {});
  const nothing = (): void => {};
  return new NodeLife(policy, setup, log, {
    ended: nothing,
    lingers: nothing,
    made: nothing,
    settled: nothing,
    refused: nothing,
  });
}

test('a call that a node does not answer fails in time, and says which', async () => {
  const node = life();
  await node.ready();
  const never = node.call('dance', () => new Promise<void>(() => {}), 20);
  await expect(never).rejects.toMatchObject({ code: 'TROUPE_NODE_CALL', message: expect.stringContaining("'dance'") });
  await node.terminate('the test is over');
});

test('a call under way when the thread ends fails with its end, and so does every later one', async () => {
  const node = life();
  await node.ready();
  const call = node.call('dance', () => new Promise<void>(() => {}));
  const failed = expect(call).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
  await node.terminate('the test is over');
  await failed;
  await expect(node.call('sing', () => Promise.resolve())).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
});

test('a thread that ends before it is ready has not started', async () => {
  const node = life();
  const ready = expect(node.ready()).rejects.toMatchObject({ code: 'TROUPE_NODE_START' });
  await node.terminate('the test is over');
  await ready;
});
