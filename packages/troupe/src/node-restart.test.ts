import { describe, expect, it } from 'vitest';
import { createSystem } from './create-system.ts';
import { First, Second } from './fixtures/pair.ts';

describe('actors of a node that is restarted', () => {
  it('reach each other by the refs that they were started with, which are one ref each', async () => {
    await using system = await createSystem({ nodes: 1, logLevel: 'fatal' });
    const second = await system.spawn(Second, undefined, { node: 'n1' });
    const first = await system.spawn(First, second, { node: 'n1' });
    expect(await first.ask.ask(1)).toBe(2);
    await system.kill('n1');
    await system.whenUp('n1');
    // Once the second answers, it has been started again: from then on the first reaches it too.
    expect(await second.ask.answer(2)).toBe(3);
    expect(await first.ask.ask(1)).toBe(2);
    expect(await first.ask.isSame(second)).toBe(true);
  });

  it('answer as soon as it is up again, which can be waited for', async () => {
    await using system = await createSystem({
      nodes: [{ name: 'lasting' }, { name: 'once', restarts: 0 }],
      logLevel: 'fatal',
    });
    await system.whenUp('once');
    const second = await system.spawn(Second, undefined, { node: 'lasting' });
    await system.kill('lasting');
    await expect(second.ask.answer(1)).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
    await system.whenUp('lasting');
    expect(await second.ask.answer(1)).toBe(2);
    await system.kill('once');
    await expect(system.whenUp('once')).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
    await expect(system.whenUp('nowhere')).rejects.toMatchObject({ code: 'TROUPE_NODE_UNKNOWN' });
  });
});
