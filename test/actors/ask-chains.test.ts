import { describe, expect, it } from 'vitest';
import { Caller, type CallerRef, Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('chains of asks', { askTimeout: 20_000 }, (stage) => {
  describe('a time-out', () => {
    it('says how many messages waited, and that a handler was running', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      worker.tell.nap(60_000);
      worker.tell.add(1);
      worker.tell.add(1);
      const error = await worker.ask.sum(undefined, { timeout: 50 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'TROUPE_ASK_TIMEOUT',
        message: expect.stringMatching(/'sum' from .*: 3 messages wait in its mailbox, and a handler is running/),
        data: { depth: 3, isRunning: true, kind: 'sum' },
      });
      await stage.system.stop(worker);
    });

    it('aborts the signal of the handler that was working on the answer; the actor goes on', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      worker.tell.add(4);
      await expect(worker.ask.waitForAbort(undefined, { timeout: 300 })).rejects.toMatchObject({
        code: 'TROUPE_ASK_TIMEOUT',
      });
      expect((await stage.lines(2))[1]).toMatch(/aborted: TROUPE_ASK_(TIMEOUT|CANCELLED)/);
      expect(await worker.ask.sum()).toBe(4);
    });

    it('in a sleep of the handler ends the handler, and is no failure of the actor', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      worker.tell.add(4);
      await expect(worker.ask.nap(60_000, { timeout: 30 })).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
      expect(await worker.ask.sum()).toBe(4);
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('while the message still waited is the end of it: no handler runs for it', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      worker.tell.nap(100);
      await expect(worker.ask.note('never', { timeout: 20 })).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
      await worker.ask.note('later');
      expect(await stage.lines(1)).toEqual(['later']);
    });
  });

  describe('an AbortSignal', () => {
    it('cancels the ask at once, and reaches the handler', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const controller = new AbortController();
      const answer = worker.ask.waitForAbort(undefined, { signal: controller.signal });
      const cancelled = expect(answer).rejects.toMatchObject({
        code: 'TROUPE_ASK_CANCELLED',
        cause: 'changed my mind',
      });
      await stage.lines(1);
      controller.abort('changed my mind');
      await cancelled;
      expect(await stage.lines(2)).toEqual(['begun', 'aborted: TROUPE_ASK_CANCELLED']);
    });

    it('ends with it what handlers on the way had asked in turn, each of which is free at once, and fails nobody', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.here });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.there });
      const first = await stage.system.spawn(Caller, undefined, { node: stage.here });
      const controller = new AbortController();
      const answer = first.ask.passOn({ by: caller, to: worker }, { signal: controller.signal });
      const cancelled = expect(answer).rejects.toMatchObject({ code: 'TROUPE_ASK_CANCELLED' });
      await stage.lines(1);
      controller.abort();
      await cancelled;
      for (const [ref, free] of [
        [first, () => first.ask.plain(undefined, { timeout: 5_000 })],
        [caller, () => caller.ask.plain(undefined, { timeout: 5_000 })],
        [worker, () => worker.ask.sum(undefined, { timeout: 5_000 })],
      ] as const)
        expect(await free().then(() => 'free', String), String(ref)).toBe('free');
      expect((await stage.lines(2))[1]).toBe('aborted: TROUPE_ASK_CANCELLED');
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('that was aborted before refuses the ask without sending it', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      await expect(worker.ask.note('never', { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'TROUPE_ASK_CANCELLED',
      });
      await worker.ask.note('only this');
      expect(await stage.lines(1)).toEqual(['only this']);
    });

    it('aborted after the answer changes nothing', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const controller = new AbortController();
      expect(await worker.ask.echo(1, { signal: controller.signal })).toBe(1);
      controller.abort();
      expect(await worker.ask.sum()).toBe(0);
    });
  });

  describe('a deadline', () => {
    it('passes on to nested asks, however long their own time-out', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here });
      const left = await caller.ask.askDeadline({ to: worker, timeout: 60_000 }, { timeout: 3_000 });
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(3_000);
      expect(await caller.ask.askDeadline({ to: worker, timeout: 1_000 }, { timeout: 30_000 })).toBeLessThanOrEqual(
        1_000,
      );
    });

    it('ends a nested ask together with the one being answered, and fails nobody', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here });
      caller.tell.keep(worker);
      await expect(
        caller.ask.askNap({ to: worker, milliseconds: 60_000, timeout: 60_000 }, { timeout: 40 }),
      ).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
      expect(await caller.ask.isKept(worker)).toBe(true);
      expect(await worker.ask.sum()).toBe(0);
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('is none for what is told', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      expect(await worker.ask.deadline(undefined, { timeout: Number.POSITIVE_INFINITY })).toBeUndefined();
    });
  });

  describe('a circle', () => {
    it('of an actor that asks itself is refused at once', async () => {
      const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
      await expect(worker.ask.askItself()).rejects.toMatchObject({ code: 'TROUPE_ASK_CYCLE' });
    });

    it('through other actors is refused at once, with the path', async () => {
      const [a, b, c] = await Promise.all(
        [stage.here, stage.there, stage.here].map((node) => stage.system.spawn(Caller, undefined, { node })),
      );
      if (a === undefined || b === undefined || c === undefined) throw new Error('expected three callers');
      const path: CallerRef[] = [b, c, a];
      const error = await a.ask.chain(path).catch((thrown: unknown) => thrown as Error & { data: { path: string[] } });
      expect(error).toMatchObject({ code: 'TROUPE_ASK_CYCLE' });
      expect((error as { data: { path: string[] } }).data.path).toHaveLength(4);
    });

    it('is none where the way back is another actor', async () => {
      const [a, b, c] = await Promise.all(
        [stage.here, stage.there, stage.here].map((node) => stage.system.spawn(Caller, undefined, { node })),
      );
      expect(await a?.ask.chain([b as CallerRef, c as CallerRef])).toBe('end');
    });
  });

  describe('a deadlock', () => {
    it('of asks that cross is found, told and broken', async () => {
      const a = await stage.system.spawn(Caller, undefined, { node: stage.here, restart: 'temporary' });
      const b = await stage.system.spawn(Caller, undefined, { node: stage.there, restart: 'temporary' });
      const results = await Promise.allSettled([a.ask.cross(b), b.ask.cross(a)]);
      const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
      expect(refused.map(({ code }) => code)).toContain('TROUPE_ASK_DEADLOCK');
      const found = refused.find(({ code }) => code === 'TROUPE_ASK_DEADLOCK');
      expect(found.data.path).toHaveLength(3);
      await stage.until(() => stage.events.some((event) => event.type === 'deadlock'));
    });
  });
});
