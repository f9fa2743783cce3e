import { join } from 'node:path';
import { LmdbCommit } from '../limits/lmdb-commit.ts';
import { appendWorkloads } from '../workloads/storage.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:lmdb-commit',
    kind: 'limit',
    note: 'what a commit of LMDB asks of the disk, and no more: pages, fdatasync, a synced write; so "× limit" is the share of the time that the disk takes',
    suites: {
      storage: appendWorkloads((folder) => {
        const log = new LmdbCommit(join(folder, 'log'));
        return { count: () => log.count, append: (entry) => log.append(entry), close: () => log.close() };
      }),
    },
  },
];
