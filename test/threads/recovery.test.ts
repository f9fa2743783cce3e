/** What is said to actors of a restarted node that have not been started again yet. */

import { describe, expect, it } from 'vitest';
import { Early } from './fixtures/early.ts';
import { Late } from './fixtures/late.ts';
import { Stuck } from './fixtures/stuck.ts';
import { Tally } from './fixtures/tally.ts';
import { running, settled, until } from './running.ts';

async function stage(options: { readonly messages: number; readonly late?: 'permanent' | 'temporary' }) {
  const run = await running({ nodes: 2 });
  const { system } = run;
  const tally = await system.spawn(Tally, undefined, { node: 'main' });
  const late = await system.spawn(Late, undefined, { node: 'n1', restart: options.late ?? 'permanent' });
  const given = { late, tally, messages: options.messages };
  const early = await system.spawn(Early, given, { node: 'n1', restart: 'permanent' });
  const lines = () => tally.ask.lines();
  const sum = (name: 'deadLetters' | 'deadStopped' | 'blocked' | 'enqueued' | 'ended'): number =>
    [...system.counters().values()].reduce((total, counters) => total + counters[name], 0);
  await until(async () => (await lines()).includes(`heard ${options.messages}`));
  // What a killed node has not begun is a dead letter, and rightly so.
  await until(() => sum('enqueued') === sum('ended'));
  /** Until the early one has been started again, and has had its say. */
  const restarted = async (line: string): Promise<void> => {
    const already = (await lines()).filter((said) => said === line).length;
    await system.kill('n1');
    await system.whenUp('n1');
    await until(async () => (await lines()).filter((said) => said === line).length > already);
  };
  return { run, system, late, early, lines, sum, restarted };
}

describe('an actor that its restarted node has not started again yet', () => {
  it('gets what actors of its own node told and asked it meanwhile, in order, though it is more than its mailbox holds', async () => {
    const { run, late, sum, restarted } = await stage({ messages: 500 });
    await using _ = run;
    const name = await late.ask.ownName();
    const dead = sum('deadLetters');
    await restarted('heard 500');
    expect(await late.ask.heard()).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(sum('deadLetters')).toBe(dead);
    expect([name, await late.ask.ownName()]).toEqual([`${late}`, `${late}`]);
  });

  it('gets any number: who sends more than is kept at once takes no next message until it is there', async () => {
    const { run, late, sum, restarted } = await stage({ messages: 6_000 });
    await using _ = run;
    const [dead, blocked] = [sum('deadLetters'), sum('blocked')];
    await restarted('heard 6000');
    expect(await late.ask.heard()).toHaveLength(6_000);
    expect(sum('deadLetters')).toBe(dead);
    expect(sum('blocked')).toBeGreaterThan(blocked);
  });

  it('and never will, leaves dead letters, and asks that fail', async () => {
    const { run, sum, restarted } = await stage({ messages: 20, late: 'temporary' });
    await using _ = run;
    const dead = sum('deadStopped');
    await restarted('TROUPE_DEAD_REF');
    expect(sum('deadStopped')).toBe(dead + 20);
  });

  it('is monitored and linked from its own node as if it were there', async () => {
    const { run, late, lines, sum, restarted } = await stage({ messages: 1 });
    await using _ = run;
    await restarted('heard 1');
    // It watches after it has asked.
    await until(() => sum('enqueued') === sum('ended'));
    await run.system.stop(late);
    await until(async () => (await lines()).filter((line) => /(down|exit): shutdown/.test(line)).length === 2);
    expect((await lines()).filter((line) => /down|exit/.test(line))).toHaveLength(2);
  });

  it('and from another node', async () => {
    const { run, system, late } = await stage({ messages: 1 });
    await using _ = run;
    const tally = await system.spawn(Tally, undefined, { node: 'main' });
    const watcher = await system.spawn(Early, { late, tally, messages: 0 }, { node: 'n2' });
    await until(async () => (await tally.ask.lines()).length === 2);
    await system.kill('n1');
    // The watch of the earlier life ends with it.
    await until(async () => (await tally.ask.lines()).filter((line) => line.includes('killed')).length === 2);
    // Each node learns for itself that another is up again.
    await watcher.ask.meet('n1');
    watcher.tell.watchNow();
    await until(async () => (await tally.ask.lines()).includes('watches'));
    expect(await late.ask.heard()).toEqual([0]);
    await system.stop(late);
    await until(async () => (await tally.ask.lines()).includes('down: shutdown'));
    await until(async () => (await tally.ask.lines()).includes('exit: shutdown'));
  });

  it('gets what others told and asked it meanwhile, in order', async () => {
    const { run, system, late } = await stage({ messages: 1 });
    await using _ = run;
    await system.kill('n1');
    await system.whenUp('n1');
    // Its module takes a while to load.
    for (let n = 1; n <= 6_000; n++) {
      if (n % 100 === 0) await late.room();
      late.tell.hear(`${n}`);
    }
    const heard = (await late.ask.heard()).filter((what) => typeof what === 'string');
    expect(heard).toEqual(Array.from({ length: 6_000 }, (_, n) => `${n + 1}`));
    // What came first knew only its address: it knows itself none the less.
    expect(await late.ask.hearOneself()).toBe('told');
  });

  it('and whose module never loads, holds up nobody else', async () => {
    await using run = await running({ nodes: 1 });
    const { system } = run;
    const prompt = await system.spawn(Tally, undefined, { node: 'n1', restart: 'permanent' });
    const stuck = await system.spawn(Stuck, undefined, { node: 'n1', restart: 'permanent' });
    expect(await stuck.ask.heard()).toBe(0);
    await system.kill('n1');
    await system.whenUp('n1');
    for (let n = 0; n < 200; n++) stuck.tell.hear();
    const answer = settled(stuck.ask.heard(undefined, { timeout: 600_000 }));
    prompt.tell.note('first');
    expect(await prompt.ask.lines()).toEqual(['first']);
    // It loads in the life after: what waited, the ask too, was lost with this one, and is counted.
    const down = run.event('node-down');
    await system.kill('n1');
    expect((await down).lost).toBe(201);
    expect(await answer).toBe('TROUPE_NODE_DOWN');
    await system.whenUp('n1');
    expect(await stuck.ask.heard()).toBe(0);
  });
});

describe('a stop of an actor whose node is being restarted', () => {
  it('by its supervisor’s system is for good', async () => {
    const { run, system, late } = await stage({ messages: 1 });
    await using _ = run;
    await system.kill('n1');
    await system.stop(late);
    await system.whenUp('n1');
    expect(await settled(late.ask.heard())).toBe('TROUPE_DEAD_REF');
  });

  it('by anyone else waits for it, and is for good too', async () => {
    const { run, system, late } = await stage({ messages: 1 });
    await using _ = run;
    await system.kill('n1');
    await system.whenUp('n1');
    // It is not started again yet: its module is still loading.
    await system.stop(late);
    expect(await settled(late.ask.heard())).toBe('TROUPE_DEAD_REF');
  });

  it('ends with the system, where that is stopped meanwhile', async () => {
    const { run, system, late } = await stage({ messages: 1 });
    await system.kill('n1');
    const up = settled(system.whenUp('n1'));
    const stopped = settled(system.stop(late));
    await run[Symbol.asyncDispose]();
    expect(await up).toBe('TROUPE_STOPPED');
    expect(await stopped).toBeUndefined();
    // Nothing has failed: it was meant.
    expect(run.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
