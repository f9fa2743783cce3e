import { expect, test } from 'vitest';
import { BigGame, type BigMessage } from './big.ts';
import { BIG_ACTORS } from './local.ts';

function play(lose: (message: BigMessage, sent: number) => boolean) {
  let sent = 0;
  const game = new BigGame((to, message) => {
    if (!lose(message, sent++)) queueMicrotask(() => players[to]!.receive(message));
  });
  const players = game.players();
  return game;
}

test('every actor sends its share of pings, and every ping has its pong', async () => {
  const pings = 5;
  const outcome = await play(() => false).run(2 * BIG_ACTORS * pings);
  expect(outcome.sent).toBe(2 * BIG_ACTORS * pings);
  expect(outcome.handled).toBe(outcome.sent);
});

test('the number of messages is rounded up to whole shares', async () => {
  const outcome = await play(() => false).run(2 * BIG_ACTORS + 1);
  expect(outcome).toMatchObject({ sent: 4 * BIG_ACTORS, handled: 4 * BIG_ACTORS });
});

test('a lost message never ends the game', async () => {
  const game = play((message, sent) => message.type === 'pong' && sent > BIG_ACTORS * 3);
  const ended = await Promise.race([
    game.run(2 * BIG_ACTORS * 5).then(() => 'ended'),
    new Promise((resolve) => setTimeout(resolve, 50, 'waiting')),
  ]);
  expect(ended).toBe('waiting');
});
