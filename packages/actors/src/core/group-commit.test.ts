import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

function start() {
  const groups: { items: readonly number[]; resolve(): void; reject(error: unknown): void }[] = [];
  const ended: string[] = [];
  const commit = new GroupCommit<number>(
    (items) => new Promise((resolve, reject) => groups.push({ items, resolve, reject })),
    (from, to, failure) => ended.push(`${from}..${to} ${failure === undefined ? 'kept' : 'lost'}`),
  );
  return { commit, groups, ended };
}

describe('group commit', () => {
  it('takes what comes in one turn together, and what comes while the storage is at work after that', async () => {
    const { commit, groups, ended } = start();
    for (const item of [0, 1, 2]) commit.add(item);
    await settle();
    for (const item of [3, 4]) commit.add(item);
    await settle();
    expect(groups.map(({ items }) => items)).toEqual([[0, 1, 2]]);
    expect(ended).toEqual([]);
    groups[0]?.resolve();
    await settle();
    expect(groups.map(({ items }) => items)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    groups[1]?.resolve();
    await settle();
    expect(ended).toEqual(['0..3 kept', '3..5 kept']);
    commit.add(5);
    await settle();
    expect(groups).toHaveLength(3);
  });

  it('goes on after a group that failed', async () => {
    const { commit, groups, ended } = start();
    commit.add(0);
    await settle();
    commit.add(1);
    groups[0]?.reject(undefined);
    await settle();
    groups[1]?.resolve();
    await settle();
    expect(ended).toEqual(['0..1 lost', '1..2 kept']);
  });

  it('goes on at once where a storage has nothing to wait for', async () => {
    const told: string[] = [];
    const commit = new GroupCommit<number>(
      (items) => {
        told.push(`append ${items.join(' ')}`);
        return undefined;
      },
      (from, to, failure) => {
        told.push(`${from}..${to} ${String(failure)}`);
        if (to === 2) commit.add(2);
      },
    );
    commit.add(0);
    commit.add(1);
    expect(told).toEqual([]);
    await settle();
    expect(told).toEqual(['append 0 1', '0..2 undefined', 'append 2', '2..3 undefined']);
  });

  it('takes a storage that throws for one that rejects', async () => {
    const ended: string[] = [];
    const commit = new GroupCommit<number>(
      () => {
        throw new Error('no disk');
      },
      (from, to, failure) => ended.push(`${from}..${to} ${String(failure)}`),
    );
    commit.add(0);
    await settle();
    commit.add(1);
    await settle();
    expect(ended).toEqual(['0..1 Error: no disk', '1..2 Error: no disk']);
  });
});
