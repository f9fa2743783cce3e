import { expect, it } from 'vitest';
import type { Kernel } from './kernel.ts';
import { NodeQuota } from './node-quota.ts';

const kernel = { index: 0, name: 'main', nodeName: (node: number) => `n${node}` } as unknown as Kernel;
const busy = expect.objectContaining({
  code: 'TROUPE_NODE_BUSY',
  message: expect.stringContaining('at most 2 names of n1 on main'),
});

it('what a node sets beyond its quota is refused, until it takes something back or ends; others have their own', () => {
  const quota = new NodeQuota(kernel, 'names', 2);
  quota.take(1);
  quota.take(1);
  expect(() => quota.take(1)).toThrow(busy);
  quota.take(2);
  quota.give(1);
  quota.take(1);
  expect(() => quota.take(1)).toThrow(busy);
  quota.clear(1);
  quota.take(1);
  quota.take(1);
  expect(() => quota.take(1)).toThrow(busy);
});

it('a node has no quota with itself, and giving back more than was taken earns nothing', () => {
  const quota = new NodeQuota(kernel, 'names', 2);
  for (let i = 0; i < 10; i++) quota.take(0);
  for (let i = 0; i < 10; i++) quota.give(1);
  quota.take(1);
  quota.take(1);
  expect(() => quota.take(1)).toThrow(busy);
});
