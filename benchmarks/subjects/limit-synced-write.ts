import { join } from 'node:path';
import { SyncedWrite } from '../limits/synced-write.ts';
import { appendWorkloads } from '../workloads/storage.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:synced-write',
    kind: 'limit',
    note: 'what a journal asks of the disk, and no more: one synced write into a file that is there; so "× limit" is the share of the time that the disk takes',
    suites: {
      storage: appendWorkloads((folder) => {
        const log = new SyncedWrite(join(folder, 'log'));
        return { count: () => log.count, append: (entry) => log.append(entry), close: () => log.close() };
      }),
    },
  },
];
