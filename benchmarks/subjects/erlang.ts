import type { Bench } from '../harness/outcome.ts';
import { erlangRelease, startEmulator } from '../peers/erlang/emulator.ts';
import { SUITES } from '../workloads/suites.ts';
import type { SuiteName } from '../workloads/workload.ts';
import type { Prepare, Subject } from './subject.ts';

const NO_COUNTERPART = ['node-start', 'node-start-one'];

export const subjects: readonly Subject[] = [
  {
    name: 'erlang',
    kind: 'peer',
    note: 'Erlang/OTP processes: one scheduler for local and spawn, two for threads, each side bound to its own; messages are copied',
    unavailable: () =>
      erlangRelease() === undefined ? 'Expected `erl` and `erlc` on the PATH, found none' : undefined,
    suites: {
      local: all('local', 1, ''),
      spawn: all('spawn', 1, ''),
      threads: all('threads', 2, 'threads/'),
    },
  },
];

function all(suite: SuiteName, schedulers: number, prefix: string): Readonly<Record<string, Prepare>> {
  const names = SUITES[suite].map((workload) => workload.name).filter((name) => !NO_COUNTERPART.includes(name));
  return Object.fromEntries(names.map((name) => [name, () => bench(`${prefix}${name}`, schedulers)]));
}

async function bench(workload: string, schedulers: number): Promise<Bench> {
  const emulator = await startEmulator(schedulers);
  return { run: (count) => emulator.run(workload, count), close: () => emulator.close() };
}
