import { describe, expect, it } from 'vitest';
import { createSystem } from './create-system.ts';
import { First, Second } from './fixtures/pair.ts';

describe('actors of a node that is restarted', () => {
  it('reach each other by the refs that they were started with, which are one ref each', async () => {
    await using system = await createSystem({ nodes: 1, logLevel: 'fatal' });
    const second = await system.spawn(Second, undefined, { node: 'n1' });
    const first = await system.spawn(First, second, { node: 'n1' });
    expect(await first.ask.ask(1)).toBe(2);
    const isUp = new Promise((resolve) => system.onEvent(({ type }) => type === 'node-up' && resolve(type)));
    await system.kill('n1');
    await isUp;
    // Once the second answers, it has been started again: from then on the first reaches it too.
    expect(await second.ask.answer(2)).toBe(3);
    expect(await first.ask.ask(1)).toBe(2);
    expect(await first.ask.isSame(second)).toBe(true);
  });
});
