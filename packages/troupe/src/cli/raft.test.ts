import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'troupe-raft-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const directory = join(folder, 'store');
const bootstrap = ['bootstrap', directory, '--cluster', 'c', '--nodes', 'a,b,c'];
const recover = ['recover', directory, '--cluster', 'c', '--node', 'a', '--new-cluster', 'd'];

function raft(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'raft', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

test('the stores of a cluster are made once, and shown', async () => {
  expect(await raft(...bootstrap)).toMatchObject({ code: 0, stdout: expect.stringContaining('bootstrapped c') });
  expect(await raft(...bootstrap)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TROUPE_RAFT_STORE_EXISTS: Expected nothing at'),
  });
  const { stdout } = await raft('show', directory, '--cluster', 'c', '--node', 'b', '--json');
  expect(JSON.parse(stdout)).toEqual({
    ok: true,
    cluster: 'c',
    self: 'b',
    term: 0,
    lastIndex: 0,
    lastTerm: 0,
    snapshotIndex: 0,
  });
});

test('recovery is done where the loss is accepted, and says loudly what it was', async () => {
  const target = ['--new-directory', join(folder, 'new')];
  expect(await raft(...recover, ...target)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TROUPE_RAFT_LOSS_NOT_ACCEPTED'),
  });
  const done = await raft(...recover, ...target, '--accept-loss');
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('RECOVERED d from what a of c had') });
});

test('wrong usage says what was expected', async () => {
  for (const args of [
    [],
    ['bootstrap'],
    ['stranger', directory, '--cluster', 'c'],
    ['show', directory],
    ['show', directory, '--no-such'],
  ])
    expect(await raft(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^troupe: .*troupe raft --help/s),
    });
});
