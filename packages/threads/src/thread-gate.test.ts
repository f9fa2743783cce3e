import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Word } from './thread-gate.fixture.ts';
import { ThreadGate } from './thread-gate.ts';

const FIXTURE = new URL('./thread-gate.fixture.ts', import.meta.url);

/** A thread that is inside. */
async function inside() {
  const gate = new ThreadGate();
  const words = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(FIXTURE, { workerData: { memory: gate.memory, words } });
  await Atomics.waitAsync(words, Word.Calls, 0).value;
  return {
    gate,
    worker,
    words,
    letGo: () => {
      Atomics.store(words, Word.MayLeave, 1);
      Atomics.notify(words, Word.MayLeave);
    },
  };
}

it('ends a thread once it has come out, and lets it in no more', async () => {
  const { gate, worker, words, letGo } = await inside();
  let hasEnded = false;
  const ended = gate.terminate(worker).then(() => {
    hasEnded = true;
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect([hasEnded, gate.close(), words[Word.Left]]).toEqual([false, false, 0]);
  letGo();
  await ended;
  expect([gate.close(), words[Word.Left], words[Word.Calls]]).toEqual([true, 1, 1]);
});

it('keeps a thread that comes to a closed gate there until it is ended', async () => {
  const { gate, worker, words, letGo } = await inside();
  expect(gate.close()).toBe(false);
  letGo();
  await Atomics.waitAsync(words, Word.Left, 0).value;
  expect(gate.close()).toBe(true);
  expect(await gate.terminate(worker)).toBe(1);
  expect(words[Word.Calls]).toBe(1);
});

it('ends a thread in the end that does not come out', async () => {
  const { gate, worker, words } = await inside();
  expect(await gate.terminate(worker, 20)).toBe(1);
  expect([gate.close(), words[Word.Left]]).toEqual([false, 0]);
});

it('waits for a thread at the end of the process, holding that up, and no longer than it may', async () => {
  const { gate, worker, letGo } = await inside();
  gate.closeAndWait(20);
  expect(gate.close()).toBe(false);
  letGo();
  gate.closeAndWait(60_000);
  expect(gate.close()).toBe(true);
  await gate.terminate(worker);
});

it('listens for the end of the process only while there are threads', async () => {
  const before = process.listenerCount('exit');
  const threads = [await inside(), await inside()];
  for (const { gate, worker } of threads) gate.closeAtExit(worker);
  expect(process.listenerCount('exit')).toBe(before + 1);
  const exits = threads.map(({ worker }) => once(worker, 'exit'));
  for (const { gate, worker } of threads) await gate.terminate(worker, 0);
  await Promise.all(exits);
  expect(process.listenerCount('exit')).toBe(before);
});
