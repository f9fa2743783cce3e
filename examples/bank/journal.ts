/** What happened to accounts, in order. It outlives them, and knows what they forget when they fail. */

import { defineActor } from 'troupe';

export interface JournalProtocol {
  /** Answers with the new balance. */
  record(change: Change): number;
  balanceOf(account: string): number;
}

export interface Change {
  readonly account: string;
  /** Cents. */
  readonly amount: number;
}

export const Journal = defineActor(import.meta, 'Journal', {
  init: () => ({ changes: [] as Change[], balances: new Map<string, number>() }),
  on: {
    record({ changes, balances }, change: Change) {
      changes.push(change);
      const balance = (balances.get(change.account) ?? 0) + change.amount;
      balances.set(change.account, balance);
      return balance;
    },
    balanceOf: ({ balances }, account: string) => balances.get(account) ?? 0,
    total: ({ balances }) => [...balances.values()].reduce((sum, balance) => sum + balance, 0),
  },
});
