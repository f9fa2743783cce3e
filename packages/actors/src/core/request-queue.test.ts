import { describe, expect, it } from 'vitest';
import { RequestQueue, WAITING_REQUESTS_MAX } from './request-queue.ts';

function start() {
  const dead: string[] = [];
  const cell = {
    flags: 0,
    ref: {},
    type: { interface: { kinds: ['message', 'request'] } },
    kernel: {
      deadLetters: {
        add: (_ref: unknown, kind: number, payload: unknown, reason: string) =>
          dead.push(`${kind} ${payload} ${reason}`),
      },
    },
  };
  const ctx = { cell, question: undefined as unknown };
  const queue = new RequestQueue<string>(ctx as never);
  const asked = { settled: false, reply: () => {}, fail: () => {} };
  return { queue, ctx, dead, asked };
}

describe('requests that wait', () => {
  it('come out in their order, but for those whose askers have given up', () => {
    const { queue, ctx, asked } = start();
    queue.add('told');
    ctx.question = { ...asked, settled: true };
    queue.add('given up');
    ctx.question = asked;
    queue.add('asked');
    expect([queue.take(), queue.take(), queue.take()]).toEqual([
      { reply: undefined, request: 'told' },
      { reply: asked, request: 'asked' },
      undefined,
    ]);
    expect(queue.deferred).toBe(3);
  });

  it('are refused beyond the bound, or go to the dead letters', () => {
    const { queue, ctx, dead, asked } = start();
    for (let i = 0; i < WAITING_REQUESTS_MAX; i++) queue.add('r');
    queue.add('one more');
    expect(dead).toEqual(['1 one more overflow']);
    ctx.question = asked;
    expect(() => queue.add('asked')).toThrow('Expected at most 16384 requests that wait');
    expect(queue.size).toBe(WAITING_REQUESTS_MAX);
  });

  it('end with their member: askers are told, and the rest goes to the dead letters', () => {
    const { queue, ctx, dead, asked } = start();
    queue.add('first');
    queue.take();
    queue.add('told');
    ctx.question = asked;
    queue.add('asked');
    const failed: unknown[] = [];
    queue.end((reply) => failed.push(reply));
    expect({ dead, failed, left: queue.size }).toEqual({ dead: ['1 told stopped'], failed: [asked], left: 0 });
  });
});
