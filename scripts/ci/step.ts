import { spawn } from 'node:child_process';
import { TOOL_ENV } from '../run-tool.ts';
import { ROOT } from '../workspace.ts';
import { type Failure, Tail } from './failure.ts';

/** How long a step that ran out of time may take to end by itself before it is killed. */
const GRACE_MS = 5_000;

export interface Tally {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

export interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly timeoutSeconds: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Counts what the step ran, where that is more than itself; undefined where it left no trace. */
  readonly count?: () => Tally | undefined;
}

/** Where a step's output goes, as it comes. */
export type Output = (text: string) => void;

/** Runs one step. It fails by its exit code, by a signal, or by its time limit. */
export async function runStep(step: Step, output: Output = (text) => void process.stdout.write(text)): Promise<Tally> {
  const { name, count } = step;
  output(`\n=== ${name}\n`);
  const start = performance.now();
  const tail = new Tail();
  const end = await run(step, (text) => {
    tail.add(text);
    output(text);
  });
  const tally = tallyOf(end, tail.read(), count?.());
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const failed = tally.failures.length;
  const counts = count === undefined ? '' : `, ${tally.passed} passed, ${failed} failed`;
  const verdict = failed === 0 ? `passed: ${name}` : `FAILED: ${name}${end === undefined ? '' : `, ${end}`}`;
  output(`--- ${verdict} (${seconds} s${counts})\n`);
  return tally;
}

/**
 * A step that failed counts as a failure even if all that it counted passed, or if it counted nothing.
 *
 * @param end why the step failed, or undefined
 * @param tail the end of its output
 */
export function tallyOf(end: string | undefined, tail: string, counted: Tally | undefined): Tally {
  const { passed, failures } = counted ?? { passed: end === undefined ? 1 : 0, failures: [] };
  if (end === undefined || failures.length > 0) return { passed, failures };
  return { passed, failures: [{ what: '', why: `${end}; its last lines:\n${tail}` }] };
}

/** Why it failed, or undefined. The step is a process group of its own, so that nothing of it survives it. */
function run({ command: [program, ...args], timeoutSeconds, env }: Step, output: Output): Promise<string | undefined> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...TOOL_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', output);
  const end = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group has ended meanwhile.
    }
  };
  let isLate = false;
  let grace: NodeJS.Timeout | undefined;
  const limit = setTimeout(() => {
    isLate = true;
    end('SIGTERM');
    grace = setTimeout(end, GRACE_MS, 'SIGKILL');
  }, timeoutSeconds * 1000);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve(error.message);
    });
    child.once('exit', () => {
      clearTimeout(limit);
      clearTimeout(grace);
      end('SIGKILL');
      // Whoever has left the group may hold its output open.
      grace = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => void stream.destroy()), GRACE_MS);
    });
    child.once('close', (code, signal) => {
      clearTimeout(grace);
      const failure = code === 0 ? undefined : `exit ${code ?? signal}`;
      resolve(isLate ? `not done after ${timeoutSeconds} s` : failure);
    });
  });
}
