import { casRegister, checkLinearizability, checkListAppend, keyValue, transactionsOf } from 'troupe/check';
import { expect, test } from 'vitest';
import { casRegisterHistory, keyValueHistory, listAppendHistory } from './histories.ts';

test('histories are the same for a seed, overlap, and are as legal as they say', () => {
  expect(casRegisterHistory(7, 100, 5, true)).toEqual(casRegisterHistory(7, 100, 5, true));
  for (let seed = 0; seed < 20; seed++) {
    const isLegal = seed % 2 === 0;
    const { history } = casRegisterHistory(seed, 100, 5, isLegal);
    expect(history.operations).toHaveLength(100);
    expect(checkLinearizability(history, casRegister()).verdict).toBe(isLegal ? 'ok' : 'illegal');
    const overlapping = history.operations.filter(({ invoked, completed }) => completed !== invoked + 1);
    expect(overlapping.length).toBeGreaterThan(50);
  }
});

test('a key-value history is legal, and about all its keys', () => {
  const { history } = keyValueHistory(3, 500, 20, 10);
  const { verdict, partitions } = checkLinearizability(history, keyValue({ initial: '' }));
  expect(verdict).toBe('ok');
  expect(partitions).toHaveLength(10);
});

test('a history of transactions is strictly serializable, and its reads show most of what was appended', () => {
  const transactions = transactionsOf(listAppendHistory(3, 1_000, 20, 10).history);
  expect(transactions).toHaveLength(1_000);
  expect(checkListAppend(transactions, { level: 'strict-serializable' }).verdict).toBe('ok');
  const lengths = transactions.flatMap(({ operations }) =>
    operations.map(({ f, value }) => (f === 'read' && value !== null ? value.length : 0)),
  );
  expect(Math.max(...lengths)).toBeGreaterThan(50);
});
