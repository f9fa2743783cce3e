/**
 * What the kernel sees of a volume under load: no acknowledgement leaves before it is on the disk. That is by a write to the
 * journal, whose descriptor syncs each; or by a commit of LMDB: its pages by fdatasync, and then the meta page that refers to
 * them. A killed process could not show that, since the page cache outlives it.
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
      const { early, told, syncs, metaWrites, appends } = await traced({ outstanding, count: 500 * outstanding });
      expect(early).toEqual([]);
      expect(told).toBeGreaterThanOrEqual(500 * outstanding);
      // Each commit of LMDB has one of each, and they take turns.
      expect(metaWrites).toBe(syncs);
      expect(appends).toBeGreaterThan(syncs);
      expect(syncs + appends).toBeGreaterThanOrEqual(told / outstanding);
      if (outstanding > 1) expect(syncs + appends).toBeLessThan(told / 4);
    }
  });

  it.skipIf(!canTrace)(
    'is that of LMDB where the journal is passed by: an entry too large for it (needs strace)',
    async () => {
      const { early, told, syncs, metaWrites, appends } = await traced({
        outstanding: 1,
        count: 20,
        entryBytes: 4_500_000,
      });
      expect(early).toEqual([]);
      expect([told, appends, metaWrites]).toEqual([20, 0, syncs]);
      expect(syncs).toBeGreaterThanOrEqual(told + 1);
    },
  );

  it.skipIf(!canTrace)('shows an acknowledgement that leaves too early, where one does (needs strace)', async () => {
    const { early } = await traced({ outstanding: 4, count: 20, isHasty: true });
    expect(early).not.toEqual([]);
  });
});

async function traced(load: Pick<Load, 'outstanding' | 'count' | 'isHasty' | 'entryBytes'>) {
  const path = join(root, `v${load.outstanding}-${load.isHasty}-${load.entryBytes}`);
  const made = await openVolume({ path, owner: OWNER, create: true });
  made.open('log', { create: true });
  await made.sync();
  await made.close();
  const trace = join(root, 'trace');
  const calls = 'trace=openat,pwrite64,pwritev,pwritev2,write,writev,fdatasync';
  const program = join(import.meta.dirname, 'load.fixture.ts');
  const child = [process.execPath, program, JSON.stringify({ path, owner: OWNER, ...load })];
  execFileSync('strace', ['-f', '-y', '-s', '100000', '-e', calls, '-o', trace, ...child], { stdio: 'ignore' });
  return examined(readFileSync(trace, 'latin1'), path);
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

function examined(trace: string, path: string) {
  /** Descriptors of files that sync each write by themselves. */
  let meta = '';
  const journals = new Set<string>();
  /** Entries that are in a write to LMDB's file, in a write that was synced, in one that a meta page refers to. */
  let written = new Set<number>();
  let synced = new Set<number>();
  const durable = new Set<number>();
  const early: number[] = [];
  const counts = { told: 0, syncs: 0, metaWrites: 0, appends: 0 };
  for (const { call, is } of steps(trace)) {
    const acknowledged = /^write\(1\b.*"told (\d+)\\n"/s.exec(call);
    if (acknowledged !== null && is !== 'end') {
      counts.told++;
      if (!durable.has(Number(acknowledged[1]))) early.push(Number(acknowledged[1]));
    }
    if (is === 'begin' || !call.includes(`<${path}/`)) continue;
    const entries = [...call.matchAll(/entry (\d+);/g)].map(([, index]) => Number(index));
    const opened = /^openat\(.*O_DSYNC.*= (\d+)<.*\/(data|journal)[^/]*>$/s.exec(call);
    const to = /^pwrite64\((\d+)</.exec(call)?.[1] ?? '';
    if (opened !== null) {
      if (opened[2] === 'data') meta = opened[1] as string;
      else journals.add(opened[1] as string);
    } else if (call.startsWith('fdatasync(') && call.includes('/data.mdb>')) {
      expect(call).toMatch(/= 0$/);
      counts.syncs++;
      synced = written;
      written = new Set();
    } else if (to !== '' && to === meta) {
      expect(call).toMatch(/= 128$/);
      counts.metaWrites++;
      for (const index of synced) durable.add(index);
      synced = new Set();
    } else if (journals.has(to)) {
      // All of it, not a part.
      expect(call).toMatch(/, (\d+), \d+\s*\)\s+= \1$/);
      counts.appends++;
      for (const index of entries) durable.add(index);
    } else for (const index of entries) written.add(index);
  }
  return { early, ...counts };
}
