/**
 * What it is to commit a transaction, as the specification TCommit has it: resource managers that decide by looking at
 * one another. Two-phase commit implements it.
 *
 * Published count: 34 distinct states for 3 resource managers (TLC).
 *
 * @paper Gray, Lamport: Consensus on transaction commit (2006), §2
 */
import { defineModel, type Model } from '../model.ts';

/** A letter for each resource manager: working, prepared, committed, aborted. */
export type TransactionState = string;

export function transactionCommit(managers: number): Model<TransactionState, string> {
  return defineModel<TransactionState, string>({
    name: 'transaction-commit',
    init: () => ['w'.repeat(managers)],
    steps: (state, step) => {
      const canCommit = /^[pc]*$/.test(state);
      const notCommitted = !state.includes('c');
      for (let r = 0; r < managers; r++) {
        const to = (letter: string): string => state.slice(0, r) + letter + state.slice(r + 1);
        const mine = state[r];
        if (mine === 'w') step(`Prepare(r${r + 1})`, to('p'));
        if (mine === 'p' && canCommit) step(`Decide(r${r + 1})`, to('c'));
        if ((mine === 'w' || mine === 'p') && notCommitted) step(`Decide(r${r + 1})`, to('a'));
      }
    },
    key: (state) => state,
    always: { consistent: (state) => !(state.includes('c') && state.includes('a')) },
    sometimes: { 'all commit': (state) => /^c+$/.test(state), 'all abort': (state) => /^a+$/.test(state) },
    eventually: { 'all decide': (state) => /^[ca]+$/.test(state) },
  });
}
