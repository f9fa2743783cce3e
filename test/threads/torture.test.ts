/** The torture of `packages/threads` in full: a million damaged frames into rings, a hundred thousand hostile ones into a node. */

import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vitest = join(dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))), 'vitest.mjs');
const files = ['packages/threads/src/ring/torture.test.ts', 'packages/threads/src/hostile-node.test.ts'];

it('none of a million damaged frames, and of a hundred thousand hostile ones, ends a reader or a node', async () => {
  const env = { ...process.env, TROUPE_TORTURE_FRAMES: '1000000', TROUPE_HOSTILE_FRAMES: '100000', NO_COLOR: '1' };
  const run = promisify(execFile)(process.execPath, [vitest, 'run', '--project', 'threads', ...files], {
    cwd: root,
    env,
  });
  expect((await run).stdout).toMatch(/Test Files\s+2 passed/);
});
