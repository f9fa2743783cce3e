/**
 * A bank that outlives its defects: requests that are refused, an account that fails and starts again, and, when that
 * happens too often, the bank that starts again with all of its accounts. No cent is lost or made.
 */

import assert from 'node:assert/strict';
import { createSystem, isTroupeError, type SystemEvent } from 'troupe';
import { Bank } from './bank.ts';
import { Journal } from './journal.ts';

const TOTAL = 100_00;

// Events show what the log would say.
await using system = await createSystem({ nodes: 2, logLevel: 'fatal' });
const journal = await system.spawn(Journal, undefined, { node: 'n2', name: 'journal' });
await journal.ask.record({ account: 'ann', amount: TOTAL });

const events: string[] = [];
const heard = Promise.withResolvers<void>();
system.onEvent((event) => {
  const line = describe(event);
  if (line === undefined) return;
  events.push(line);
  console.log(`  ${line}`);
  if (event.type === 'restarted' && event.actor.name === 'bank') heard.resolve();
});
const bank = await system.spawn(Bank, { journal, accounts: ['ann', 'bob'] }, { node: 'n1', name: 'bank' });

console.log('A transfer:');
await bank.ask.transfer({ from: 'ann', to: 'bob', amount: 30_00 });
await expectBalances(70_00, 30_00);

console.log('A transfer that is refused, and disturbs nobody:');
await refused(bank.ask.transfer({ from: 'bob', to: 'ann', amount: 31_00 }));
await expectBalances(70_00, 30_00);
assert.equal(events.length, 0);

console.log('A defect: the account fails, and starts again with what the journal knows:');
await refused(bank.ask.correct({ account: 'ann', amount: 0.5 }));
await expectBalances(70_00, 30_00);

console.log('The same defect again and again: more than two restarts in ten seconds are the supervisor’s own failure:');
for (let again = 0; again < 2; again++) await refused(bank.ask.correct({ account: 'ann', amount: Number.NaN }));
await heard.promise;
await expectBalances(70_00, 30_00);

const failures = events.filter((line) => line.includes('failed'));
assert.equal(failures.length, 4);
assert.match(failures.at(-1) ?? '', /bank failed in supervision/);
assert.equal(await journal.ask.total(), TOTAL);
console.log(`In the end, as in the beginning: ${TOTAL} cents.`);

async function expectBalances(ann: number, bob: number): Promise<void> {
  const balances = { ann: await bank.ask.balance('ann'), bob: await bank.ask.balance('bob') };
  console.log(`  ann has ${balances.ann}, bob has ${balances.bob}`);
  assert.deepEqual(balances, { ann, bob });
}

async function refused(answer: Promise<unknown>): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTroupeError(error, 'TROUPE_REFUSED')) throw new Error('Expected a refusal, got none.', { cause: error });
  console.log(`  refused: ${error.message}`);
}

function describe(event: SystemEvent): string | undefined {
  if (event.type === 'failed') return `${event.actor} failed in ${event.in}: ${(event.error as Error).message}`;
  return event.type === 'restarted' ? `${event.actor} was started again` : undefined;
}
