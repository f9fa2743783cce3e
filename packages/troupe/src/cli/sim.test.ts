import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from './command.ts';
import { sim as command } from './sim.ts';
import { progressText } from './sim-text.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const protocol = 'commit';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-sim-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function sim(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, 'sim', ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/** A module of the user's: a counter that must never reach 3, and does. */
async function module(name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    `const core = { name: 'counter', init: () => ({ n: 0 }), step: (state, event, out) => {
       if (event.kind === 'timeout') state.n++;
       out.setTimer('tick', 10);
     } };
     const simulation = { name: 'counter', core, nodes: 1, options: () => undefined, safetyTicks: 100,
       faults: { processes: { crashes: () => 0 } }, always: { small: ({ nodes }) => nodes[0].state.n < 3 || 'it is 3' } };
     ${body}`,
  );
  return path;
}

describe('troupe sim', () => {
  test('runs seeds that break nothing: exit code 0, and in JSON what they amounted to', async () => {
    const { code, stdout } = await sim(protocol, '--seeds', '60', '--from', '40', '--workers', '2', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ simulation: protocol, seeds: 60, violations: 0 });
    for (const name of ['events', 'simulatedSeconds', 'seconds']) expect(report[name]).toBeGreaterThan(0);
    const { sometimes, faults } = report['coverage'] as Record<string, Record<string, number>>;
    expect(sometimes?.['a transaction commits']).toBeGreaterThan(0);
    expect(faults?.['crash']).toBeGreaterThan(0);
  });

  test('tells on the way how many seeds, simulated hours an hour, and violations there are', () => {
    const tally = { seeds: 40, events: 900, ticks: 30_000, sometimes: {}, faults: {} };
    expect(progressText(tally, 1_000, 1, 2)).toBe('40 of 1000 seeds, 15 simulated hours an hour, 1 violation found');
    expect(progressText(tally, 1_000, 0, 2)).toContain(', 0 violations found');
  });

  test('says in words what it did, and names what was never reached', async () => {
    const path = await module(
      'calm.mjs',
      "export default { ...simulation, always: {}, sometimes: { 'n is 99': () => false } };",
    );
    const { code, stdout } = await sim(path, '--seeds', '5');
    expect(code).toBe(0);
    expect(stdout).toContain('counter: 5 seeds');
    expect(stdout).toContain("Never reached: 'n is 99'");
    expect(stdout).toContain('No violation.');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ended by %s tells what there was by then: exit code %i', async (signal, code) => {
    const path = await module('long.mjs', 'export default { ...simulation, always: {}, safetyTicks: 100_000 };');
    for (const more of [[], ['--json']]) {
      const child = spawn(process.execPath, [main, 'sim', path, '--seeds', '1000000', '--workers', '1', ...more]);
      let told = '';
      let complaints = '';
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk;
      });
      child.stderr.on('data', (chunk: Buffer) => {
        complaints += chunk;
      });
      // Long enough to begin; whatever it has done by then, it has to say.
      setTimeout(() => child.kill(signal), 3_000);
      const [ended] = (await once(child, 'close')) as [number | null];
      expect([ended, complaints]).toEqual([code, '']);
      if (more.length > 0)
        expect(JSON.parse(told)).toMatchObject({ simulation: 'counter', violations: 0, endedBy: signal });
      else expect(told).toMatch(/^counter: \d+ seeds[\s\S]*ended before it was through/);
    }
  });

  test('shows a failure, writes its schedule, and replays it: exit code 1', async () => {
    const path = await module('wrong.mjs', 'export default simulation;');
    const file = join(folder, 'failure.json');
    const { code, stdout } = await sim(path, '--seeds', '20', '--schedule', file);
    expect(code).toBe(1);
    expect(stdout).toContain("Seed 0 breaks 'small' at tick 30: it is 3");
    expect(stdout).toContain(`npx troupe sim ${path} --seed 0\n`);
    expect((JSON.parse(await readFile(file, 'utf8')) as { simulation: string }).simulation).toBe('counter');
    const again = await sim(path, '--replay', file);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining("breaks 'small' at tick") as unknown });
    const json = await sim(path, '--replay', file, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      simulation: 'counter',
      violations: 1,
      violation: { property: 'small' },
    });
    const other = await sim(protocol, '--replay', file);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected a schedule of commit') as unknown,
    });
  });

  test('puts in a bug by its id, and finds it by one seed again', async () => {
    const path = await module(
      'bug.mjs',
      `export default { ...simulation, always: {} };
       export const bugs = [{ id: 'counter-1', what: 'it counts too far', inject: () => simulation }];`,
    );
    const { code, stdout } = await sim(path, '--bug', 'counter-1', '--seed', '7', '--strategy', 'random', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      bug: 'counter-1',
      violations: 1,
      found: {
        seed: 7,
        violation: { property: 'small' },
        replay: `npx troupe sim ${path} --bug counter-1 --strategy random --seed 7`,
      },
    });
    expect(await sim(path, '--seed', '7')).toMatchObject({ code: 0 });
    expect(await sim(path, '--bug', 'counter-2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(counter-1)') as unknown,
    });
  });

  test('lists the protocols', async () => {
    expect(await sim('--list')).toMatchObject({ code: 0, stdout: expect.stringContaining(protocol) as unknown });
    const { protocols } = JSON.parse((await sim('--list', '--json')).stdout) as { protocols: { name: string }[] };
    expect(protocols.map(({ name }) => name)).toContain(protocol);
  });

  test.each<[string[], string]>([
    [[], 'Expected one protocol'],
    [['a', 'b'], 'got 2'],
    [['no-such-protocol'], "got 'no-such-protocol'"],
    [['./no-such.mjs'], 'Expected a module that exists'],
    [[protocol, '--seeds', '0'], "Expected --seeds to be a whole number from 1 to 2147483648, got '0'"],
    [[protocol, '--seeds', '1e3'], "got '1e3'"],
    [[protocol, '--seed', '-1'], '--seed'],
    [[protocol, '--seed', '1', '--seeds', '2'], 'got both'],
    [[protocol, '--strategy', 'luck'], "got 'luck'"],
    [[protocol, '--workers', '0'], '--workers'],
    [[protocol, '--workers', '1000'], 'from 1 to 256'],
    [[protocol, '--memory', '1'], '--memory'],
    [[protocol, '--replay', '/no/such/file'], 'Expected a file with a schedule'],
    [[protocol, '--fast'], "Unknown option '--fast'"],
  ])('refuses %j, and says what was expected', async (args, text) => {
    const refused = command.run(args);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.toThrow(text);
  });

  test('refuses modules and schedules that are wrong', async () => {
    const file = join(folder, 'old.json');
    await writeFile(file, JSON.stringify({ version: 0 }));
    const { stderr } = await sim('--fast');
    expect(stderr).toMatch(/Unknown option '--fast'.* Try: troupe sim --help\n$/);
    expect(await sim(protocol, '--replay', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('version 1, got 0') as unknown,
    });
    const none = await module('none.mjs', 'export default { ...simulation, nodes: 0 };');
    expect(await sim(none)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nodes to be a count') as unknown,
    });
    const broken = await module('broken.mjs', 'export default nothing;');
    expect(await sim(broken)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing is not defined') as unknown,
    });
  });

  test('shows where a property throws, by an error of its own: exit code 2', async () => {
    const bad = "({ nodes }) => { if (nodes[0].state.n > 1) throw new Error('not today'); return true; }";
    const path = await module('throwing.mjs', `export default { ...simulation, always: { bad: ${bad} } };`);
    const { code, stdout } = await sim(path, '--seeds', '1');
    expect(stdout).toContain("fails with 'TROUPE_SIM_THREW property 'bad''");
    expect(stdout).toContain('not today');
    expect(code).toBe(2);
  });

  test('names a handler that never ends', async () => {
    const path = await module(
      'endless.mjs',
      'export default { ...simulation, always: { small: ({ nodes }) => { while (nodes[0].state.n > 1); return true; } } };',
    );
    const { code, stdout } = await sim(path, '--seeds', '1', '--stall', '1');
    expect(code).toBe(1);
    expect(stdout).toMatch(/TROUPE_SIM_ENDLESS.*longer than 1000 ms: n1 timeout tick/);
  });
});
