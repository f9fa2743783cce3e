import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../harness/outcome.ts';
import { FdatasyncLog } from '../limits/fdatasync-log.ts';
import { VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import { appendWorkloads, ENTRY_BYTES, entryAt, LOG_ENTRIES, readRun, scratch } from '../workloads/storage.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:fdatasync-log',
    kind: 'limit',
    note: 'a bare file: writev and fdatasync of all that waits; no checksums, no index, nothing that finds it again',
    suites: {
      storage: {
        ...appendWorkloads((folder) => {
          const log = new FdatasyncLog(join(folder, 'log'));
          return { count: () => log.count, append: (entry) => log.append(entry), close: () => log.close() };
        }),
        read() {
          const { folder, remove } = scratch();
          const file = openSync(join(folder, 'log'), 'w+');
          for (let index = 0; index < LOG_ENTRIES; index += 1_000)
            writeSync(file, Buffer.concat(Array.from({ length: 1_000 }, (_, at) => entryAt(index + at))));
          return {
            run: readRun((from, count) => {
              const bytes = Buffer.allocUnsafe(count * ENTRY_BYTES);
              readSync(file, bytes, 0, bytes.length, from * ENTRY_BYTES);
              return Array.from({ length: count }, (_, at) => bytes.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES));
            }),
            close() {
              closeSync(file);
              remove();
            },
          };
        },
      },
      raft: {
        'put-durable-1': () => puts(1),
        'put-durable-64': () => puts(64),
        'put-durable-256': () => puts(256),
      },
    },
  },
];

const VALUE = Buffer.alloc(VALUE_BYTES, 'x');

/** Of a put, its value alone; and one copy of it. */
function puts(outstanding: number): Bench {
  const { folder, remove } = scratch();
  const log = new FdatasyncLog(join(folder, 'log'));
  const asked = askBench(
    {
      async ask(n) {
        await log.append(VALUE);
        return n;
      },
    },
    outstanding,
  );
  return {
    async run(count) {
      const before = log.syncMilliseconds;
      const outcome = await asked.run(count);
      const share = (100 * (log.syncMilliseconds - before)) / outcome.milliseconds;
      return { ...outcome, figures: { [`put-durable-${outstanding}-sync`]: share } };
    },
    close() {
      log.close();
      remove();
    },
  };
}
