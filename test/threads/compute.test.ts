import { createHash } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { type CreateOptions, defineTask, move } from 'troupe';
import { describe, expect, it } from 'vitest';
import { exit, fail, giveFunction, hash, later, Orderer, size, spin, where } from './fixtures/tasks.ts';
import { running, settled, until } from './running.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const hosts: readonly [name: string, options: CreateOptions, node: string | undefined][] = [
  ['an inline system', {}, undefined],
  ['a system of threads', { nodes: 2 }, 'n2'],
];

for (const [name, options, node] of hosts) {
  describe(`tasks of ${name}`, () => {
    const orderer = async (system: Awaited<ReturnType<typeof running>>['system']) =>
      system.spawn(Orderer, undefined, node === undefined ? {} : { node });

    it('run on other threads than its nodes, and give typed results', async () => {
      await using run = await running(options);
      const actor = await orderer(run.system);
      expect(await run.system.compute(hash, 'a')).toBe(sha('a'));
      expect(await actor.ask.hash('b')).toBe(sha('b'));
      const place = await actor.ask.where();
      expect(place.isMainThread).toBe(false);
      expect([threadId, await actor.ask.thread()]).not.toContain(place.threadId);
      const values = new Map([['x', 2n ** 80n]]);
      expect(await run.system.compute(later, values)).toEqual([`x:${2n ** 80n}`]);
    });

    it('leave the node’s loop alone while they run', async () => {
      await using run = await running(options);
      const actor = await orderer(run.system);
      const other = await orderer(run.system);
      const spinning = actor.ask.spin(400);
      let answers = 0;
      let isOver = false;
      void spinning.then(() => {
        isOver = true;
      });
      while (!isOver) {
        await other.ask.done();
        answers++;
      }
      expect(await spinning).toBe(400);
      // One may have waited for the end of it; others did not.
      expect(answers).toBeGreaterThan(1);
    });

    it('fail with what they throw, or with what can’t be sent', async () => {
      await using run = await running(options);
      const actor = await orderer(run.system);
      for (const order of [() => run.system.compute(fail, 'no'), () => actor.ask.fail('no')]) {
        const error = await order().catch((thrown: Error) => thrown);
        expect(error).toBeInstanceOf(RangeError);
        expect(error).toMatchObject({ message: 'no', cause: expect.any(TypeError) });
        expect((error as Error).stack).toContain('tasks.ts');
      }
      expect(await settled(run.system.compute(giveFunction))).toBe('TROUPE_VALUE_REFUSED');
      expect(await settled(run.system.compute(hash, (() => {}) as never))).toBe('TROUPE_VALUE_REFUSED');
      expect(await actor.ask.ref()).toBe('TROUPE_VALUE_REFUSED');
      expect(await settled(run.system.compute({} as never))).toBe('TROUPE_DEFINITION_INVALID');
      const missing = defineTask({ url: new URL('./fixtures/no.ts', import.meta.url).href }, `no ${name}`, () => 1);
      expect(await settled(run.system.compute(missing))).toBe('TROUPE_MODULE_LOAD');
      const url = new URL('./fixtures/modules/empty.ts', import.meta.url).href;
      expect(await settled(run.system.compute(defineTask({ url }, `none ${name}`, () => 1)))).toBe(
        'TROUPE_DEFINITION_MISSING',
      );
    });

    it('end with their signal, or with their actor', async () => {
      await using run = await running(options);
      const controller = new AbortController();
      const endless = settled(run.system.compute(spin, 60_000, { signal: controller.signal }));
      setTimeout(() => controller.abort(), 50);
      expect(await endless).toBe('TROUPE_COMPUTE_CANCELLED');
      const actor = await orderer(run.system);
      expect(await settled(actor.ask.spin(60_000, { timeout: 50 }))).toBe('TROUPE_ASK_TIMEOUT');
      // Its thread is free again: nothing of the endless ones is left.
      expect(await run.system.compute(hash, 'c')).toBe(sha('c'));
      expect(await actor.ask.hash('d')).toBe(sha('d'));
    });

    it('may end their thread, which is replaced', async () => {
      await using run = await running(options);
      expect(await settled(run.system.compute(exit))).toBe('TROUPE_COMPUTE_LOST');
      expect(await run.system.compute(hash, 'e')).toBe(sha('e'));
    });

    it('take what was moved', async () => {
      await using run = await running(options);
      const buffer = new ArrayBuffer(100_000);
      expect(await run.system.compute(size, move(buffer) as never)).toBe(100_000);
      expect(buffer.detached).toBe(true);
    });

    it('end with the system', async () => {
      const run = await running(options);
      const open = settled(run.system.compute(spin, 60_000));
      await run.system.compute(hash, 'f').catch(() => {});
      await run.system[Symbol.asyncDispose]();
      expect(await open).toBe('TROUPE_STOPPED');
      expect(await settled(run.system.compute(where))).toBe('TROUPE_STOPPED');
    });

    it('wait in a queue that has a bound', async () => {
      await using run = await running({ ...options, compute: { threads: 1, queueMax: 3 } });
      await run.system.compute(hash, 'g');
      const outcomes = Array.from({ length: 10 }, () => settled(run.system.compute(spin, 20)));
      const all = await Promise.all(outcomes);
      expect(all.filter((outcome) => outcome === 20).length).toBeGreaterThanOrEqual(3);
      expect(all).toContain('TROUPE_COMPUTE_FULL');
      await until(async () => (await settled(run.system.compute(hash, 'h'))) === sha('h'));
    });
  });
}

it('options of the pool are checked', async () => {
  await expect(running({ nodes: 1, compute: { threads: 0 } })).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
});
