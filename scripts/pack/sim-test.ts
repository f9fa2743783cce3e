/**
 * `simTest` as a stranger has it: in a project where the packages are installed, vitest runs a test of a protocol of the
 * project's own, once wrong and once mended. The wrong one must fail with its seed, its schedule made small and the command
 * that shows it again; the other must pass.
 */
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace.ts';

/** n1 hands out a lock, for good. A server that does not look who has it gives it to whoever asks. */
const LOCK = `
import { defineSimulation } from 'troupe/sim';

const lock = (looks) => ({
  name: 'lock',
  init: ({ self, nodes }) => ({ self, server: nodes[0], holder: null, isHeld: false }),
  step(state, event, out) {
    if (event.kind === 'start' || event.kind === 'timeout') {
      if (state.self !== state.server) out.send(state.server, { kind: 'acquire' });
      out.setTimer('retry', 20);
    } else if (event.kind === 'message' && event.message.kind === 'granted') {
      state.isHeld = true;
    } else if (event.kind === 'message' && (!looks || state.holder === null)) {
      state.holder = event.from;
      out.send(event.from, { kind: 'granted' });
    }
  },
});

export const simulationOf = (looks) => defineSimulation({
  name: 'lock',
  core: lock(looks),
  nodes: 3,
  options: (self, nodes) => ({ self, nodes }),
  faults: { processes: { crashes: () => 0 } },
  always: { 'nobody shares it': ({ nodes }) => nodes.filter(({ state }) => state.isHeld).length <= 1 },
  sometimes: { 'somebody has it': ({ nodes }) => nodes.some(({ state }) => state.isHeld) },
});
`;
const simulation = (looks: boolean) =>
  `import { simulationOf } from './lock.js';\nexport default simulationOf(${looks});\n`;
const TEST = `
import { simTest } from 'troupe/vitest';
simTest('wrong', { seeds: 100 }, new URL('./wrong.js', import.meta.url));
simTest('mended', { seeds: 100 }, new URL('./mended.js', import.meta.url));
`;

/** What the failing test has to say. */
const TOLD = [
  /100 seeds of lock to hold/,
  /Seed \d+ breaks 'nobody shares it'/,
  /Made small: \d+ events/,
  /n2 ← n1: granted/,
  /npx troupe sim wrong\.js --seed \d+/,
  /1 failed.*1 passed/,
];

/** @returns what is wrong */
export function trySimTest(project: string): string[] {
  const files = { 'lock.js': LOCK, 'wrong.js': simulation(false), 'mended.js': simulation(true), 'lock.test.js': TEST };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  const installed = join(ROOT, 'node_modules', 'vitest');
  symlinkSync(installed, join(project, 'node_modules', 'vitest'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(installed, 'vitest.mjs'), 'run'], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const missing = TOLD.filter((what) => !what.test(stdout + stderr));
  if (status === 1 && missing.length === 0) return [];
  return [`smoke: simTest, installed, ends with ${status} and does not say ${missing.join(', ')}:\n${stdout}${stderr}`];
}
