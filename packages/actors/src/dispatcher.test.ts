import { describe, expect, it, vi } from 'vitest';
import type { RefOf } from './definition.ts';
import { defineActor } from './definition.ts';
import { testSystem } from './testkit/index.ts';

const Plain = defineActor(import.meta, 'Plain', {
  init: () => ({}),
  hooks: { stopped: () => {} },
  on: {
    crash() {
      throw new Error('crashed');
    },
    async crashLater(_state, _none: undefined, ctx) {
      await ctx.sleep(1);
      throw new Error('crashed');
    },
    ping: () => 'pong',
  },
});

/** As a defect of the runtime would: the end of an incarnation throws, `times` times. */
function breakEnds(system: ReturnType<typeof testSystem>, times: number): void {
  const ended = vi.spyOn(system.kernel.links, 'incarnationEnded');
  for (let time = 0; time < times; time++)
    ended.mockImplementationOnce(() => {
      throw new Error('the runtime is broken');
    });
}

describe('an error that is no handler’s', () => {
  for (const kind of ['crash', 'crashLater'] as const)
    it(`ends the actor that was served (${kind}) and no other: those that wait are served, and who asks from outside is nobody`, async () => {
      await using system = testSystem();
      const [broken, other] = [await system.spawn(Plain), await system.spawn(Plain)];
      breakEnds(system, 1);
      broken.tell[kind]();
      broken.tell.ping();
      const [waiting, answer] = [broken.ask.ping(), other.ask.ping()];
      const refused = expect(waiting).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
      await system.advance(1);
      await refused;
      expect(await answer).toBe('pong');
      // The scope is nobody's again: an ask of the dead actor would be one of itself.
      await expect(broken.ask.ping()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
      expect(system.logs.filter(({ level }) => level === 'fatal')).toMatchObject([
        {
          text: 'an actor could not end in order, and was ended',
          fields: { err: { message: 'the runtime is broken' } },
        },
      ]);
      expect(system.kernel.isQuiet).toBe(true);
    });

  it('in what follows the end by force ends neither the node', async () => {
    await using system = testSystem();
    const [broken, other] = [await system.spawn(Plain), await system.spawn(Plain)];
    breakEnds(system, 2);
    broken.tell.crash();
    expect(await other.ask.ping()).toBe('pong');
    await expect(broken.ask.ping()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
  });
});

describe('a task of the host', () => {
  it('serves what it has scheduled itself, without a microtask; after it, microtasks serve again', async () => {
    await using system = testSystem();
    const { dispatcher } = system.kernel;
    const soon = vi.spyOn(system.kernel.host.turns, 'soon');
    const actor = await system.spawn(Plain);
    soon.mockClear();
    dispatcher.expectRun(system.kernel.host.clock.now());
    const answer = actor.ask.ping();
    expect(soon).not.toHaveBeenCalled();
    expect(dispatcher.isIdle).toBe(false);
    dispatcher.runNow();
    expect(dispatcher.isIdle).toBe(true);
    expect(await answer).toBe('pong');
    const other = actor.ask.ping();
    expect(soon).toHaveBeenCalledTimes(1);
    expect(await other).toBe('pong');
  });
});

describe('turns', () => {
  const seen: string[] = [];
  const Sender = defineActor(import.meta, 'Sender', {
    init: () => ({}),
    on: {
      /** To itself again, and many to the other. */
      send(_state, left: number, ctx) {
        seen.push('send');
        for (let i = 0; i < 600; i++) other.tell.take();
        if (left > 0) (ctx.self as RefOf<typeof Sender>).tell.send(left - 1);
      },
    },
  });
  let taken = 0;
  const Taker = defineActor(import.meta, 'Taker', {
    init: () => ({}),
    mailbox: { capacity: 100_000 },
    on: {
      take() {
        if (taken++ % 600 === 0) seen.push('take');
      },
    },
  });
  let other: RefOf<typeof Taker>;

  it('who has sent much lets others have their turn before its next message', async () => {
    await using system = testSystem();
    other = await system.spawn(Taker);
    const sender = await system.spawn(Sender);
    sender.tell.send(40);
    await system.settle();
    // A turn is 64 messages, and each of the sender's makes 600.
    const meanwhile = seen.slice(0, seen.lastIndexOf('send')).filter((what) => what === 'take');
    expect(meanwhile.length).toBeGreaterThan(3);
  });
});
