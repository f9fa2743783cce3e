/**
 * The bank opens the accounts as its children, and so supervises them: an account that fails starts again; when that
 * happens too often, the bank fails itself, and its own supervisor starts it again, with all accounts.
 */

import { defineActor, isTroupeError, type Ref, Refusal } from 'troupe';
import { Account, type AccountProtocol } from './account.ts';
import type { JournalProtocol } from './journal.ts';

export interface Charter {
  readonly journal: Ref<JournalProtocol>;
  readonly accounts: readonly string[];
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  /** Cents. */
  readonly amount: number;
}

export const Bank = defineActor(import.meta, 'Bank', {
  init: (charter: Charter) => ({ charter, accounts: new Map<string, Ref<AccountProtocol>>() }),
  supervision: { strategy: 'one-for-one', intensity: 2, period: 10_000 },
  hooks: {
    async started({ charter, accounts }, ctx) {
      for (const account of charter.accounts)
        accounts.set(account, await ctx.spawn(Account, { account, journal: charter.journal }));
    },
  },
  on: {
    /**
     * Takes, then gives; where giving fails, gives back. If the bank itself dies in between, nobody gives back: what
     * must survive that is a saga, which writes down where it is.
     */
    async transfer({ accounts }, { from, to, amount }: Transfer) {
      const [payer, payee] = [find(accounts, from), find(accounts, to)];
      await refuseOnFailure(payer.ask.change(-amount));
      try {
        await payee.ask.change(amount);
      } catch (error) {
        await payer.ask.change(amount);
        throw new Refusal(`${to} could not take ${amount}, and ${from} has it back: ${(error as Error).message}`);
      }
    },
    /** An order from outside that nobody has checked. */
    async correct({ accounts }, { account, amount }: { readonly account: string; readonly amount: number }) {
      return await refuseOnFailure(find(accounts, account).ask.change(amount));
    },
    balance: ({ accounts }, account: string) => find(accounts, account).ask.balance(),
  },
});

function find(accounts: ReadonlyMap<string, Ref<AccountProtocol>>, name: string): Ref<AccountProtocol> {
  const account = accounts.get(name);
  if (account === undefined) throw new Refusal(`Expected one of ${[...accounts.keys()].join(', ')}, got ${name}.`);
  return account;
}

/** That an account fails is no failure of the bank: who asked is told, and the bank goes on. */
async function refuseOnFailure<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isTroupeError(error, 'TROUPE_REFUSED') ? error : new Refusal((error as Error).message);
  }
}
