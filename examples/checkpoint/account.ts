/**
 * Accounts that pay one another without end, and pass a baton on. Nobody keeps books: what is here and what is under way is
 * all that there is, so a checkpoint must have it, once.
 */

import { defineActor, type Ref } from 'troupe';

export interface AccountProtocol {
  meet(others: readonly Ref<AccountProtocol>[]): void;
  pay(): void;
  receive(amount: number): void;
  baton(): void;
}

export interface Opening {
  readonly balance: number;
  readonly hasBaton: boolean;
}

export const Account = defineActor(import.meta, 'Account', {
  init: ({ balance, hasBaton }: Opening) => ({
    balance,
    hasBaton,
    others: [] as readonly Ref<AccountProtocol>[],
  }),
  on: {
    meet(state, others: readonly Ref<AccountProtocol>[], ctx) {
      state.others = others;
      if (others.length > 0) ctx.self.tell.pay();
    },
    /** Some of it to one of the others, and the baton where it is here; again in a while. */
    pay(state, _: undefined, ctx) {
      const other = state.others[ctx.choose('other', state.others.length)] as Ref<AccountProtocol>;
      const amount = ctx.choose('amount', state.balance + 1);
      state.balance -= amount;
      other.tell.receive(amount);
      if (state.hasBaton) other.tell.baton();
      state.hasBaton = false;
      ctx.after(1 + ctx.choose('rest', 5), 'pay');
    },
    receive(state, amount: number) {
      state.balance += amount;
    },
    baton(state) {
      state.hasBaton = true;
    },
  },
});

export type AccountState = { readonly balance: number; readonly hasBaton: boolean };
