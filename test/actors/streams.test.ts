import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Reader, Streamer } from './fixtures/streamer.ts';
import { Undeclared } from './fixtures/undeclared.ts';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

onEveryHost('streams', {}, (stage) => {
  const spawn = () => stage.system.spawn(Streamer, stage.journal, { node: stage.there });

  describe('a stream', () => {
    it('gives every item, in order, and ends', async () => {
      const streamer = await spawn();
      const items: number[] = [];
      for await (const item of streamer.stream.numbers(500)) items.push(item);
      expect(items).toEqual(Array.from({ length: 500 }, (_, n) => n));
    });

    it('can be empty', async () => {
      const items = await collect((await spawn()).stream.numbers(0));
      expect(items).toEqual([]);
    });

    it('is read by an actor as by a program', async () => {
      const reader = await stage.system.spawn(Reader, undefined, { node: stage.here });
      expect(await reader.ask.sum({ of: await spawn(), n: 200 })).toBe((199 * 200) / 2);
    });

    it('never runs ahead of its reader by more than its credit', async () => {
      const streamer = await spawn();
      const stream = streamer.stream.numbers(1_000, { credit: 8 });
      for (let n = 0; n < 20; n++) {
        await stream.next();
        expect(await streamer.ask.made()).toBeLessThanOrEqual(n + 1 + 8);
      }
      await stream.return?.();
    });

    it('begins when it is first read, not before', async () => {
      const streamer = await spawn();
      const stream = streamer.stream.numbers(10);
      expect(await streamer.ask.made()).toBe(0);
      expect(await stream.next()).toEqual({ done: false, value: 0 });
      await stream.return?.();
    });

    it('leaves its actor free for other messages between two items', async () => {
      const streamer = await spawn();
      const reading = collect(streamer.stream.slowly(50));
      expect(await streamer.ask.made()).toBe(0);
      expect(await reading).toHaveLength(50);
    });

    it('several at a time of one actor do not mix', async () => {
      const streamer = await spawn();
      const both = await Promise.all([collect(streamer.stream.slowly(20)), collect(streamer.stream.slowly(30))]);
      expect(both).toEqual([20, 30].map((n) => Array.from({ length: n }, (_, i) => i)));
    });

    it('refuses a credit that is no positive integer', async () => {
      const streamer = await spawn();
      for (const credit of [0, 1.5, -1])
        expect(() => streamer.stream.numbers(1, { credit })).toThrow(
          expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
        );
    });
  });

  describe('a handler that is no async generator, and returns an async iterable,', () => {
    const undeclared = () => stage.system.spawn(Undeclared, stage.journal, { node: stage.there });

    for (const kind of ['returned', 'compiled', 'bare', 'prepared'] as const) {
      it(`is a stream (${kind})`, async () => {
        const actor = await undeclared();
        expect(await collect(actor.stream[kind](200))).toEqual(Array.from({ length: 200 }, (_, n) => n));
      });
    }

    it('is one for actors too, and for refs that came in messages', async () => {
      const reader = await stage.system.spawn(Reader, undefined, { node: stage.here });
      expect(await reader.ask.sumUndeclared({ of: await undeclared(), n: 200 })).toBe((199 * 200) / 2);
    });

    it('runs its finally when it is given up', async () => {
      const actor = await undeclared();
      for await (const n of actor.stream.returned(1_000)) if (n === 3) break;
      expect(await stage.lines(1)).toEqual(['finally']);
    });

    it('ends with its actor', async () => {
      const actor = await undeclared();
      const stream = actor.stream.prepared(1_000_000);
      await stream.next();
      await stage.system.stop(actor);
      await expect(collect(stream)).rejects.toMatchObject({ code: 'TROUPE_STREAM_CLOSED' });
    });

    it('refuses to be asked, and its actor goes on', async () => {
      const actor = await undeclared();
      const asked = actor as never as { ask: Record<'returned' | 'prepared', (n: number) => Promise<unknown>> };
      for (const kind of ['returned', 'prepared'] as const)
        await expect(asked.ask[kind](3)).rejects.toMatchObject({
          code: 'TROUPE_UNKNOWN_HANDLER',
          message: expect.stringContaining(`ref.stream.${kind}`),
        });
      expect(await actor.ask.calls()).toBe(2);
    });

    it('may throw instead', async () => {
      const actor = await undeclared();
      await expect(collect(actor.stream.throws())).rejects.toMatchObject({ message: 'no stream' });
    });

    it('and one that returns something else is no stream, and its actor goes on', async () => {
      const actor = await undeclared();
      const read = (actor as never as { stream: { plain(): AsyncIterable<unknown> } }).stream.plain();
      await expect(collect(read)).rejects.toMatchObject({
        code: 'TROUPE_UNKNOWN_HANDLER',
        message: expect.stringContaining('got number'),
      });
      expect(await actor.ask.plain()).toBe(7);
    });
  });

  describe('a stream that is given up', () => {
    it('by a break runs the producer’s finally', async () => {
      const streamer = await spawn();
      for await (const item of streamer.stream.forever(undefined, { credit: 4 })) if (item >= 3) break;
      expect(await stage.lines(1)).toEqual(['finally']);
      const made = await streamer.ask.made();
      expect(await streamer.ask.made()).toBe(made);
    });

    it('by a signal rejects the reader with its reason, and runs the producer’s finally', async () => {
      const streamer = await spawn();
      const controller = new AbortController();
      const reading = (async () => {
        for await (const item of streamer.stream.forever(undefined, { signal: controller.signal, credit: 4 }))
          if (item === 3) controller.abort(new Error('enough'));
      })();
      await expect(reading).rejects.toThrow('enough');
      expect(await stage.lines(1)).toEqual(['finally']);
    });

    it('by a signal that was aborted before opens nothing', async () => {
      const streamer = await spawn();
      const stream = streamer.stream.numbers(3, { signal: AbortSignal.abort(new Error('before')) });
      await expect(stream.next()).rejects.toThrow('before');
      expect(await streamer.ask.made()).toBe(0);
    });
  });

  describe('a step of a stream', () => {
    it('that waits is ended by the reader’s going, and that is no failure', async () => {
      const streamer = await spawn();
      for await (const _ of streamer.stream.stuck()) {
        await stage.lines(1);
        break;
      }
      expect(await streamer.ask.made(undefined, { timeout: 4_000 })).toBe(1);
      expect(await stage.lines(2)).toEqual(['waits', 'finally']);
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('that waits for an answer too, and so is the one that was asked', async () => {
      const streamer = await spawn();
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.here });
      for await (const _ of streamer.stream.stuckBehind(worker)) {
        await stage.lines(1);
        break;
      }
      expect(await streamer.ask.made(undefined, { timeout: 4_000 })).toBe(1);
      expect((await stage.lines(3)).sort()).toEqual(['aborted: TROUPE_ASK_CANCELLED', 'begun', 'finally']);
      expect(await worker.ask.sum()).toBe(0);
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('has the signal of the whole stream, which aborts when it ends early', async () => {
      const streamer = await spawn();
      for await (const item of streamer.stream.signalled(undefined, { credit: 4 })) if (item >= 8) break;
      expect(await stage.lines(1)).toEqual(['aborted: TROUPE_ASK_CANCELLED']);
      const stopped = streamer.stream.signalled(undefined, { credit: 4 });
      await stopped.next();
      await stage.system.stop(streamer);
      expect((await stage.lines(2))[1]).toBe('aborted: TROUPE_STOPPED');
    });

    it('knows who opened the stream, where that was an actor', async () => {
      const streamer = await spawn();
      for await (const sender of streamer.stream.sender()) {
        expect(sender).toBeUndefined();
        break;
      }
      for (const node of [stage.here, stage.there]) {
        const reader = await stage.system.spawn(Reader, undefined, { node });
        expect(await reader.ask.sender(streamer)).toEqual([true, true]);
      }
    });
  });

  describe('a stream that nobody reads on', () => {
    it('because it was dropped is found by the garbage collector, said, and ended; one that is awaited is not dropped', async () => {
      const [dropped, awaited] = [await spawn(), await spawn()];
      const last = await (async () => {
        const stream = awaited.stream.slowly(1_000_000);
        await stream.next();
        await dropped.stream.forever().next();
        return stream.next();
      })();
      await stage.until(async () => {
        collectGarbage();
        return (await stage.journal.ask.lines()).includes('finally');
      });
      const made = await dropped.ask.made();
      expect(await dropped.ask.made()).toBe(made);
      expect(last).toEqual({ done: false, value: 1 });
      // The other has been dropped too, by now: its actor is free of it.
      await stage.until(() => {
        collectGarbage();
        return stage.warnings.filter((text) => text?.includes('dropped')).length === 2;
      });
    });

    it('ends with the block that uses it', async () => {
      const streamer = await spawn();
      {
        await using stream = streamer.stream.forever();
        expect(await stream.next()).toEqual({ done: false, value: 0 });
      }
      expect(await stage.lines(1)).toEqual(['finally']);
    });

    it('for longer than it may be idle ends, and says so at the next read', async () => {
      const streamer = await spawn();
      const stream = streamer.stream.forever(undefined, { idle: 50 });
      for (let n = 0; n < 5; n++) await stream.next();
      expect(await stage.lines(1)).toEqual(['finally']);
      await expect(stream.next()).rejects.toMatchObject({ code: 'TROUPE_STREAM_CLOSED', data: { idle: 50 } });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    });

    it('is not idle while its reader waits for an item', async () => {
      const streamer = await spawn();
      const items: number[] = [];
      for await (const item of streamer.stream.lazily(3, { idle: 30 })) items.push(item);
      expect(items).toEqual([0, 1, 2]);
      expect(() => streamer.stream.numbers(1, { idle: 0 })).toThrow(
        expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
      );
    });

    it('because the incarnation that opened it has ended, by a failure or by a stop, ends with that', async () => {
      const streamer = await spawn();
      const reader = await stage.system.spawn(Reader, undefined, { node: stage.here });
      await reader.ask.begin(streamer);
      reader.tell.crash();
      await stage.lines(1);
      await reader.ask.begin(streamer);
      await stage.system.stop(reader);
      expect(await stage.lines(2)).toEqual(['finally', 'finally']);
    });

    it('because its reader did not stop in time ends with it', async () => {
      const streamer = await spawn();
      const reader = await stage.system.spawn(Reader, undefined, { node: stage.here, shutdown: 50 });
      reader.tell.readOn(streamer);
      await stage.until(async () => (await streamer.ask.made()) > 1);
      await stage.system.stop(reader);
      expect(await stage.lines(1)).toEqual(['finally']);
    });
  });

  describe('a stream that breaks', () => {
    it('by an error in the producer gives the items before it, then the error, then the end; and the actor fails', async () => {
      const streamer = await spawn();
      const stream = streamer.stream.failing();
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      await expect(stream.next()).rejects.toThrow('the stream broke');
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      await stage.until(() => stage.events.some((event) => event.type === 'restarted'));
    });

    it('by a refusal gives it to the reader, and the actor goes on', async () => {
      const streamer = await spawn();
      await expect(collect(streamer.stream.refusing())).rejects.toMatchObject({ code: 'TROUPE_REFUSED' });
      expect(await streamer.ask.made()).toBe(0);
      expect(stage.events.filter((event) => event.type === 'failed')).toEqual([]);
    });

    it('by an item that can’t be sent says which', async () => {
      const streamer = await spawn();
      await expect(collect(streamer.stream.unsendable())).rejects.toMatchObject({
        code: 'TROUPE_VALUE_REFUSED',
      });
    });

    it('because its actor failed or stopped ends with that', async () => {
      for (const end of ['crash', 'stop'] as const) {
        const streamer = await spawn();
        const stream = streamer.stream.forever(undefined, { credit: 2 });
        await stream.next();
        if (end === 'crash') streamer.tell.crash();
        else await stage.system.stop(streamer);
        await expect(
          (async () => {
            for (;;) if ((await stream.next()).done) return;
          })(),
        ).rejects.toMatchObject({ code: 'TROUPE_STREAM_CLOSED' });
      }
      await stage.until(async () => (await stage.journal.ask.lines()).length === 2);
    });

    it('because there is no such actor rejects at the first read', async () => {
      const streamer = await spawn();
      await stage.system.stop(streamer);
      await expect(streamer.stream.numbers(1).next()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
    });
  });
});
