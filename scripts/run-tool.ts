import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ROOT } from './workspace.ts';

const BIN = join(ROOT, 'node_modules', '.bin');

/** The environment in which the workspace's own tools, its Node among them, come first. */
export const TOOL_ENV = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}` };

/** Runs a program of the workspace, with its output on ours; whether it succeeded. */
export function runTool([program, ...args]: readonly [string, ...string[]], cwd: string = ROOT): Promise<boolean> {
  const child = spawn(program, args, { cwd, env: TOOL_ENV, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}
