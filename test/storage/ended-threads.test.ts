/** Threads that are ended while LMDB's addon is at work there: nothing that was acknowledged is lost, and the process lives. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openVolume } from '@troupe/storage';
import { afterAll, describe, expect, it } from 'vitest';
import type { Ends } from './programs/ends.ts';

const PROGRAM = join(import.meta.dirname, 'programs', 'ends.ts');
const OWNER = 'cluster/n1';
const root = mkdtempSync(join(tmpdir(), 'troupe-ended-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function end(options: Omit<Ends, 'path' | 'owner' | 'seed'>) {
  const path = join(mkdtempSync(join(root, 'case-')), 'volume');
  const volume = await openVolume({ path, owner: OWNER, create: true });
  volume.open('log', { create: true });
  await volume.sync();
  await volume.close();
  const ends: Ends = { path, owner: OWNER, seed: 1, ...options };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(ends)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: root,
  });
  const [out, error, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { ended: Number(out.trim().split('\n').at(-1)), error: error.slice(0, 2_000), code, signal };
}

describe('a thread with a gate, when it is ended', () => {
  for (const [way, ends] of [
    ['appends', 20],
    ['opens', 10],
    ['copies', 10],
  ] as const)
    it(`leaves its process alive, and all that it acknowledged, where LMDB ${way}: ${ends} times`, async () => {
      expect(await end({ way, ends, isGuarded: true })).toEqual({ ended: ends, error: '', code: 0, signal: null });
    });

  for (const way of ['appends', 'copies'] as const)
    it(`by the end of the process, lets that end by its own code, where LMDB ${way}`, async () => {
      const ended = await end({ way, ends: 1, isGuarded: true, isExit: true });
      expect(ended).toEqual({ ended: 1, error: '', code: 0, signal: null });
    });
});

describe('a thread without a gate, when it is ended', () => {
  // So it is seen that these tests could see it.
  it('in the middle of a copy takes its process with it', async () => {
    // About every third end does; the first that does is the last.
    expect(await end({ way: 'copies', ends: 200, isGuarded: false })).toMatchObject({ signal: 'SIGABRT' });
  });
});
