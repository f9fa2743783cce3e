/** How systems end: nothing is left that keeps a process alive, and nothing that should is missing. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./programs/ends.ts', import.meta.url));

const PRELOAD = new URL('./fixtures/preload-that-throws.ts', import.meta.url).href;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: readonly unknown[];
  readonly errors: string;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs the program to its own end; the test's time limit is the bound. */
function start(way: string, ...options: string[]): { child: ChildProcess; ended: Promise<Ended>; says: Promise<void> } {
  const [flags, args] = options[0] === '--import' ? [options, []] : [[], options];
  const child = spawn(process.execPath, [...flags, PROGRAM, way, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let errors = '';
  child.stderr?.on('data', (data) => {
    errors += data;
  });
  const says = new Promise<void>((resolve) => {
    child.stdout?.on('data', (data) => {
      out += data;
      resolve();
    });
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      const said = out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
      resolve({ code, signal, said, errors });
    });
  });
  return { child, ended, says };
}

describe('a process ends by itself', () => {
  for (const way of ['inline', 'disposed', 'disposedAfterDeaths', 'disposedInBackoff']) {
    it(`once its system is ${way}, which leaves no thread, handle or timer`, async () => {
      expect(await start(way).ended).toMatchObject({ code: 0, said: [[]] });
    });
  }

  for (const [way, said] of [
    ['unref', 'unref'],
    ['unrefAfterDeath', 'unref'],
    ['unrefInBackoff', 'unref'],
    ['goneForGood', 'gone'],
  ]) {
    it(`although its system runs, where that is unref'd (${way})`, async () => {
      expect(await start(way as string).ended).toMatchObject({ code: 0, said: [said] });
    });
  }

  it('and not before its unref’d system is stopped, where it waits for that', async () => {
    expect(await start('unrefAndDisposed').ended).toMatchObject({ code: 0, said: ['disposed'] });
  });

  it('where a node did not start', async () => {
    const { ended } = start('failsToStart', '--import', PRELOAD);
    const text = 'Expected node n2 to start, got its end: it threw outside of an actor: Error: no second node.';
    expect(await ended).toMatchObject({ code: 0, said: [['TROUPE_NODE_START', text], []] });
  });
});

it('a running system keeps its process alive', async () => {
  const { child, ended, says } = start('running');
  await says;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
});

it('SIGTERM drains: what was sent is handled, and the process ends by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-'));
  try {
    const file = join(folder, 'journal');
    const { child, ended, says } = start('sigterm', file);
    await says;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null, said: ['ready', 'ended'] });
    expect(readFileSync(file, 'utf8').trim().split('\n')).toEqual(Array.from({ length: 100 }, (_, i) => `${i + 1}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
