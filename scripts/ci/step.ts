import { spawn } from 'node:child_process';
import { TOOL_ENV } from '../run-tool.ts';
import { ROOT } from '../workspace.ts';

/** How long a step that ran out of time may take to end by itself before it is killed. */
const GRACE_MS = 5_000;

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly timeoutSeconds: number;
  /** Counts what the step ran, where that is more than itself; undefined where it left no trace. */
  readonly count?: () => Tally | undefined;
}

/** Runs one step with its output on ours. It fails by its exit code, by a signal, or by its time limit. */
export async function runStep(
  { name, command, timeoutSeconds, count }: Step,
  log: (line: string) => void = console.log,
): Promise<Tally> {
  log(`\n=== ${name}`);
  const start = performance.now();
  const failure = await run(command, timeoutSeconds);
  const tally = tallyOf(failure === undefined, count?.());
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = count === undefined ? '' : `, ${tally.passed} passed, ${tally.failed} failed`;
  const verdict =
    tally.failed === 0 ? `passed: ${name}` : `FAILED: ${name}${failure === undefined ? '' : `, ${failure}`}`;
  log(`--- ${verdict} (${seconds} s${counts})`);
  return tally;
}

/** A step that failed counts as a failure even if all that it counted passed, or if it counted nothing. */
export function tallyOf(succeeded: boolean, counted: Tally | undefined): Tally {
  const { passed, failed } = counted ?? { passed: succeeded ? 1 : 0, failed: 0 };
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) };
}

/** Why it failed, or undefined. The step is a process group of its own, so that nothing of it survives it. */
function run([program, ...args]: Step['command'], timeoutSeconds: number): Promise<string | undefined> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: TOOL_ENV,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
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
    const settle = (failure: string | undefined) => {
      clearTimeout(limit);
      clearTimeout(grace);
      end('SIGKILL');
      resolve(isLate ? `not done after ${timeoutSeconds} s` : failure);
    };
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
}
