import { expect, it } from 'vitest';
import { Timekeeper } from './fixtures/timekeeper.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('timers', {}, (stage) => {
  const spawn = () => stage.system.spawn(Timekeeper, stage.journal, { node: stage.there });

  it('fire once, as a message from the actor itself, in the order of their times', async () => {
    const keeper = await spawn();
    keeper.tell.once({ delay: 60, text: 'second' });
    keeper.tell.once({ delay: 5, text: 'first' });
    expect(await stage.lines(2)).toEqual(['first', 'second']);
    keeper.tell.remind();
    expect((await stage.lines(3))[2]).toBe('mine');
  });

  it('repeat until they are cancelled', async () => {
    const keeper = await spawn();
    keeper.tell.start(2);
    expect(await stage.lines(3)).toEqual(['tick 1', 'tick 2', 'tick 3']);
    expect(await keeper.ask.cancel('beat')).toBe(false);
  });

  it('of one name replace one another, and can be cancelled by it', async () => {
    const keeper = await spawn();
    await keeper.ask.named({ name: 'a', delay: 60_000, text: 'never' });
    await keeper.ask.named({ name: 'a', delay: 5, text: 'instead' });
    await keeper.ask.named({ name: 'b', delay: 60_000, text: 'never' });
    expect(await keeper.ask.cancel('b')).toBe(true);
    expect(await keeper.ask.cancel('b')).toBe(false);
    expect(await stage.lines(1)).toEqual(['instead']);
  });

  it('end with the incarnation that set them, and with the actor', async () => {
    const keeper = await spawn();
    await keeper.ask.once({ delay: 30, text: 'of a failed incarnation' });
    keeper.tell.crash();
    await keeper.ask.once({ delay: 60, text: 'of the next' });
    expect(await stage.lines(1)).toEqual(['of the next']);
    await keeper.ask.once({ delay: 10, text: 'of a stopped actor' });
    const before = stage.count('deadLetters');
    await stage.system.stop(keeper);
    await (await spawn()).ask.once({ delay: 40, text: 'end' });
    expect(await stage.lines(2)).toEqual(['of the next', 'end']);
    // Not even as letters to the dead.
    expect(stage.count('deadLetters')).toBe(before);
  });

  it('never fill a mailbox beyond its bound by their beats: those are dead letters', async () => {
    const capacity = 10;
    const keeper = await stage.system.spawn(Timekeeper, stage.journal, { node: stage.there, mailbox: { capacity } });
    const before = stage.count('deadLetters');
    keeper.tell.beatWhileBusy(1);
    await stage.until(() => stage.count('deadLetters') > before);
    await stage.system.stop(keeper);
    const letters = stage.system.deadLetters.list().filter(({ target }) => (target as unknown) === keeper);
    const of = (reason: string): number => letters.filter((letter) => letter.reason === reason).length;
    expect(of('overflow')).toBeGreaterThan(0);
    expect(of('stopped')).toBeLessThanOrEqual(capacity);
  });

  it('are refused with a wrong delay, a wrong period, or a kind that does not exist', async () => {
    for (const [what, code] of [
      ['delay', 'TROUPE_OPTION_INVALID'],
      ['period', 'TROUPE_OPTION_INVALID'],
      ['kind', 'TROUPE_UNKNOWN_HANDLER'],
    ] as const)
      await expect((await spawn()).ask.wrong(what)).rejects.toMatchObject({ code });
  });

  it('and the clock and the dice of a context are those of its host', async () => {
    const keeper = await spawn();
    const [first, random, die] = await keeper.ask.time();
    const [second] = await keeper.ask.time();
    expect(second).toBeGreaterThanOrEqual(first);
    expect(random).toBeGreaterThanOrEqual(0);
    expect(random).toBeLessThan(1);
    expect([0, 1, 2, 3, 4, 5]).toContain(die);
  });
});
