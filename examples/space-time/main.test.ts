import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('draws the history of a live system on threads, with the end and the new life of a node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'space-time-'));
  try {
    const file = join(folder, 'page.html');
    const { stdout } = await run(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), file]);
    expect(stdout).toMatch(/ms +main +n1 +n2 +n3/);
    expect(stdout).toMatch(/✗ .*it was killed by order of the program/);
    expect(stdout).toMatch(/◉ .*start of life 2/);
    expect(stdout).toMatch(/▶● .*n3 ← n2: tell parcel to station-n3/);
    const page = await readFile(file, 'utf8');
    expect(page).toContain('<svg');
    expect(page).toContain('tell parcel to station-n2');
    expect(page).toMatch(/"unit":"ms"/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
