/** Names of actors whose node, or whose supervisor's node, has ended. */

import type { RefOf } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Boss, Namesake } from './fixtures/namesakes.ts';
import { running, settled, until } from './running.ts';

describe('a name', () => {
  it('that another took while the node of its actor was down stays with that one: the old actor is given up, and nothing else ends', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const old = await system.spawn(Namesake, [], { node: 'n2', name: 'counter' });
    const bystander = await system.spawn(Namesake, [], { node: 'n1' });
    const isDown = run.event('node-down');
    const killing = system.kill('n2');
    await isDown;
    const next = await system.spawn(Namesake, [], { node: 'n1', name: 'counter' });
    await killing;
    await system.whenUp('n2');
    await until(() => run.log.some(({ text }) => text?.includes('another has taken its name') === true));
    expect(await settled(old.ask.where())).toBe('TROUPE_DEAD_REF');
    expect(await system.whereis('counter')).toBe(next);
    expect([await next.ask.where(), await bystander.ask.where()]).toEqual(['n1', 'n1']);
    await system.stop(next);
    expect(await system.whereis('counter')).toBeUndefined();
  });

  it('of an actor whose supervisor has ended with its node is free for the next that this one starts, though a handler runs on', async () => {
    await using run = await running({ nodes: 2 });
    const { system } = run;
    const boss = await system.spawn(Boss, { node: 'n1', children: [['grandchild', 'n1']] }, { node: 'n2' });
    const found = async (name: string) => system.whereis<RefOf<typeof Namesake>>(name);
    await until(async () => (await found('grandchild')) !== undefined);
    const [child, grandchild] = [await found('child'), await found('grandchild')];
    const lingering = settled(child?.ask.linger(400) as Promise<void>);
    await system.kill('n2');
    await system.whenUp('n2');
    expect(await boss.ask.where()).toBe('n2');
    await until(async () => {
      const next = await found('grandchild');
      return next !== undefined && next !== grandchild;
    });
    const next = await found('child');
    // The end of the old ones takes nothing from the new.
    await lingering;
    await until(async () => (await settled(child?.ask.where() as Promise<unknown>)) === 'TROUPE_DEAD_REF');
    expect(await found('child')).toBe(next);
    expect(await next?.ask.where()).toBe('n1');
    expect(run.events.filter(({ type }) => type === 'failed')).toEqual([]);
  });

  it('and so are those of what it started on other nodes, in turn', async () => {
    await using run = await running({ nodes: 4 });
    const { system } = run;
    const down: [string, string][] = [
      ['grandchild', 'n3'],
      ['great-grandchild', 'n4'],
    ];
    await system.spawn(Boss, { node: 'n1', children: down }, { node: 'n2' });
    const found = async (name: string) => system.whereis<RefOf<typeof Namesake>>(name);
    await until(async () => (await found('great-grandchild')) !== undefined);
    const [child, grandchild] = [await found('child'), await found('grandchild')];
    let hasEnded = false;
    const lingering = settled(child?.ask.linger(3_000) as Promise<void>).then(() => {
      hasEnded = true;
    });
    await until(() => {
      const { begun = 0, ended = 0 } = system.counters().get('n1') ?? {};
      return begun > ended;
    });
    await system.kill('n2');
    await until(async () => {
      const next = await found('grandchild');
      return next !== undefined && next !== grandchild && (await found('great-grandchild')) !== undefined;
    });
    // The old ones still are, while the handler of the first runs on.
    expect(hasEnded).toBe(false);
    const next = await Promise.all([found('child'), found('grandchild'), found('great-grandchild')]);
    await lingering;
    await until(async () => (await settled(grandchild?.ask.where() as Promise<unknown>)) === 'TROUPE_DEAD_REF');
    expect(await Promise.all([found('child'), found('grandchild'), found('great-grandchild')])).toEqual(next);
    expect(await Promise.all(next.map((actor) => actor?.ask.where()))).toEqual(['n1', 'n3', 'n4']);
    expect(run.events.filter(({ type }) => type === 'failed')).toEqual([]);
  });
});
