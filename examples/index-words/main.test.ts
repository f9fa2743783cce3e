import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-main-'));
  writeFileSync(join(folder, 'text'), 'one two two');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param interrupt is sent when the program first writes to stderr */
async function run(args: readonly string[], interrupt?: NodeJS.Signals): Promise<Outcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  if (interrupt !== undefined) child.stderr.once('data', () => child.kill(interrupt));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('the main job as a program', () => {
  it('prints one JSON object, and ends with 0 when the counts are equal', async () => {
    const { code, stdout } = await run([folder, '--nodes', '2', '--json']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      identifiers: { total: 3, different: 2 },
      top: [
        { word: 'two', count: 2 },
        { word: 'one', count: 1 },
      ],
      supervision: { killed: 'n2' },
      proof: { isEqual: true },
    });
    expect(stdout.trim()).not.toContain('\n');
    expect(code).toBe(0);
  });

  it('says in words what it found, what the supervisor did, and that the proof holds', async () => {
    const { code, stdout, stderr } = await run([folder, '--nodes', '2']);
    expect(stdout).toMatch(/Indexed 1 text files/);
    expect(stdout).toMatch(/n2 ended: it was killed by order/);
    expect(stdout).toMatch(/started again, with nothing in memory: shard-1/);
    expect(stdout).toMatch(/Proof: equal/);
    expect(stderr).toMatch(/n2 is up again/);
    expect(code).toBe(0);
  });

  it('ends with 2 and the usage where an option is wrong', async () => {
    const { code, stdout, stderr } = await run(['--nodes', 'many']);
    expect(stderr).toMatch(/Expected --nodes to be an integer from 1 to 64, got 'many'\.\n\nUsage/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('tells errors as one JSON object too, where that is asked for', async () => {
    const { code, stdout, stderr } = await run(['--nodes', 'many', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      error: { name: 'UsageError', message: "Expected --nodes to be an integer from 1 to 64, got 'many'." },
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends in order when it gets %s', async (signal, expected) => {
    const { code, stdout, stderr } = await run([], signal);
    expect(stderr).toMatch(new RegExp(`Stopped in order: interrupted by ${signal}\\.\n$`));
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  });
});
