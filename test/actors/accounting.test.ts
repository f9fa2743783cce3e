import { expect, it } from 'vitest';
import { Flood, Mortal, Tally } from './fixtures/tally.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('accounting', { supervision: { intensity: 1_000_000 } }, (stage) => {
  it('every message was handled once or is a dead letter with its reason, while actors fail, stop and are held up', async () => {
    const tally = await stage.system.spawn(Tally, undefined, { node: 'main' });
    const mortals = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        stage.system.spawn(Mortal, tally, {
          node: n % 2 === 0 ? stage.here : stage.there,
          // Some end for good on their way; the others are always there again.
          restart: n < 6 ? 'transient' : 'permanent',
        }),
      ),
    );
    const dead = stage.count('deadLetters');
    const PER_FLOOD = 4_000;
    const floods = await Promise.all(
      [stage.here, stage.there, 'main'].map((node) => stage.system.spawn(Flood, mortals, { node })),
    );
    for (const flood of floods) flood.tell.step({ from: 1, until: PER_FLOOD + 1 });
    let sent = 0;
    await stage.until(async () => {
      sent = 0;
      for (const flood of floods) sent += await flood.ask.sent();
      return sent === PER_FLOOD * floods.length;
    });
    let handled = 0;
    await stage.until(async () => {
      handled = await tally.ask.handled();
      return handled + stage.count('deadLetters') - dead === sent;
    });
    expect(handled).toBeGreaterThan(0);
    expect(stage.count('deadStopped')).toBeGreaterThan(0);
    expect(stage.count('restarted')).toBeGreaterThan(0);
    expect(handled + stage.count('deadLetters') - dead).toBe(sent);
  });
});
