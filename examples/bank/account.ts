/**
 * An account. A request that it can't grant is refused, and it goes on; a request that makes no sense is a defect: it
 * fails, and starts again with the balance that the journal knows.
 */

import { defineActor, type Ref, Refusal } from 'troupe';
import type { JournalProtocol } from './journal.ts';

export interface AccountProtocol {
  /** Answers with the new balance. */
  change(amount: number): number;
  balance(): number;
}

export interface Opening {
  readonly account: string;
  readonly journal: Ref<JournalProtocol>;
}

export const Account = defineActor(import.meta, 'Account', {
  init: ({ account, journal }: Opening) => ({ account, journal, balance: 0 }),
  hooks: {
    async started(state) {
      state.balance = await state.journal.ask.balanceOf(state.account);
    },
  },
  on: {
    async change(state, amount: number) {
      if (!Number.isSafeInteger(amount)) throw new TypeError(`Expected an amount in whole cents, got ${amount}.`);
      if (state.balance + amount < 0)
        throw new Refusal(`Expected at least ${-amount} cents on ${state.account}, got ${state.balance}.`);
      state.balance = await state.journal.ask.record({ account: state.account, amount });
      return state.balance;
    },
    balance: (state) => state.balance,
  },
});
