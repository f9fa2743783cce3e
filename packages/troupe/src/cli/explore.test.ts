import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExplorationReport } from '@troupe/sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

async function explore(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, 'explore', ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-explore-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('troupe explore', () => {
  it('tells states, and that a bound ended it', async () => {
    const { code, stdout } = await explore('commit', '--max-states', '1000', '--json');
    const report = JSON.parse(stdout) as ExplorationReport;
    expect(report).toMatchObject({ verdict: 'not exhaustive', bound: 'maxStates', violations: 0 });
    expect(report.states).toBeGreaterThan(1000);
    expect(code).toBe(0);
  });

  it('finds an injected bug, prints the shortest way there, and ends with 1', async () => {
    const { code, stdout } = await explore('commit', '--bug', 'commit-4');
    expect(stdout).toContain("always 'agreement'");
    expect(stdout).toMatch(/ 1 n1 is asked for begin\n +sends prepare to n2, n3/);
    expect(stdout).toContain('n2: timer ask fires');
    expect(code).toBe(1);
  });

  it('explores a module of the user’s', async () => {
    const path = write(
      'idle.mjs',
      `export default {
        name: 'idle',
        core: { name: 'idle', init: () => ({ asked: 0 }), step: (state, event) => { if (event.kind === 'request') state.asked++; } },
        nodes: 2,
        options: () => ({}),
        always: { 'asked at most once': ({ nodes }) => nodes.every(({ state }) => state.asked < 2) },
        exploration: { nodes: 2, requests: (nodes) => nodes.map((node) => ({ node, request: 'go' })) },
      };`,
    );
    const { code, stdout } = await explore(path);
    expect(stdout).toMatch(/^idle: 4 states, 4 transitions, depth 2, 1 ends/);
    expect(code).toBe(0);
  });

  it('names what there is where a protocol, a bug or an option is unknown: exit code 2', async () => {
    const wrong: [string[], string][] = [
      [['paxus'], ") or the path of a module, got 'paxus'"],
      [['commit', '--bug', 'commit-9'], 'commit-1, commit-2'],
      [['commit', '--max-states', 'many'], "got 'many'"],
      [[], 'Expected one protocol or module, got 0'],
      [['./none.ts'], 'Expected a module that exists'],
      [[write('empty.mjs', 'export default 5;')], 'a simulation as the default export'],
      [[write('broken.mjs', 'throw new Error("no luck");')], 'no luck'],
    ];
    for (const [args, said] of wrong) {
      const { code, stderr } = await explore(...args);
      expect(stderr).toContain(said);
      expect(stderr).toContain('Try: troupe explore --help');
      expect(code, said).toBe(2);
    }
  });

  it('names a property that throws: exit code 2', async () => {
    const path = write(
      'throwing.mjs',
      `export default {
        name: 'throwing', nodes: 1, options: () => ({}),
        core: { name: 'idle', init: () => ({}), step() {} },
        always: { bad: () => { throw new Error('not today'); } },
        exploration: { nodes: 1 },
      };`,
    );
    const { code, stderr } = await explore(path);
    expect(stderr).toContain('not today');
    expect(code).toBe(2);
  });
});
