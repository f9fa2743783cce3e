/** A store of lists whose transactions run interleaved, at an isolation level of choice: histories whose level is known. */

import type { Element, MicroOperation, Transaction } from './transaction.ts';

export type StoreLevel = 'serializable' | 'snapshot-isolation' | 'read-committed' | 'read-uncommitted';

export interface StoreOptions {
  readonly level: StoreLevel;
  readonly transactions: number;
  readonly processes: number;
  readonly keys: number;
  readonly operationsMax: number;
  /** An integer in [0, n). */
  readonly choose: (n: number) => number;
}

interface Running {
  readonly process: number;
  readonly invokedAt: number;
  readonly left: number[];
  readonly operations: MicroOperation[];
  readonly appended: Map<string, Element[]>;
  /** How long each list was when the transaction began. */
  readonly snapshot: ReadonlyMap<string, number>;
  readonly read: Set<string>;
}

export function runStore({ level, transactions, processes, keys, operationsMax, choose }: StoreOptions): Transaction[] {
  const lists = new Map(Array.from({ length: keys }, (_, key) => [`k${key}`, [] as Element[]]));
  const running: (Running | undefined)[] = Array.from({ length: processes });
  const history: (Transaction & { readonly invokedAt: number })[] = [];
  let element = 0;
  let events = 0;
  let begun = 0;

  const begin = (process: number): Running => ({
    process,
    invokedAt: events++,
    left: Array.from({ length: 1 + choose(operationsMax) }, () => choose(2)),
    operations: [],
    appended: new Map(),
    snapshot: new Map([...lists].map(([key, list]) => [key, list.length])),
    read: new Set(),
  });
  const step = (run: Running) => {
    const key = `k${choose(keys)}`;
    const own = run.appended.get(key) ?? [];
    if (run.left.pop() === 1) {
      const value = ++element;
      run.operations.push({ f: 'append', key, value });
      run.appended.set(key, [...own, value]);
      if (level === 'read-uncommitted') lists.get(key)!.push(value);
      return;
    }
    const seen = level === 'read-committed' || level === 'read-uncommitted' ? undefined : run.snapshot.get(key);
    const value = [...lists.get(key)!.slice(0, seen), ...(level === 'read-uncommitted' ? [] : own)];
    run.operations.push({ f: 'read', key, value });
    run.read.add(key);
  };
  const changed = (run: Running, key: string) => lists.get(key)!.length > run.snapshot.get(key)!;
  const end = (run: Running): void => {
    const refused =
      (level === 'serializable' && [...run.read, ...run.appended.keys()].some((key) => changed(run, key))) ||
      (level === 'snapshot-isolation' && [...run.appended.keys()].some((key) => changed(run, key)));
    if (!refused && level !== 'read-uncommitted') {
      for (const [key, own] of run.appended) lists.get(key)!.push(...own);
    }
    const { process, operations, invokedAt } = run;
    // A client may not learn what became of its transaction.
    const outcome = choose(40) === 0 ? 'info' : refused ? 'fail' : 'ok';
    const forgotten = outcome === 'ok' ? operations : operations.map(forget);
    history.push({ process, outcome, operations: forgotten, invokedAt, returnedAt: events++ });
  };

  while (begun < transactions || running.some((run) => run !== undefined)) {
    const process = choose(processes);
    const run = running[process];
    if (run === undefined) {
      if (begun < transactions) running[process] = begin(process);
      begun++;
    } else if (run.left.length > 0) step(run);
    else {
      end(run);
      running[process] = undefined;
    }
  }
  return history.sort((a, b) => a.invokedAt - b.invokedAt);
}

function forget(operation: MicroOperation): MicroOperation {
  return operation.f === 'read' ? { ...operation, value: null } : operation;
}

/** A generator for tests: the same seed gives the same numbers. */
export function drawing(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % n;
  };
}
