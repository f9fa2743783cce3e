import { share } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Caller, Parent, Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('tell and ask', {}, (stage) => {
  describe('tell', () => {
    it('keeps the order between two actors', async () => {
      const to = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const from = await stage.system.spawn(Caller, undefined, { node: stage.here });
      await from.ask.tellMany({ to, count: 5_000 });
      await stage.until(async () => (await to.ask.items()).length === 5_000);
      expect(await to.ask.items()).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
    });

    it('keeps the order from outside actors, together with asks', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      for (let n = 1; n <= 100; n++) {
        worker.tell.add(1);
        expect(await worker.ask.sum()).toBe(n);
      }
    });

    it('gives every sender’s messages, one handler at a time, also where handlers await', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      worker.tell.halves('a');
      worker.tell.halves('b');
      expect(await stage.lines(4)).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    });

    it('to an actor that has stopped is a dead letter, never an error', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await stage.system.stop(worker);
      const before = stage.count('deadStopped');
      worker.tell.add(1);
      await stage.until(() => stage.count('deadStopped') === before + 1);
    });
  });

  describe('ask', () => {
    it('gives what the handler returns, synchronous or not', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      expect(await worker.ask.echo({ a: [1, 2] })).toEqual({ a: [1, 2] });
      expect(await worker.ask.nap(1)).toBe('slept');
      expect(await worker.ask.add(1)).toBeUndefined();
    });

    it('from actor to actor gives the answer, whatever nodes they are on', async () => {
      const to = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const from = await stage.system.spawn(Caller, undefined, { node: stage.here });
      // Awaited: what comes by way of a third node keeps no order with it.
      await to.ask.add(7);
      expect(await from.ask.askSum(to)).toBe(7);
    });

    it('many at once gives each its own answer', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const answers = await Promise.all(Array.from({ length: 2_000 }, (_, n) => worker.ask.echo(n)));
      expect(answers).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    });

    it('rejects with what the handler threw: class, message, code and cause; and its stack shows both sides', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      for (const kind of ['crash', 'crashLater'] as const) {
        const error = await worker.ask[kind]().catch((thrown: unknown) => thrown as Error & { code: string });
        expect(error).toMatchObject({
          name: 'CustomError',
          message: expect.stringMatching(/^crashed/),
          code: 'E_CUSTOM',
        });
        expect((error as Error).stack).toMatch(/worker\.ts/);
        expect((error as Error).stack).toContain(`in answer to '${kind}', asked of ${worker} by main, outside actors`);
        if (kind === 'crash')
          expect((error as Error).cause).toMatchObject({ name: 'RangeError', message: 'the cause' });
      }
    });

    it('rejects with a refusal, after which the actor goes on as it was', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      worker.tell.add(3);
      await expect(worker.ask.refuse()).rejects.toMatchObject({
        code: 'TROUPE_REFUSED',
        message: 'not today',
        data: { day: 'today' },
      });
      worker.tell.refuse();
      expect(await worker.ask.sum()).toBe(3);
    });

    it('of an actor that has stopped is refused', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await stage.system.stop(worker);
      await expect(worker.ask.sum()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
    });

    it('that waits in the mailbox of an actor that stops is refused', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const running = worker.ask.waitForAbort();
      const waiting = expect(worker.ask.sum()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
      await stage.lines(1);
      await stage.system.stop(worker);
      await Promise.all([running, waiting]);
    });

    it('for an unknown kind says which there are', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const asks = worker.ask as unknown as Record<string, () => unknown>;
      expect(() => asks['subtract']?.()).toThrow(
        expect.objectContaining({ code: 'TROUPE_UNKNOWN_HANDLER', message: expect.stringContaining('add, sum') }),
      );
    });

    it('refuses options that are wrong', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      for (const options of [{ timeout: -1 }, { timeout: Number.NaN }, { timeout: '5' }, { signal: {} }])
        await expect(worker.ask.sum(undefined, options as never)).rejects.toMatchObject({
          code: 'TROUPE_OPTION_INVALID',
        });
    });
  });

  describe('a payload', () => {
    it('is a copy: what either side changes afterwards, the other does not see', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const item = { n: 1 };
      worker.tell.put(item);
      item.n = 2;
      expect(await worker.ask.spoil(item)).toEqual({ n: 3 });
      expect(item).toEqual({ n: 2 });
      expect(await worker.ask.items()).toEqual([{ n: 1 }, { n: 3 }]);
    });

    it('that is shared is the very same within a thread, and a copy across threads', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const item = { n: 1 };
      worker.tell.spoil(share(item));
      await worker.ask.sum();
      expect(item.n).toBe(stage.isThreaded ? 1 : 2);
    });

    it('that can’t be sent is refused at the sender, with the path to the offending part', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const refused = { code: 'TROUPE_VALUE_REFUSED', message: expect.stringContaining('payload.list[1].run') };
      const bad = { list: [1, { run: () => {} }] };
      expect(() => worker.tell.put(bad)).toThrow(expect.objectContaining(refused));
      await expect(worker.ask.echo(bad)).rejects.toMatchObject(refused);
      expect(await worker.ask.items()).toEqual([]);
    });

    it('that an actor can’t send fails that actor, unless it catches', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await expect(worker.ask.unsendable()).rejects.toMatchObject({ code: 'TROUPE_VALUE_REFUSED' });
      expect(await worker.ask.sum()).toBe(0);
    });

    it('arrives equal, whatever data it is', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      const sparse = [1, 2, 3];
      delete sparse[1];
      const values: unknown[] = [
        undefined,
        null,
        -0,
        Number.NaN,
        2n ** 70n,
        'a\ud800',
        new Date(5),
        /a+/gi,
        new Map([[{}, new Set([1])]]),
        new Uint8Array([1, 2]),
        sparse,
        Object.create(null),
        cyclic,
      ];
      for (const value of values) expect(await worker.ask.echo(value)).toStrictEqual(value);
      expect(Object.is(await worker.ask.echo(-0), -0)).toBe(true);
    });
  });

  describe('a ref', () => {
    it('is the same object, however it came', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there, name: `same-${stage.here}` });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here });
      caller.tell.keep(worker);
      expect(await caller.ask.kept()).toBe(worker);
      expect(await caller.ask.isKept(worker)).toBe(true);
      expect(await worker.ask.echo([worker, caller])).toEqual([worker, caller]);
      expect(await stage.system.whereis(`same-${stage.here}`)).toBe(worker);
    });

    it('of the sender is there although it never left its node before', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const parent = await stage.system.spawn(Parent, undefined, { node: stage.here });
      const child = await parent.ask.tellByChild(worker);
      await stage.until(async () => (await worker.ask.items()).length === 1);
      // All that the other node knows of it is its address.
      const address = child.replace('Talker', stage.isThreaded ? 'unknown' : 'Talker');
      expect(await worker.ask.items()).toEqual([address]);
    });

    it('of the sender is the sender’s, and none outside actors', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here });
      expect(await caller.ask.askSender(worker)).toBe(true);
      expect(await worker.ask.sender()).toBeUndefined();
    });

    it('says where its actor is, and its name', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there, name: `named-${stage.here}` });
      expect([worker.node, worker.name, `${worker}`]).toEqual([
        stage.there,
        `named-${stage.here}`,
        `${stage.there}/named-${stage.here}`,
      ]);
      expect(await worker.ask.where()).toBe(stage.there);
    });
  });
});
