/** Whether a small history is serializable, or fits snapshot isolation: by trying every schedule. */

import type { Element, Key, Transaction } from './transaction.ts';

type Lists = Map<Key, readonly Element[]>;

export function isSerializableByTrial(history: readonly Transaction[]): boolean {
  return withEveryOutcome(history).some((committed) => serialOrderExists(committed, new Map()));
}

function serialOrderExists(left: readonly Transaction[], lists: Lists): boolean {
  return (
    left.length === 0 ||
    left.some((transaction) => {
      const others = left.filter((other) => other !== transaction);
      if (others.some((other) => other.outcome === 'ok' && other.returnedAt! < transaction.invokedAt!)) return false;
      const after = run(transaction, lists);
      return after !== undefined && serialOrderExists(others, after);
    })
  );
}

export function fitsSnapshotIsolationByTrial(history: readonly Transaction[]): boolean {
  return withEveryOutcome(history).some((committed) => scheduleExists(committed, [], new Map()));
}

/** Begins or commits one transaction after another, in every order; the first committer of a list wins. */
function scheduleExists(
  waiting: readonly Transaction[],
  begun: readonly { readonly transaction: Transaction; readonly snapshot: Lists }[],
  lists: Lists,
): boolean {
  if (waiting.length === 0 && begun.length === 0) return true;
  for (const transaction of waiting) {
    const others = waiting.filter((other) => other !== transaction);
    if (
      run(transaction, lists) !== undefined &&
      scheduleExists(others, [...begun, { transaction, snapshot: lists }], lists)
    )
      return true;
  }
  for (const one of begun) {
    const { transaction, snapshot } = one;
    const appended = run(transaction, snapshot)!;
    const written = new Set(transaction.operations.filter(({ f }) => f === 'append').map(({ key }) => key));
    if ([...written].some((key) => lists.get(key) !== snapshot.get(key))) continue;
    const after = new Map(lists);
    for (const key of written) after.set(key, appended.get(key)!);
    if (
      scheduleExists(
        waiting,
        begun.filter((other) => other !== one),
        after,
      )
    )
      return true;
  }
  return false;
}

/** Aborted ones left out, and indeterminate ones left out or in. */
function withEveryOutcome(history: readonly Transaction[]): Transaction[][] {
  let choices: Transaction[][] = [[]];
  for (const transaction of history) {
    if (transaction.outcome === 'fail') continue;
    const taken = choices.map((choice) => [...choice, transaction]);
    choices = transaction.outcome === 'info' ? [...choices, ...taken] : taken;
  }
  return choices;
}

/** The lists after it, or undefined where it could not have read what it did. */
function run({ operations, outcome }: Transaction, before: Lists): Lists | undefined {
  const lists = new Map(before);
  for (const operation of operations) {
    const list = lists.get(operation.key) ?? [];
    if (operation.f === 'append') lists.set(operation.key, [...list, operation.value]);
    else if (outcome === 'ok' && operation.value !== null && !same(operation.value, list)) return undefined;
  }
  return lists;
}

function same(a: readonly Element[], b: readonly Element[]): boolean {
  return a.length === b.length && a.every((element, at) => element === b[at]);
}
