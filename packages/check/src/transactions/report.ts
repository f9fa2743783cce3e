/** The list-append checker as the command line knows it, and what it found in words. */

import { TroupeError } from '@troupe/protocol';
import type { Call, History } from '../history/history.ts';
import type { Checker, CheckReport } from '../report.ts';
import type { IsolationLevel } from './isolation-level.ts';
import { checkListAppend, type ListAppendResult } from './list-append.ts';
import { transactionsOf } from './recorded.ts';
import type { Transaction } from './transaction.ts';

/** Of one name, so many anomalies are told in words; `data` has more. */
const ANOMALIES_IN_WORDS = 3;

export function listAppendChecker(name: string, summary: string, level: IsolationLevel): Checker {
  return {
    name,
    summary,
    check(history, { initial }) {
      if (initial !== undefined) {
        throw new TroupeError(
          'TROUPE_CHECK_OPTIONS',
          `Expected no initial value for model ${name}: lists begin empty.`,
        );
      }
      // What a history from a file holds is looked at as it is read.
      const transactions = transactionsOf(history as History<Call>);
      return reportListAppend(name, transactions, checkListAppend(transactions, { level }));
    },
  };
}

export function reportListAppend(
  model: string,
  transactions: readonly Transaction[],
  { verdict, level, anomalies, counts, ruledOut }: ListAppendResult,
): CheckReport {
  const having = (outcome: string) => transactions.filter((transaction) => transaction.outcome === outcome).length;
  const [committed, aborted, indeterminate] = [having('ok'), having('fail'), having('info')];
  const found = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const summary =
    `${verdict}: ${transactions.length} transactions (${aborted} aborted, ${indeterminate} indeterminate), ` +
    `level ${level}, anomalies: ${found.join(', ') || 'none'}`;
  const told = anomalies.filter(({ name }, at) => {
    return anomalies.slice(0, at).filter((earlier) => earlier.name === name).length < ANOMALIES_IN_WORDS;
  });
  return {
    verdict,
    lines: [
      summary,
      ...(ruledOut.length === 0 ? [] : [`ruled out: ${ruledOut.join(', ')}`]),
      ...told.map(({ name, explanation }) => `${name}: ${explanation}`),
    ],
    data: { verdict, model, level, committed, aborted, indeterminate, counts, ruledOut, anomalies },
  };
}
