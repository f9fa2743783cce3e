/** What users of other actor systems try, and what nobody should: a node outlives it, and says what happened. */

import { describe, expect, it } from 'vitest';
import { Knave, type KnaveRef, Mover, ODDITIES, type Oddity } from './fixtures/knave.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('adversity', { supervision: { intensity: 1_000 } }, (stage) => {
  const spawn = (node: string, options = {}): Promise<KnaveRef> =>
    stage.system.spawn(Knave, undefined, { node, ...options });
  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'answered',
      (error) => error?.code,
    );

  describe('a handler that', () => {
    for (const what of Object.keys(ODDITIES) as Oddity[])
      it(`throws or answers ${what} fails its actor at most, which goes on`, async () => {
        const knave = await spawn(stage.there);
        const other = await spawn(stage.there);
        for (const ask of [knave.ask.throwOdd, knave.ask.throwOddLater])
          await expect(Promise.allSettled([ask.call(knave.ask, what)])).resolves.toMatchObject([
            { status: 'rejected' },
          ]);
        await Promise.allSettled([knave.ask.answerOdd(what)]);
        expect(await knave.ask.ping()).toBe('pong');
        expect(await other.ask.ping()).toBe('pong');
        expect(stage.events.filter(({ type }) => type === 'node-down')).toEqual([]);
      });

    it('answers a thenable of another make is awaited, whatever that does', async () => {
      const knave = await spawn(stage.there);
      expect(await knave.ask.answerThenable('resolves')).toBe('resolved');
      expect(await knave.ask.answerThenable('settles twice')).toBe('resolved');
      await expect(knave.ask.answerThenable('throws')).rejects.toThrow('a thenable that throws');
      expect(await knave.ask.ping()).toBe('pong');
    });

    it('awaits the stop of its own supervisor is ended in its shutdown time', async () => {
      const parent = await spawn(stage.here);
      const child = await parent.ask.child({ node: stage.there, shutdown: 50 });
      expect(await codeOf(child.ask.stopParent(parent))).toBe('TROUPE_ASK_LOST');
      await stage.until(async () => (await codeOf(parent.ask.ping())) === 'TROUPE_DEAD_REF');
      expect(await codeOf(child.ask.ping())).toBe('TROUPE_DEAD_REF');
    });
  });

  describe('a ring of links', () => {
    const ring = async (places: readonly string[], length: number): Promise<KnaveRef[]> => {
      const all = await Promise.all(
        Array.from({ length }, (_, n) => spawn(places[n % places.length] as string, { restart: 'temporary' })),
      );
      for (const [n, knave] of all.entries()) await knave.ask.link(all[(n + 1) % length] as KnaveRef);
      return all;
    };

    it('on one node ends as one, however long it is; the cause that each is told is the first', async () => {
      const all = await ring([stage.there], 5_000);
      const stopped = stage.count('stopped');
      all[0]?.tell.throwOdd('a frozen error');
      await stage.until(() => stage.count('stopped') === stopped + all.length);
      const errors = stage.events.flatMap((event) => (event.type === 'failed' ? [event.error as Error] : []));
      await stage.until(() => stage.events.filter(({ type }) => type === 'failed').length === all.length);
      for (const error of errors.slice(1))
        expect(error).toMatchObject({ code: 'TROUPE_LINKED_EXIT', cause: { message: 'frozen' } });
    });

    it('across nodes as well', async () => {
      const all = await ring([stage.here, stage.there], 400);
      const stopped = stage.count('stopped');
      all[0]?.tell.throwOdd('a frozen error');
      await stage.until(() => stage.count('stopped') === stopped + all.length);
    });
  });

  it('a family of any depth is stopped to its last grandchild', async () => {
    const eldest = await spawn(stage.there);
    const [spawned, stopped] = [stage.count('spawned'), stage.count('stopped')];
    await eldest.ask.grow(10_000);
    await stage.until(() => stage.count('spawned') === spawned + 10_000);
    await stage.system.stop(eldest);
    expect(stage.count('stopped')).toBe(stopped + 10_001);
  });

  it('a name can be taken by whoever saw its actor stop, on whatever node', async () => {
    for (let n = 0; n < 20; n++) {
      const first = await spawn(stage.there, { name: 'throne' });
      const mover = await stage.system.spawn(Mover, undefined, { node: stage.here });
      expect(`${await mover.ask.replace(first)}`).toBe(`${stage.here}/throne`);
      await stage.system.stop(mover);
    }
  });
});
