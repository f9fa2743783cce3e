/**
 * Runs the Erlang peer in an emulator of its own: a line in, a line out. It ends when its input is closed,
 * also when this process is killed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Outcome } from '../../harness/outcome.ts';

const MODULE = 'troupe_peer';
const SOURCE = path.join(import.meta.dirname, `${MODULE}.erl`);

export interface Emulator {
  /** Runs one workload once. */
  run(workload: string, count: number): Promise<Outcome>;
  close(): Promise<void>;
}

/** The OTP release on the PATH, or undefined where there is none. */
export function erlangRelease(): string | undefined {
  const program = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  try {
    return execFileSync('erl', ['-noshell', '-eval', program], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  } catch {
    return undefined;
  }
}

export async function startEmulator(schedulers: number): Promise<Emulator> {
  const options = ['+S', `${schedulers}:${schedulers}`, '-noshell', '-pa', compiled(), '-s', MODULE, 'main'];
  const emulator = spawn('erl', options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('Expected an answer from the Erlang peer, got its end');
    return value;
  };
  await next();
  return {
    async run(workload, count) {
      emulator.stdin.write(`${workload} ${count}\n`);
      return parsed(await next());
    },
    async close() {
      const ended = new Promise((resolve) => emulator.once('close', resolve));
      emulator.stdin.end();
      await ended;
    },
  };
}

/** Compiles into a temporary folder named after the source, so that a run compiles once; the rename is atomic. */
function compiled(): string {
  const digest = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const folder = path.join(os.tmpdir(), `${MODULE}-${digest}`);
  if (existsSync(path.join(folder, `${MODULE}.beam`))) return folder;
  const building = path.join(folder, `building-${process.pid}`);
  mkdirSync(building, { recursive: true });
  execFileSync('erlc', ['-o', building, SOURCE], { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(path.join(building, `${MODULE}.beam`), path.join(folder, `${MODULE}.beam`));
  return folder;
}

function parsed(line: string): Outcome {
  const [ok, sent, handled, nanoseconds, ...rest] = line.split(' ');
  if (ok !== 'ok') throw new Error(`Expected "ok" from the Erlang peer, got "${line}"`);
  const figures = Object.fromEntries(
    rest.map((pair) => pair.split('=') as [string, string]).map(([k, v]) => [k, Number(v)]),
  );
  return { sent: Number(sent), handled: Number(handled), milliseconds: Number(nanoseconds) / 1e6, figures };
}
