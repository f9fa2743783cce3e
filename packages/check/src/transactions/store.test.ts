import { describe, expect, it } from 'vitest';
import type { AnomalyName } from './isolation-level.ts';
import { checkListAppend, levelsLeft } from './list-append.ts';
import { drawing, runStore, type StoreLevel } from './store.fixture.ts';
import type { Transaction } from './transaction.ts';

const SEEDS = Number(process.env['CHECK_RUNS'] ?? 60);

function history(level: StoreLevel, seed: number): Transaction[] {
  const choose = drawing(seed);
  return runStore({ level, transactions: 60, processes: 5, keys: 1 + choose(6), operationsMax: 4, choose });
}

/** How many of the histories show each anomaly. */
function anomaliesOf(level: StoreLevel): Map<AnomalyName, number> {
  const names = new Map<AnomalyName, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { counts } = checkListAppend(history(level, seed), { level: 'strict-serializable' });
    for (const name of Object.keys(counts) as AnomalyName[]) names.set(name, (names.get(name) ?? 0) + 1);
  }
  return names;
}

describe('a store', () => {
  it('that is strictly serializable shows no anomaly', () => {
    expect([...anomaliesOf('serializable').keys()]).toEqual([]);
  });

  it('of snapshot isolation shows write skew, and nothing that snapshot isolation forbids', () => {
    const names = anomaliesOf('snapshot-isolation');
    for (const name of names.keys()) expect(['G2', 'G2-process', 'G2-realtime']).toContain(name);
    expect(names.get('G2')).toBeGreaterThan(SEEDS / 4);
  });

  it('that only reads what is committed shows read skew and lost updates, and no more', () => {
    const names = anomaliesOf('read-committed');
    expect(names.get('G-single')).toBeGreaterThan(SEEDS / 4);
    expect(names.get('lost-update')).toBeGreaterThan(SEEDS / 4);
    for (const name of names.keys()) expect(name).toMatch(/^(G-single|G-nonadjacent|G2|lost-update)/);
  });

  it('without isolation shows dirty writes and dirty reads', () => {
    const names = anomaliesOf('read-uncommitted');
    for (const name of ['G0', 'G1b', 'G1c', 'G-single'] as const) expect(names.get(name)).toBeGreaterThan(SEEDS / 4);
    const { ruledOut } = checkListAppend(history('read-uncommitted', 1));
    expect(ruledOut).toContain('read-uncommitted');
  });
});

describe('a flaw put into a good history is found', () => {
  const reads = (transactions: readonly Transaction[]) =>
    transactions.flatMap(({ outcome, operations }, transaction) =>
      outcome === 'ok'
        ? operations.flatMap((operation, at) =>
            operation.f === 'read' && operation.value!.length >= 2
              ? [{ transaction, at, value: operation.value! }]
              : [],
          )
        : [],
    );
  const withRead = (
    transactions: readonly Transaction[],
    at: ReturnType<typeof reads>[number],
    value: typeof at.value,
  ) =>
    transactions.map((transaction, position) =>
      position !== at.transaction
        ? transaction
        : {
            ...transaction,
            operations: transaction.operations.map((operation, place) =>
              place === at.at && operation.f === 'read' ? { ...operation, value } : operation,
            ),
          },
    );

  it.each([
    [
      'two elements change places',
      (value: readonly (string | number)[]) => [...value.slice(0, -2), value.at(-1)!, value.at(-2)!],
    ],
    ['the first element is missing', (value: readonly (string | number)[]) => value.slice(1)],
    ['an element comes from nowhere', (value: readonly (string | number)[]) => [...value, 999_999]],
    ['an element is doubled', (value: readonly (string | number)[]) => [...value, value[0]!]],
    ['a read is older than the transaction', (value: readonly (string | number)[]) => value.slice(0, -1)],
  ])('where %s', (_, change) => {
    let tried = 0;
    let found = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const good = history('serializable', seed);
      const all = reads(good);
      if (all.length === 0) continue;
      tried++;
      const chosen = all[drawing(seed)(all.length)]!;
      const flawed = withRead(good, chosen, change(chosen.value));
      if (checkListAppend(flawed, { level: 'strict-serializable' }).verdict === 'illegal') found++;
    }
    // Now and then the changed read is one that a correct store could have given, to overlapping transactions.
    expect(found).toBeGreaterThan(0.9 * tried);
    expect(tried).toBeGreaterThan(SEEDS / 4);
  });

  it('where a commit is taken for an abort', () => {
    let found = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const aborted = history('serializable', seed).map((transaction, at) =>
        at % 2 === 0 && transaction.outcome === 'ok' ? ({ ...transaction, outcome: 'fail' } as const) : transaction,
      );
      if (checkListAppend(aborted).counts.G1a) found++;
    }
    expect(found).toBeGreaterThan(SEEDS / 4);
  });
});

it('a store under load is judged whatever its level is, and more is left to the stronger', () => {
  const left = (level: StoreLevel) => {
    const choose = drawing(7);
    const transactions = runStore({ level, transactions: 2_000, processes: 20, keys: 40, operationsMax: 5, choose });
    return levelsLeft(checkListAppend(transactions, { level: 'strict-serializable' })).length;
  };
  const counts = (['serializable', 'snapshot-isolation', 'read-committed', 'read-uncommitted'] as const).map(left);
  expect(counts).toEqual([7, 3, 2, 0]);
});
