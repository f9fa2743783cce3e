/** An actor that does what no simulated actor may. */
import { randomBytes, randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { defineActor } from '@troupe/actors';

const ACTS = {
  'Date.now': () => Date.now(),
  'new Date()': () => new Date(),
  'performance.now': () => performance.now(),
  'process.hrtime': () => process.hrtime.bigint(),
  'Math.random': () => Math.random(),
  setTimeout: () => setTimeout(() => {}, 1),
  setInterval: () => setInterval(() => {}, 1),
  setImmediate: () => setImmediate(() => {}),
  'timers/promises': () => wait(1),
  'AbortSignal.timeout': () => AbortSignal.timeout(1),
  fetch: () => fetch('http://localhost'),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  randomBytes: () => randomBytes(1),
  randomInt: () => randomInt(2),
  'a date of its own': () => new Date(0).getTime(),
  microtask: () => new Promise<void>((resolve) => queueMicrotask(resolve)),
  tick: () => new Promise<void>((resolve) => process.nextTick(resolve)),
  file: () => readFile(new URL(import.meta.url)).then(() => {}),
} as const;

export type Act = keyof typeof ACTS;

export const Offender = defineActor(import.meta, 'offender', {
  init: () => ({}),
  on: {
    async act(_state, what: Act) {
      await ACTS[what]();
    },
    reject: () => {
      void Promise.reject(new Error('nobody handles it'));
    },
    loop: () => {
      for (;;);
    },
  },
});
