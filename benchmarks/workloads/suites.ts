import { CHECK } from './check.ts';
import { CLOCKS } from './clocks.ts';
import { CODEC } from './codec.ts';
import { LOCAL } from './local.ts';
import { RAFT } from './raft.ts';
import { SIM } from './sim.ts';
import { SNAPSHOT } from './snapshot.ts';
import { SPAWN } from './spawn.ts';
import { STORAGE } from './storage.ts';
import { THREADS } from './threads.ts';
import type { SuiteName, Workload } from './workload.ts';

/** Every suite, in the order in which they run. */
export const SUITES: Readonly<Record<SuiteName, readonly Workload[]>> = {
  local: LOCAL,
  spawn: SPAWN,
  threads: THREADS,
  codec: CODEC,
  sim: SIM,
  check: CHECK,
  clocks: CLOCKS,
  snapshot: SNAPSHOT,
  storage: STORAGE,
  raft: RAFT,
};

export const SUITE_NAMES = Object.keys(SUITES) as readonly SuiteName[];

export function findWorkload(suite: SuiteName, name: string): Workload {
  const workload = SUITES[suite].find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`Expected a workload of suite ${suite}, got ${name}`);
  return workload;
}
