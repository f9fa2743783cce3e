import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { erlangRelease } from '../peers/erlang/emulator.ts';

/** Where and when the figures were taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly os: string;
  readonly node: string;
  /** The OTP release, or null where `erl` is not on the PATH. */
  readonly erl: string | null;
  readonly date: string;
  readonly commit: string | null;
  readonly quick: boolean;
}

export function describeMachine(quick: boolean): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    erl: erlangRelease() ?? null,
    date: new Date().toISOString(),
    commit: commit(),
    quick,
  };
}

function commit(): string | null {
  try {
    const output = execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.toString().trim();
  } catch {
    return null; // A tarball has no history.
  }
}
