/**
 * What the kernel sees of a volume under load: no acknowledgement leaves before the pages that hold it, and then the meta
 * page that refers to them, are on the disk. A killed process could not show that, since the page cache outlives it.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Load } from './load.fixture.ts';
import { openVolume } from './open-volume.ts';

const OWNER = 'cluster/n1';
const root = mkdtempSync(join(tmpdir(), 'troupe-syncs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const canTrace = spawnSync('strace', ['-o', join(root, 'probe'), 'true']).status === 0;

describe('what the kernel sees', () => {
  it.skipIf(!canTrace)('is each sync before the acknowledgement of what it covers (needs strace)', async () => {
    for (const outstanding of [1, 16]) {
      const { early, told, syncs, metaWrites } = await traced({ outstanding, count: 60 });
      expect(early).toEqual([]);
      expect(told).toBeGreaterThanOrEqual(60);
      // Each commit has one of each, and they take turns.
      expect(metaWrites).toBe(syncs);
      expect(syncs).toBeGreaterThanOrEqual(told / outstanding);
      if (outstanding > 1) expect(syncs).toBeLessThan(told / 4);
    }
  });

  it.skipIf(!canTrace)('shows an acknowledgement that leaves too early, where one does (needs strace)', async () => {
    const { early } = await traced({ outstanding: 4, count: 20, isHasty: true });
    expect(early).not.toEqual([]);
  });
});

async function traced(load: Pick<Load, 'outstanding' | 'count' | 'isHasty'>) {
  const path = join(root, `v${load.outstanding}-${load.isHasty}`);
  const made = await openVolume({ path, owner: OWNER, create: true });
  made.open('log', { create: true });
  await made.sync();
  await made.close();
  const trace = join(root, 'trace');
  const calls = 'trace=openat,pwrite64,pwritev,pwritev2,write,writev,fdatasync';
  const program = join(import.meta.dirname, 'load.fixture.ts');
  const child = [process.execPath, program, JSON.stringify({ path, owner: OWNER, ...load })];
  execFileSync('strace', ['-f', '-y', '-s', '100000', '-e', calls, '-o', trace, ...child], { stdio: 'ignore' });
  return examined(readFileSync(trace, 'latin1'), join(path, 'data.mdb'));
}

/** Begin and end of each call in the order of the trace: a call that another thread's interrupts has two lines. */
function* steps(trace: string): Generator<{ readonly call: string; readonly is: 'begin' | 'end' | 'both' }> {
  const open = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread, rest] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    if (resumed !== null) {
      yield { call: `${open.get(thread)}${resumed[1]}`, is: 'end' };
    } else if (rest.endsWith('<unfinished ...>')) {
      open.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      yield { call: rest, is: 'begin' };
    } else yield { call: rest, is: 'both' };
  }
}

function examined(trace: string, file: string) {
  /** Descriptor of the file that syncs each write by itself. */
  let meta = '';
  /** Entries that are in a write, in a write that was synced, in one that a meta page refers to. */
  let written = new Set<number>();
  let synced = new Set<number>();
  const durable = new Set<number>();
  const early: number[] = [];
  let told = 0;
  let syncs = 0;
  let metaWrites = 0;
  for (const { call, is } of steps(trace)) {
    const acknowledged = /^write\(1\b.*"told (\d+)\\n"/s.exec(call);
    if (acknowledged !== null && is !== 'end') {
      told++;
      if (!durable.has(Number(acknowledged[1]))) early.push(Number(acknowledged[1]));
    }
    if (is === 'begin' || !call.includes(file)) continue;
    const opened = /^openat\(.*O_DSYNC.*= (\d+)</s.exec(call);
    if (opened !== null) meta = opened[1] as string;
    else if (call.startsWith('fdatasync(')) {
      expect(call).toMatch(/= 0$/);
      syncs++;
      synced = written;
      written = new Set();
    } else if (call.startsWith(`pwrite64(${meta}<`) && meta !== '') {
      expect(call).toMatch(/= 128$/);
      metaWrites++;
      for (const index of synced) durable.add(index);
      synced = new Set();
    } else for (const [, index] of call.matchAll(/entry (\d+);/g)) written.add(Number(index));
  }
  return { early, told, syncs, metaWrites };
}
