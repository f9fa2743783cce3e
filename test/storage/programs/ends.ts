/**
 * Ends one thread after the other while LMDB's addon is at work there, and opens what each left, at once or after its end.
 * A process of its own, since an end in the middle of a call of the addon may abort it. Prints how many it has ended.
 */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { isTroupeError } from '@troupe/protocol';
import { Random } from '@troupe/protocol/testing';
import { openVolume } from '@troupe/storage';
import { ThreadGate } from '@troupe/threads';
import type { Busy } from '../fixtures/busy-thread.ts';

export interface Ends extends Pick<Busy, 'path' | 'owner' | 'way'> {
  readonly ends: number;
  readonly seed: number;
  /** Without, threads are ended wherever they are. */
  readonly isGuarded: boolean;
  /** At the last one the process exits, and so ends it. */
  readonly isExit?: boolean;
}

const THREAD = new URL('../fixtures/busy-thread.ts', import.meta.url);
const { path, owner, way, ends, seed, isGuarded, isExit }: Ends = JSON.parse(process.argv[2] as string);
const random = new Random(seed);

/** The last index of the log, which has no gap. */
async function lastIndex(): Promise<number> {
  const volume = await openVolume({ path, owner });
  const store = volume.open('log');
  const { firstIndex, lastIndex: last } = store;
  store.entries(firstIndex, last + 1).forEach((entry, at) => {
    if (String(entry) !== `entry ${firstIndex + at}`)
      throw new Error(`Expected entry ${firstIndex + at}, got ${entry}.`);
  });
  await volume.close();
  return last;
}

function mustBe(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Expected ${what}`);
}

for (let end = 1; end <= ends; end++) {
  const gate = new ThreadGate();
  const setup: Busy = {
    path,
    owner,
    way,
    gate: isGuarded ? gate.memory : undefined,
    outstanding: 1 + random.below(32),
  };
  const worker = new Worker(THREAD, { workerData: setup });
  gate.closeAtExit(worker);
  worker.on('error', (error) => {
    // It came out of the addon, and saw its successor before its end.
    if (!isTroupeError(error, 'TROUPE_STORAGE_REVOKED')) throw error;
  });
  let told = 0;
  worker.on('message', (index: number) => {
    told = Math.max(told, index);
  });
  await once(worker, 'message');
  // Before it has a journal, or after.
  await sleep(random.below(random.below(2) === 0 ? 10 : 300));
  if (isExit === true && end === ends) {
    console.log(end);
    process.exit(0);
  }
  const ended = gate.terminate(worker);
  if (random.below(2) === 0) await ended;
  const left = await lastIndex();
  mustBe(left >= told, `the log to reach ${told}, which was acknowledged, got ${left}, after end ${end}`);
  await ended;
  const later = await lastIndex();
  mustBe(later === left, `nothing of the dead thread after ${left}, got ${later}, after end ${end}`);
  console.log(end);
}
