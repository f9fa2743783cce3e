/** Systems of actors, explored by the command that users run. */
import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';

function explore(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) => {
    execFile('npx', ['troupe', 'explore', ...args], (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), stdout }),
    );
  });
}

const EXAMPLE = 'examples/lost-update/simulation.ts';

it('goes through every run of a small system, and tells how many', async () => {
  const { code, stdout } = await explore(EXAMPLE, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'holds', violations: 0, runs: 78 });
  expect(code).toBe(0);
});

it('shows the run that loses an update: exit code 1', async () => {
  const { code, stdout } = await explore(EXAMPLE, '--bug', 'read-then-write');
  expect(stdout).toContain("finally 'nothing is lost': two counted, and the book says 1");
  expect(code).toBe(1);
});

it('refuses a system that says nothing of an exploration: exit code 2', async () => {
  expect((await explore('examples/bank/simulation.ts')).code).toBe(2);
});
