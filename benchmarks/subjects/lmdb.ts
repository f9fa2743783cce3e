import { open, type RootDatabase } from 'lmdb';
import { timed } from '../harness/outcome.ts';
import { appendWorkloads, entryAt, LOG_ENTRIES, LOG_FLUSH_ENTRIES, readRun, scratch } from '../workloads/storage.ts';
import type { Subject } from './subject.ts';

type Database = RootDatabase<Buffer, number>;

export const subjects: readonly Subject[] = [
  {
    name: 'lmdb',
    kind: 'peer',
    note: 'as it comes, a record an entry: put() and then flushed, since a put is told before its sync; no checksums, nothing is looked at when it opens',
    suites: {
      storage: {
        ...appendWorkloads((folder) => {
          const database = openIn(folder);
          let next = 0;
          return {
            count: () => database.getKeysCount(),
            append(entry) {
              void database.put(next++, entry as Buffer);
              return database.flushed;
            },
            close: () => database.close(),
          };
        }),
        async read() {
          const { folder, remove } = scratch();
          const database = await filled(folder);
          return {
            run: readRun((from, count) =>
              Array.from(database.getRange({ start: from, end: from + count }), ({ value }) => value),
            ),
            async close() {
              await database.close();
              remove();
            },
          };
        },
        async 'open-1m'() {
          const { folder, remove } = scratch();
          await (await filled(folder)).close();
          return {
            async run() {
              let database: Database | undefined;
              let last: number | undefined;
              const outcome = await timed(
                1,
                () => {
                  database = openIn(folder);
                  [last] = database.getKeys({ reverse: true, limit: 1 });
                },
                () => (last === LOG_ENTRIES - 1 ? 1 : 0),
              );
              await database?.close();
              return { ...outcome, figures: { 'open-1m': outcome.milliseconds } };
            },
            close: remove,
          };
        },
      },
    },
  },
];

function openIn(path: string): Database {
  return open<Buffer, number>({ path, noSubdir: false, encoding: 'binary', keyEncoding: 'uint32' });
}

async function filled(folder: string): Promise<Database> {
  const database = openIn(folder);
  for (let from = 0; from < LOG_ENTRIES; from += LOG_FLUSH_ENTRIES * 10) {
    for (let at = from; at < from + LOG_FLUSH_ENTRIES * 10; at++) void database.put(at, entryAt(at));
    await database.flushed;
  }
  return database;
}
