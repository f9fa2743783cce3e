import { describe, expect, it, vi } from 'vitest';
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
