import type { SystemEvent } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Careless } from './fixtures/careless.ts';
import { Any, Family, Leaf, type LeafRef, OneForAll, OneForOne, RestForOne, Strict } from './fixtures/tree.ts';
import { onEveryHost } from './hosts.ts';

/** The children are on another node than their supervisor. All on the same one: only messages from one node keep their order. */
onEveryHost('supervision', { supervision: { intensity: 1_000 } }, (stage) => {
  const top = (definition: typeof OneForOne) =>
    stage.system.spawn(definition, stage.journal, { node: stage.here, restart: 'temporary' });
  const start = async (supervisor: Awaited<ReturnType<typeof top>>, ids: string) => {
    const leaves: LeafRef[] = [];
    for (const id of ids) leaves.push(await supervisor.ask.start({ id, node: stage.there }));
    await stage.lines(ids.length);
    await stage.journal.ask.clear();
    return leaves;
  };
  /** What the children said, in order, and what their supervisor did, whose node's messages may come before or after theirs. */
  const ends = async (count: number): Promise<[children: string[], top: string | undefined]> => {
    const lines = await stage.lines(count);
    const isTop = (line: string) => line.startsWith('top');
    return [lines.filter((line) => !isTop(line)), lines.find(isTop)];
  };

  describe('a child that fails', () => {
    it('is restarted alone under one-for-one, with a fresh state, under the same ref, with its mailbox', async () => {
      const leaves = await start(await top(OneForOne), 'abc');
      const b = leaves[1] as LeafRef;
      expect(await b.ask.serve()).toBe(1);
      b.tell.crash();
      expect(await Promise.all([b.ask.serve(), b.ask.serve()])).toEqual([1, 2]);
      expect(await stage.lines(3)).toEqual(['b stops: error', 'b starts', 'b is back after: b crashed']);
    });

    it('under one-for-all has all others stopped in reverse order, and started in order', async () => {
      const [a] = await start(await top(OneForAll), 'abc');
      a?.tell.crash();
      const said = await stage.lines(9);
      expect(said.filter((line) => line.includes('stops'))).toEqual([
        'a stops: error',
        'c stops: shutdown',
        'b stops: shutdown',
      ]);
      expect(said.filter((line) => line.endsWith('starts'))).toEqual(['a starts', 'b starts', 'c starts']);
    });

    it('under rest-for-one has those that were started after it restarted with it', async () => {
      const leaves = await start(await top(RestForOne), 'abcd');
      leaves[1]?.tell.crash();
      const said = await stage.lines(9);
      expect(said.filter((line) => line.includes('stops'))).toEqual([
        'b stops: error',
        'd stops: shutdown',
        'c stops: shutdown',
      ]);
      expect(said.filter((line) => line.endsWith('starts'))).toEqual(['b starts', 'c starts', 'd starts']);
      expect(await leaves[0]?.ask.serve()).toBe(1);
    });

    it('and another that is spawned meanwhile: it is restarted with it, or starts after it', async () => {
      for (const definition of [OneForAll, RestForOne]) {
        const supervisor = await top(definition);
        for (let time = 0; time < 4; time++) {
          const [elder] = await start(supervisor, 'a');
          const spawned = supervisor.ask.start({ id: 'b', node: stage.there });
          elder?.tell.crash();
          const b = await spawned;
          await stage.until(async () => (await stage.journal.ask.lines()).includes('a is back after: a crashed'));
          expect(await b.ask.serve()).toBe(1);
          const said = await stage.journal.ask.lines();
          expect(said.lastIndexOf('b starts'), said.join(', ')).toBeGreaterThan(said.lastIndexOf('a starts'));
          for (const child of [b, elder as LeafRef]) await stage.system.stop(child);
          await stage.journal.ask.clear();
        }
        await stage.system.stop(supervisor);
        await stage.journal.ask.clear();
      }
    });

    it('more often than the intensity allows ends the supervisor, with its other children and the reason', async () => {
      const strict = await top(Strict);
      const [a] = await start(strict, 'abc');
      a?.tell.crash();
      await stage.lines(3);
      await stage.journal.ask.clear();
      a?.tell.crash();
      expect(await ends(4)).toEqual([['a stops: error', 'c stops: shutdown', 'b stops: shutdown'], 'top stops: error']);
      await stage.until(() => stage.events.some(isEscalation));
      await expect(strict.ask.count()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
      for (const leaf of [a]) await expect(leaf?.ask.serve()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
    });

    it('is told in the stream of events: what failed, in which handler, and that it was restarted', async () => {
      const [a] = await start(await top(OneForOne), 'a');
      a?.tell.crash();
      await stage.until(() => stage.events.some(({ type }) => type === 'restarted'));
      const failed = stage.events.find(({ type }) => type === 'failed');
      expect(failed).toMatchObject({ actor: a, in: 'crash', error: { message: 'a crashed' }, node: stage.there });
    });
  });

  describe('a child that ends by itself', () => {
    it('is forgotten where it is transient, and restarted where it is permanent', async () => {
      const supervisor = await top(OneForOne);
      const transient = await supervisor.ask.start({ id: 't', node: stage.there, options: { restart: 'transient' } });
      transient.tell.end();
      await stage.until(async () => (await supervisor.ask.count()) === 0);
      const [permanent] = await start(supervisor, 'p');
      permanent?.tell.end();
      expect(await stage.lines(3)).toEqual(['p stops: normal', 'p starts', 'p is back after: nothing']);
    });

    it('and is significant shuts its supervisor down', async () => {
      const supervisor = await top(Any);
      const options = { restart: 'transient', significant: true } as const;
      await supervisor.ask.start({ id: 'a', node: stage.there });
      const significant = await supervisor.ask.start({ id: 's', node: stage.there, options });
      await stage.lines(2);
      await stage.journal.ask.clear();
      significant.tell.end();
      expect(await ends(3)).toEqual([['s stops: normal', 'a stops: shutdown'], 'top stops: shutdown']);
    });
  });

  describe('stopping', () => {
    it('a supervisor stops its children first, the last started first', async () => {
      const supervisor = await top(OneForOne);
      await start(supervisor, 'abcd');
      await stage.system.stop(supervisor);
      expect(await ends(5)).toEqual([[...'dcba'].map((id) => `${id} stops: shutdown`), 'top stops: shutdown']);
    });

    it('a child by order is for good', async () => {
      const supervisor = await top(OneForAll);
      const [a] = await start(supervisor, 'ab');
      if (a !== undefined) await stage.system.stop(a);
      await stage.until(async () => (await supervisor.ask.count()) === 1);
      expect(await stage.journal.ask.lines()).toEqual(['a stops: shutdown']);
    });

    it('a child that hangs takes its shutdown time and no longer, and is told of as revoked', async () => {
      const supervisor = await top(OneForOne);
      const leaf = await supervisor.ask.start({ id: 'h', node: stage.there, options: { shutdown: 50 } });
      const lost = expect(leaf.ask.hang()).rejects.toMatchObject({ code: 'TROUPE_ASK_LOST' });
      await stage.lines(2);
      await stage.system.stop(supervisor);
      await lost;
      await stage.until(() => stage.events.some(({ type }) => type === 'revoked'));
    });
  });

  it('a child that an incarnation spawned and did not wait for is not left to the next', async () => {
    for (const name of [undefined, 'left behind']) {
      const careless = await stage.system.spawn(Careless, undefined, { node: stage.here });
      const [spawned, stopped] = [stage.count('spawned'), stage.count('stopped')];
      const options = name === undefined ? { node: stage.there } : { node: stage.there, name };
      for (let time = 1; time <= 3; time++) {
        await expect(careless.ask.leaveChild(options)).rejects.toMatchObject({ message: 'crashed' });
        await stage.until(async () => (await careless.ask.children()) === 0);
      }
      // Each was stopped that was started.
      await stage.until(() => stage.count('spawned') - spawned === stage.count('stopped') - stopped);
      if (name !== undefined) expect(await stage.system.whereis(name)).toBeUndefined();
    }
  });

  it('a restarted hook that throws, be it undefined, is one more end: its supervisor starts the actor again', async () => {
    const careless = await stage.system.spawn(Careless, undefined, { node: stage.there });
    for (let time = 0; time < 2; time++) {
      await expect(careless.ask.crash()).rejects.toMatchObject({ message: 'crashed' });
      expect(await careless.ask.ping()).toBe('pong');
    }
  });

  it('children that a supervisor starts in its started hook are there again after its own restart', async () => {
    const family = await stage.system.spawn(Family, { journal: stage.journal, node: stage.there });
    expect(await family.ask.serve()).toEqual([1, 1]);
    expect(await family.ask.serve()).toEqual([2, 2]);
    family.tell.crash();
    expect(await family.ask.serve()).toEqual([1, 1]);
    await stage.system.stop(family);
  });

  it('a start that fails says why, and where', async () => {
    await expect(
      stage.system.spawn(Leaf, { id: 'x', journal: 5 as never }, { node: stage.there }),
    ).rejects.toMatchObject({ code: 'TROUPE_INIT_FAILED', cause: { name: 'TypeError' } });
  });
});

const isEscalation = (event: SystemEvent): boolean =>
  event.type === 'failed' &&
  event.in === 'supervision' &&
  (event.error as { code?: string }).code === 'TROUPE_RESTART_INTENSITY';
