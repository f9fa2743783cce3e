/**
 * Loads a volume, in a process or in a thread: appends entries that say their index, and tells each when its sync has
 * resolved, until it is ended or has told enough. What it was that ended it, it tells too.
 */

import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { parentPort } from 'node:worker_threads';
import { openVolume } from '../index.ts';

export interface Load {
  readonly path: string;
  readonly owner: string;
  /** Entries that wait for their sync at once. */
  readonly outstanding: number;
  /** Entries told after which it stops; none where it is ended from outside. */
  readonly count?: number;
  /** Tells before the sync: so that whoever looks at the order can be seen to fail. */
  readonly isHasty?: boolean;
  /** The log starts anew below the last entries, now and then. */
  readonly isCompacted?: boolean;
  /** Of each; without it they differ. */
  readonly entryBytes?: number;
}

/** Large enough that one flush of many writes several pages. */
const entryOf = (index: number): Buffer =>
  Buffer.from(`entry ${index};`.padEnd(entryBytes ?? 100 + (index % 7) * 200, '.'));

const { path, owner, outstanding, count, isHasty, isCompacted, entryBytes }: Load = JSON.parse(argv[2] as string);

function tell(what: string): void {
  if (parentPort !== null) parentPort.postMessage(what);
  else writeSync(1, `${what}\n`);
}

try {
  const volume = await openVolume({ path, owner });
  const store = volume.open('log');
  tell('open');
  let told = 0;
  const client = async (): Promise<void> => {
    while (count === undefined || told < count) {
      const index = store.lastIndex + 1;
      store.write({ append: { from: index, entries: [entryOf(index)] }, values: { term: Buffer.from(`${index}`) } });
      if (isCompacted === true && index % 50 === 0) store.write({ compact: index - 20 });
      if (isHasty !== true) await store.sync();
      tell(`told ${index}`);
      told++;
      if (isHasty === true) await store.sync();
    }
  };
  await Promise.all(Array.from({ length: outstanding }, client));
  await volume.close();
} catch (error) {
  tell(`ended ${(error as { code?: string }).code ?? error}`);
}
