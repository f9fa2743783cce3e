/** What a restarted node gets again. A file tells what was handled, since it outlives the node. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeOptions } from 'troupe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, Writer } from './fixtures/journal.ts';
import { type Running, running, settled, until } from './running.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-'));
  file = join(folder, 'journal');
  writeFileSync(file, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

async function start(redeliver: NonNullable<NodeOptions['redeliver']>, options: Partial<NodeOptions> = {}) {
  const run = await running({ nodes: [{ name: 'n1', redeliver, restarts: 10, ...options }, { name: 'n2' }] });
  const journal = await run.system.spawn(Journal, file, {
    node: 'n1',
    name: 'journal',
    restart: 'permanent',
    shutdown: 50,
  });
  return { run, journal };
}

const sum = (run: Running, name: 'deadLostWithNode' | 'deadQuarantined' | 'deadMalformed' | 'deadNodeDown'): number =>
  [...run.system.counters().values()].reduce((total, counters) => total + counters[name], 0);

describe('with redeliver: none', () => {
  it('the restarted node gets nothing again, and all of it is counted', async () => {
    const { run, journal } = await start('none');
    await using _ = run;
    const up = run.event('node-up');
    for (let n = 1; n <= 5; n++) journal.tell.note({ n });
    journal.tell.exit('exit');
    for (let n = 6; n <= 10; n++) journal.tell.note({ n });
    await up;
    await until(async () => (await settled(journal.ask.ping())) === 'pong');
    expect(lines()).toEqual([...numbers(1, 5), 'exit']);
    expect(sum(run, 'deadLostWithNode')).toBe(6);
  });
});

describe('with redeliver: unbegun', () => {
  it('the restarted node gets what no handler had begun, once, in order, and nothing that had begun', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    const up = run.event('node-up');
    for (let n = 1; n <= 500; n++) journal.tell.note({ n });
    journal.tell.exit('exit');
    for (let n = 501; n <= 1_000; n++) journal.tell.note({ n });
    await up;
    for (let n = 1_001; n <= 1_010; n++) journal.tell.note({ n });
    await until(() => lines().length >= 1_011);
    expect(lines()).toEqual([...numbers(1, 500), 'exit', ...numbers(501, 1_010)]);
    expect(sum(run, 'deadLostWithNode')).toBe(1);
    await until(async () => (await settled(journal.ask.ping())) === 'pong');
    expect(lines()).toHaveLength(1_011);
  });

  it('the restarted node reads messages of the shapes that it knew, however large those were that announced them', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    const up = run.event('node-up');
    for (let n = 1; n <= 4; n++) journal.tell.note({ n, padding: 'x'.repeat(300_000) });
    await until(() => lines().length === 4);
    await run.system.kill('n1');
    await up;
    for (let n = 5; n <= 10; n++) journal.tell.note({ n, padding: 'x' });
    expect(await journal.ask.ping()).toBe('pong');
    expect(lines().slice(4)).toEqual(numbers(5, 10).map((n) => `${n}:1`));
    expect(sum(run, 'deadMalformed')).toBe(0);
  });

  it('messages sent while it restarts are kept for it, and asks fail', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    journal.tell.note({ n: 1 });
    await until(() => lines().length === 1);
    await run.system.kill('n1');
    // Also from a node that never sent there before.
    const other = await run.system.spawn(Journal, join(folder, 'other'), { node: 'main' });
    expect(await other.ask.ping()).toBe('pong');
    for (let n = 2; n <= 20; n++) journal.tell.note({ n });
    expect(await settled(journal.ask.ping())).toBe('TROUPE_NODE_DOWN');
    await until(() => lines().length >= 20);
    expect(lines()).toEqual(numbers(1, 20));
    expect(sum(run, 'deadNodeDown')).toBe(0);
  });

  it('an ask that was on its way fails, and is not handled behind its asker’s back', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    const up = run.event('node-up');
    journal.tell.sleep(200);
    const asks = [1, 2, 3].map((n) => settled(journal.ask.note({ n })));
    await run.system.kill('n1');
    expect(await Promise.all(asks)).toEqual(Array(3).fill('TROUPE_NODE_DOWN'));
    await up;
    await until(async () => (await settled(journal.ask.ping())) === 'pong');
    expect(lines()).toEqual([]);
  });

  it('frames larger than a share of the ring come again too', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    journal.tell.sleep(100);
    journal.tell.exit('exit');
    const padding = 'x'.repeat(300_000);
    for (let n = 1; n <= 4; n++) journal.tell.note({ n, padding });
    await until(() => lines().length >= 5);
    expect(lines()).toEqual(['exit', '1:300000', '2:300000', '3:300000', '4:300000']);
  });

  it('a message that a full ring kept waiting is not lost', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    journal.tell.exit('exit');
    const padding = 'x'.repeat(1_000);
    let n = 0;
    while (n < 1_000) {
      await journal.room().catch(() => {});
      try {
        while (n < 1_000) {
          journal.tell.note({ n: n + 1, padding });
          n++;
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await until(() => lines().length >= 1_001);
    expect(lines()).toEqual(['exit', ...numbers(1, 1_000).map((line) => `${line}:1000`)]);
  });

  it('what a node sent there for the first time while it was down comes, though its sender is gone, too', async () => {
    const { run, journal } = await start('unbegun', { backoff: { min: 1_000, factor: 1, jitter: 0 } });
    await using _ = run;
    const writer = await run.system.spawn(Writer, journal, { node: 'n2', restart: 'permanent' });
    // The first restart waits for nothing; one that is ended before it is up is tried again after a second.
    await run.system.kill('n1');
    await until(async () => {
      await run.system.kill('n1');
      return run.events.some((event) => event.type === 'node-down' && event.delay > 0);
    });
    await writer.ask.write({ from: 1, to: 100 });
    const gone = run.event('node-down', ({ node }) => node === 'n2');
    await run.system.kill('n2');
    expect((await gone).lost).toBe(0);
    await until(() => lines().length >= 100);
    expect(lines()).toEqual(numbers(1, 100));
  });

  it('survives several lives', async () => {
    const { run, journal } = await start('unbegun');
    await using _ = run;
    const expected: string[] = [];
    for (let n = 1; n <= 60; n++) {
      journal.tell.note({ n });
      expected.push(`${n}`);
      if (n % 20 !== 0) continue;
      journal.tell.exit(`exit ${n}`);
      expected.push(`exit ${n}`);
    }
    await until(() => lines().length >= expected.length);
    expect(lines()).toEqual(expected);
    await until(() => sum(run, 'deadLostWithNode') >= 3);
    expect(sum(run, 'deadLostWithNode')).toBe(3);
  });
});

describe('with redeliver: begun', () => {
  it('a message that ends its node twice is put into quarantine, and the others are handled', async () => {
    const { run, journal } = await start('begun');
    await using _ = run;
    for (let n = 1; n <= 5; n++) journal.tell.note({ n });
    journal.tell.exit('exit');
    for (let n = 6; n <= 10; n++) journal.tell.note({ n });
    await until(() => lines().length >= 12);
    expect(lines()).toEqual([...numbers(1, 5), 'exit', 'exit', ...numbers(6, 10)]);
    expect(sum(run, 'deadQuarantined')).toBe(1);
    expect(sum(run, 'deadLostWithNode')).toBe(0);
    expect(run.events.filter(({ type }) => type === 'node-down')).toHaveLength(2);
  });

  it('what was begun and had not ended is handled again', async () => {
    const { run, journal } = await start('begun');
    await using _ = run;
    journal.tell.noteAndWait({ n: 1 });
    journal.tell.note({ n: 2 });
    await until(() => lines().length === 1);
    const up = run.event('node-up');
    await run.system.kill('n1');
    await up;
    await until(() => lines().length === 2);
    expect(lines()).toEqual(['1', '1']);
  });
});

describe('a node that redelivers and stays down', () => {
  it('gives its messages to the dead letters, with what they said, to be replayed', async () => {
    const { run, journal } = await start('unbegun', { restarts: 0 });
    await using _ = run;
    const spare = await run.system.spawn(Journal, file, { node: 'n2' });
    journal.tell.exit('exit');
    for (let n = 1; n <= 10; n++) journal.tell.note({ n });
    await run.event('node-down');
    expect(sum(run, 'deadNodeDown')).toBe(10);
    expect(run.system.deadLetters.list().map(({ payload }) => payload)).toContainEqual({ n: 7 });
    expect(run.system.deadLetters.replay(({ reason }) => reason === 'node-down', spare)).toBe(10);
    await until(() => lines().length >= 11);
    expect(lines()).toEqual(['exit', ...numbers(1, 10)]);
    expect(await settled(journal.ask.ping())).toBe('TROUPE_NODE_DOWN');
  });
});
