/** How a snapshot ends that does not come about: soon, with the reason, and with nothing of it left. */

import { createSystem, isTroupeError } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Closure, Keeper } from './fixtures/keeper.ts';

const dataOf = (error: unknown): Readonly<Record<string, unknown>> => {
  if (!isTroupeError(error, 'TROUPE_SNAPSHOT_ABORTED')) throw error;
  return error.data;
};

const nothing = (): Readonly<Record<string, unknown>> => ({});

describe('a snapshot', () => {
  it('takes as long as it may, and no longer', async () => {
    await using system = await createSystem({ nodes: 1, logLevel: 'fatal' });
    const keeper = await system.spawn(Keeper, undefined, { node: 'n1' });
    keeper.tell.block(500);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const data = await system.snapshot({ timeout: 50 }).then(nothing, dataOf);
    expect(data).toMatchObject({ reason: 'timed out', missing: ['main', 'n1'], of: 'main, n1 had not finished' });
    expect((await system.snapshot()).actors).toHaveLength(1);
  });

  it('ends with its signal', async () => {
    await using system = await createSystem({ nodes: 1 });
    await expect(system.snapshot({ signal: AbortSignal.abort('enough') })).rejects.toMatchObject({
      code: 'TROUPE_SNAPSHOT_ABORTED',
      cause: 'enough',
    });
    const controller = new AbortController();
    const taking = system.snapshot({ signal: controller.signal });
    controller.abort();
    await expect(taking).rejects.toMatchObject({ data: { reason: 'cancelled' } });
  });

  it('is bounded in bytes', async () => {
    await using system = await createSystem({ nodes: 1 });
    for (const node of ['main', 'n1']) await system.spawn(Keeper, 'x'.repeat(100_000), { node });
    const data = await system.snapshot({ maxBytes: 150_000 }).then(nothing, dataOf);
    expect(data).toMatchObject({ reason: 'more bytes than allowed' });
    expect(await system.snapshot({ maxBytes: 1_000 }).then(nothing, dataOf)).toMatchObject({
      reason: 'more bytes than allowed',
    });
    expect((await system.snapshot({ maxBytes: 450_000 })).actors).toHaveLength(2);
  });

  it('names the actor, and the place in its state, that is no data', async () => {
    await using system = await createSystem({ nodes: 1 });
    await system.spawn(Closure, undefined, { node: 'n1', name: 'closure' });
    const data = await system.snapshot().then(nothing, dataOf);
    expect(data).toMatchObject({ reason: 'a value that can’t be copied', node: 'n1' });
    expect(data['of']).toContain('n1/closure');
    expect(data['of']).toContain('state.deep.run');
  });

  it('ends with its system', async () => {
    const system = await createSystem();
    await system.spawn(Keeper);
    const taking = system.snapshot().then(
      () => 'taken',
      (error) => dataOf(error)['reason'],
    );
    await system[Symbol.asyncDispose]();
    expect(['the end of the system', 'taken']).toContain(await taking);
    await expect(system.snapshot()).rejects.toMatchObject({ code: 'TROUPE_STOPPED' });
  });

  it('refuses what it is given where that makes no sense', async () => {
    await using system = await createSystem();
    const wrong: readonly object[] = [
      { timeout: -1 },
      { timeout: 'soon' },
      { whenIdle: 1 },
      { maxBytes: 0 },
      { signal: {} },
      { idle: true },
    ];
    for (const options of wrong)
      await expect(system.snapshot(options as never)).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
  });
});

describe('a moment without suspended actors', () => {
  it('is waited for', async () => {
    await using system = await createSystem({ nodes: 1 });
    const keeper = await system.spawn(Keeper, undefined, { node: 'n1' });
    keeper.tell.sleep(100);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await system.snapshot()).suspended).toMatchObject([{ node: 'n1', why: 'it awaits' }]);
    const idle = await system.snapshot({ whenIdle: true });
    expect(idle.suspended).toEqual([]);
    expect(idle.actors[0]?.state).toMatchObject({ items: ['asleep', 'awake'] });
  });

  it('is not waited for beyond the timeout, and who is suspended is named', async () => {
    await using system = await createSystem();
    const keeper = await system.spawn(Keeper, undefined, { name: 'sleeper' });
    keeper.tell.sleep(400);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const data = await system.snapshot({ whenIdle: true, timeout: 100 }).then(nothing, dataOf);
    expect(data).toMatchObject({ reason: 'an actor is suspended', of: 'main/sleeper' });
  });
});
