import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

async function troupe(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test('--help tells the commands, and ends well', async () => {
  const { code, stdout } = await troupe('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('doctor');
});

test('an unknown command, and a wrong option, are usage: exit code 2 and what was expected', async () => {
  expect(await troupe('dance')).toMatchObject({ code: 2, stderr: expect.stringContaining("got 'dance'") });
  expect(await troupe('doctor', '--nodes', 'many')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("got 'many'"),
  });
  expect(await troupe('doctor', '--fast')).toMatchObject({
    code: 2,
    stderr: "troupe: Expected the options of doctor, got others: Unknown option '--fast'. Try: troupe doctor --help\n",
  });
});

test('an error is one JSON object too, where that is asked for', async () => {
  const { code, stdout, stderr } = await troupe('doctor', '--json', '--nodes', 'many');
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { name: 'UsageError', message: expect.stringContaining("got 'many'") },
  });
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
});

test('a reader that goes before the end, as head does, ends it in silence', async () => {
  const child = spawn(process.execPath, [main, 'doctor', '--nodes', '1']);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect({ said, code, signal }).toEqual({ said: '', code: 0, signal: null });
});

test('doctor finds a working machine, says so in JSON, and ends by itself', async () => {
  const { code, stdout } = await troupe('doctor', '--nodes', '1', '--json');
  const report = JSON.parse(stdout) as { ok: boolean; findings: { what: string; ok: boolean }[] };
  expect(report.findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(report.ok).toBe(true);
  expect(code).toBe(0);
  expect(report.findings.map(({ what }) => what)).toContain('n1: killed, restarted, its actor answers again');
});
