/** Troupe's checkers. Right verdicts are what is counted as handled. */
import { casRegister, checkLinearizability, checkListAppend, keyValue, transactionsOf } from 'troupe/check';
import { type Bench, timed } from '../harness/outcome.ts';
import {
  CAS_CLIENTS,
  CAS_HISTORIES,
  CAS_OPERATIONS,
  KEY_VALUE_CLIENTS,
  KEY_VALUE_KEYS,
  KEY_VALUE_OPERATIONS,
  LIST_APPEND_CLIENTS,
  LIST_APPEND_KEYS,
  LIST_APPEND_TRANSACTIONS,
} from '../workloads/check.ts';
import { casRegisterHistory, keyValueHistory, listAppendHistory } from '../workloads/histories.ts';
import type { Prepare } from './subject.ts';

const SEED = 1;

export const check: Readonly<Record<string, Prepare>> = {
  'cas-register-100': () => {
    const all = Array.from({ length: CAS_HISTORIES }, (_, i) =>
      casRegisterHistory(SEED + i, CAS_OPERATIONS, CAS_CLIENTS, i % 4 !== 3),
    );
    return counted('cas-register-100', () => {
      let right = 0;
      for (const { history, isLegal } of all)
        if (checkLinearizability(history, casRegister()).verdict === (isLegal ? 'ok' : 'illegal')) right++;
      return right;
    });
  },
  'kv-2000': () => {
    const { history } = keyValueHistory(SEED, KEY_VALUE_OPERATIONS, KEY_VALUE_CLIENTS, KEY_VALUE_KEYS);
    return counted('kv-2000', () => {
      const { verdict, partitions } = checkLinearizability(history, keyValue({ initial: '' }));
      return verdict === 'ok' ? partitions.reduce((sum, { operations }) => sum + operations.length, 0) : 0;
    });
  },
  'list-append-10k': () => {
    const { history } = listAppendHistory(SEED, LIST_APPEND_TRANSACTIONS, LIST_APPEND_CLIENTS, LIST_APPEND_KEYS);
    return counted('list-append-10k', () => {
      const transactions = transactionsOf(history);
      return checkListAppend(transactions, { level: 'strict-serializable' }).verdict === 'ok' ? transactions.length : 0;
    });
  },
};

function counted(name: string, work: () => number): Bench {
  return {
    run: async (count) => {
      let handled = 0;
      const outcome = await timed(
        count,
        () => {
          handled = work();
        },
        () => handled,
      );
      return { ...outcome, figures: { [name]: outcome.milliseconds } };
    },
  };
}
