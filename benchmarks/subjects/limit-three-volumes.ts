/**
 * The limit of durable puts with Troupe's storage: what a majority of three volumes on one disk can sync, asked by one
 * thread that does nothing else. No consensus, no messages.
 */
import path from 'node:path';
import { openVolume } from '@troupe/storage';
import type { Bench } from '../harness/outcome.ts';
import { VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import { scratch } from '../workloads/storage.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:three-volumes',
    kind: 'limit',
    note: "a prototype: Troupe's three volumes on one disk, each put answered when two have synced it; no consensus",
    suites: {
      raft: {
        'put-durable-1': () => puts(1),
        'put-durable-64': () => puts(64),
        'put-durable-256': () => puts(256),
      },
    },
  },
];

const RECORD = Buffer.alloc(VALUE_BYTES, 'x');
const MEMBERS = 3;
const QUORUM = 2;

interface Group {
  readonly resolves: (() => void)[];
  left: number;
}

/** Writes what has gathered, as one group after the other; tells each group when it is synced. */
class Follower {
  readonly #store;
  readonly #volume;
  #next = 1;
  #groups: Group[] = [];
  #isSyncing = false;

  constructor(volume: Awaited<ReturnType<typeof openVolume>>) {
    this.#volume = volume;
    this.#store = volume.open('log', { create: true });
  }

  add(group: Group): void {
    this.#groups.push(group);
    if (!this.#isSyncing) void this.#work();
  }

  async close(): Promise<void> {
    while (this.#isSyncing) await new Promise(setImmediate);
    await this.#volume.close();
  }

  async #work(): Promise<void> {
    this.#isSyncing = true;
    while (this.#groups.length > 0) {
      const groups = this.#groups;
      this.#groups = [];
      const count = groups.reduce((sum, { resolves }) => sum + resolves.length, 0);
      this.#store.write({ append: { from: this.#next, entries: Array<Buffer>(count).fill(RECORD) } });
      this.#next += count;
      await this.#volume.sync();
      for (const group of groups) if (--group.left === 0) for (const resolve of group.resolves) resolve();
    }
    this.#isSyncing = false;
  }
}

async function puts(outstanding: number): Promise<Bench> {
  const { folder, remove } = scratch();
  const followers: Follower[] = [];
  for (let member = 0; member < MEMBERS; member++) {
    const volume = await openVolume({ path: path.join(folder, `m${member}`), owner: 'bench', create: true });
    followers.push(new Follower(volume));
  }
  let resolves: (() => void)[] = [];
  const flush = () => {
    const group: Group = { resolves, left: QUORUM };
    resolves = [];
    for (const follower of followers) follower.add(group);
  };
  const asked = askBench(
    {
      ask(n) {
        const { promise, resolve } = Promise.withResolvers<number>();
        if (resolves.push(() => resolve(n)) === 1) queueMicrotask(flush);
        return promise;
      },
    },
    outstanding,
  );
  return {
    // Of three syncs at once one can't say whose time it was: all of it is the disk's.
    run: async (count) => ({ ...(await asked.run(count)), figures: { [`put-durable-${outstanding}-sync`]: 100 } }),
    async close() {
      await Promise.all(followers.map((follower) => follower.close()));
      remove();
    },
  };
}
