/**
 * The limit of durable puts: one file, no replication. What is outstanding when a sync ends is written and synced
 * together; its share of the time shows what JavaScript adds.
 */
import { closeSync, fdatasync, mkdirSync, mkdtempSync, openSync, rmSync, writev } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from '../harness/outcome.ts';
import { VALUE_BYTES } from '../workloads/raft.ts';
import { askBench } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:synced-log',
    kind: 'limit',
    note: 'a prototype: records appended to one file by writev and fdatasync, together those that wait; no consensus',
    suites: {
      raft: {
        'put-durable-1': () => puts(1),
        'put-durable-64': () => puts(64),
        'put-durable-256': () => puts(256),
      },
    },
  },
];

const FOLDER = path.join(import.meta.dirname, '../../tmp');
const RECORD = Buffer.alloc(VALUE_BYTES, 'x');
const write = promisify(writev);
const sync = promisify(fdatasync);

function puts(outstanding: number): Bench {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(path.join(FOLDER, 'log-'));
  const file = openSync(path.join(folder, 'log'), 'a');
  let waiting: ((n: number) => void)[] = [];
  let isSyncing = false;
  let syncMilliseconds = 0;
  const flush = async () => {
    while (waiting.length > 0) {
      const these = waiting;
      waiting = [];
      await write(
        file,
        these.map(() => RECORD),
      );
      const started = performance.now();
      await sync(file);
      syncMilliseconds += performance.now() - started;
      for (const resolve of these) resolve(0);
    }
    isSyncing = false;
  };
  const asked = askBench(
    {
      ask(n) {
        const { promise, resolve } = Promise.withResolvers<number>();
        waiting.push(() => resolve(n));
        if (!isSyncing) {
          isSyncing = true;
          queueMicrotask(flush);
        }
        return promise;
      },
    },
    outstanding,
  );
  return {
    async run(count) {
      syncMilliseconds = 0;
      const outcome = await asked.run(count);
      return {
        ...outcome,
        figures: { [`put-durable-${outstanding}-sync`]: (100 * syncMilliseconds) / outcome.milliseconds },
      };
    },
    close() {
      closeSync(file);
      rmSync(folder, { recursive: true });
    },
  };
}
