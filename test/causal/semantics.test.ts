/** What is promised of messages holds with a clock as without: those within a node are another kind of message inside. */

import { createSystem } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Bounded, Sender } from '../actors/fixtures/bounded.ts';
import { Journal } from '../actors/fixtures/journal.ts';
import { SILENT } from '../actors/hosts.ts';

describe('with a clock and a trace, a full mailbox', () => {
  const start = async () => {
    const system = await createSystem({ clock: 'lamport', trace: true, logger: SILENT, handleSigterm: false });
    const actor = await system.spawn(Bounded);
    actor.tell.busy(50);
    const begun = () => system.counters().get('main')?.begun;
    while (begun() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return { system, actor };
  };

  it('refuses who is no actor, with the message in the error', async () => {
    const { system, actor } = await start();
    await using _ = system;
    for (let n = 0; n < 4; n++) actor.tell.block(n);
    const data = expect.objectContaining({ kind: 'block', payload: 4, depth: 4 });
    expect(() => actor.tell.block(4)).toThrow(expect.objectContaining({ code: 'TROUPE_MAILBOX_FULL', data }));
    await actor.room();
    expect(await actor.ask.handled()).toEqual([0, 1, 2, 3]);
  });

  it('throws at an actor where the rule is to fail', async () => {
    const { system, actor } = await start();
    await using _ = system;
    const journal = await system.spawn(Journal);
    const sender = await system.spawn(Sender, journal);
    for (let n = 0; n < 4; n++) actor.tell.fail(n);
    sender.tell.sendFailing({ to: actor, n: 5 });
    while ((await journal.ask.lines()).length === 0);
    expect(await journal.ask.lines()).toEqual(['TROUPE_MAILBOX_FULL']);
    await actor.room();
    expect(await actor.ask.handled()).toEqual([0, 1, 2, 3]);
  });

  it('drops by its rule, and the arrow of what came to nothing stays open', async () => {
    const { system, actor } = await start();
    await using _ = system;
    for (let n = 0; n < 6; n++) actor.tell.newest(n);
    await actor.room();
    const letters = system.deadLetters.list().map(({ kind, payload, reason }) => ({ kind, payload, reason }));
    expect(letters).toEqual([4, 5].map((payload) => ({ kind: 'newest', payload, reason: 'overflow' })));
    const { events } = system.trace();
    const sent = events.filter(({ kind, text }) => kind === 'send' && text === 'newest');
    const begun = new Set(events.flatMap(({ kind, message }) => (kind === 'begin' ? [message?.id] : [])));
    expect(sent.filter(({ message }) => !begun.has(message?.id))).toHaveLength(2);
  });
});
