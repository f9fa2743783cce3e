/** `troupe sim`: runs a protocol, or a module of the user's, in the simulator, seed after seed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isTroupeError } from '@troupe/protocol';
import {
  type BrokenPromise,
  drawAsHtml,
  drawForTerminal,
  readSchedule,
  replayInSandbox,
  SANDBOX_DEFAULTS,
  type SimulateOptions,
  type SimulateReport,
  STRATEGIES,
  type Strategy,
  simulate,
  type TerminalOptions,
  WORKERS_MAX,
  writeSchedule,
} from '@troupe/sim';
import { createLogUpdate } from 'log-update';
import { inSandbox } from '../simulations/in-sandbox.ts';
import { loadSimulation, SIMULATION_NAMES } from '../simulations/load.ts';
import type { SimulationName } from '../simulations/runnable.ts';
import { type Command, UsageError } from './command.ts';
import { endedBy, endingSignal, exitCodeOf } from './ending-signal.ts';
import { failureText, progressText, replayCommand, reportText, simulatedSeconds, storyOf } from './sim-text.ts';

const SEEDS_DEFAULT = 1_000;

const HELP = `Usage: troupe sim PROTOCOL|MODULE [--seeds N | --seed N | --replay FILE] [OPTION …]
       troupe sim --list [--json]

Runs a simulation under faults, once for each seed, until one breaks a property: then its schedule is made small and
shown, with the command that replays it. Exit code 0: none did, 1: one did, 2: usage, or the simulation's own code (a
property, a client) threw. Ended by SIGINT or SIGTERM it tells what there was by then: exit code 130 or 143.

  --seeds N       How many seeds. Default ${SEEDS_DEFAULT}.
  --from N        The first of them. Default 0.
  --seed N        That seed alone.
  --bug ID        With this defect put in: to see that it is found. Only in the workspace.
  --strategy S    ${STRATEGIES.join(', ')}. Default mixed: every fourth seed by priorities (PCT), the others evenly.
  --replay FILE   A schedule that --schedule has written.
  --schedule FILE Writes the failure's schedule, made small, there.
  --html FILE     Writes its space-time diagram there, as one page that needs nothing else.
  --workers N     Threads. Default: one a core.
  --stall S       Seconds after which an event is taken for one that never ends. Default ${SANDBOX_DEFAULTS.stallMilliseconds / 1_000}.
  --memory MB     What a thread may use of the heap. Default ${SANDBOX_DEFAULTS.heapMegabytes}.
  --list          The protocols that there are, and their bugs.
  --json          One JSON object on standard output.
`;

export const sim: Command = {
  name: 'sim',
  summary: 'Simulates a protocol under faults, seed after seed.',
  help: HELP,
  async run(args) {
    const words = parse(args);
    if (words.list) return await list(words.json);
    try {
      return words.replay === undefined ? await runSeeds(words) : await replay(words, words.replay);
    } catch (error) {
      if (isTroupeError(error) && (error.code === 'TROUPE_SIM_DEFINITION' || error.code === 'TROUPE_SIM_SCHEDULE'))
        throw new UsageError('sim', error.message);
      throw error;
    }
  },
};

interface Words extends SimulationName {
  readonly list: boolean;
  readonly json: boolean;
  readonly from: number;
  readonly seeds: number;
  readonly strategy: Strategy;
  readonly replay: string | undefined;
  readonly schedule: string | undefined;
  readonly html: string | undefined;
  readonly workers: number | undefined;
  readonly stallMilliseconds: number;
  readonly heapMegabytes: number;
}

async function runSeeds(words: Words): Promise<number> {
  const begun = performance.now();
  const signal = endingSignal();
  const live = !words.json && process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  const options: SimulateOptions = {
    ...inSandbox(words),
    from: words.from,
    seeds: words.seeds,
    signal,
    ...(words.workers === undefined ? {} : { workers: words.workers }),
    onProgress: (tally, found) =>
      live?.(progressText(tally, words.seeds, found === undefined ? 0 : 1, (performance.now() - begun) / 1_000)),
  };
  const report = await simulate(options);
  live?.clear();
  const seconds = (performance.now() - begun) / 1_000;
  writeFiles(words, report);
  const ended = report.isCut ? endedBy(signal) : undefined;
  if (words.json)
    process.stdout.write(`${JSON.stringify({ ...reportJson(words, report, seconds), endedBy: ended })}\n`);
  else process.stdout.write(reportText(words, report, seconds, terminal()));
  return ended === undefined ? exitCode(report.found?.violation) : exitCodeOf(ended);
}

async function replay(words: Words, file: string): Promise<number> {
  const schedule = readSchedule(read(file));
  const bug = words.bug ?? schedule.bug;
  const { outcome, trace } = await replayInSandbox(inSandbox({ ...words, bug }), schedule);
  const { violation } = outcome;
  if (words.json)
    process.stdout.write(
      `${JSON.stringify({ simulation: schedule.simulation, violations: violation === undefined ? 0 : 1, violation, trace })}\n`,
    );
  else
    process.stdout.write(
      violation === undefined
        ? 'The schedule breaks no property.\n'
        : `The schedule ${failureText(violation)}\n${drawForTerminal({ title: schedule.simulation, events: trace, verdict: violation }, terminal())}`,
    );
  return exitCode(violation);
}

/** Code of the test that threw says nothing of what it tests. */
function exitCode(violation: BrokenPromise | undefined): number {
  if (violation === undefined) return 0;
  return violation.property.startsWith('TROUPE_SIM_THREW') ? 2 : 1;
}

function writeFiles(words: Words, { name, found, shrunk }: SimulateReport): void {
  if (found === undefined || shrunk === undefined) return;
  const bug = words.bug === undefined ? {} : { bug: words.bug };
  if (words.schedule !== undefined)
    writeFileSync(words.schedule, writeSchedule({ simulation: name, ...bug, spans: shrunk.spans }));
  if (words.html !== undefined) writeFileSync(words.html, drawAsHtml(storyOf(words, name, found.seed, shrunk)));
}

async function list(json: boolean): Promise<number> {
  const protocols = await Promise.all(
    SIMULATION_NAMES.map(async (name) => {
      const { bugs } = await loadSimulation(name);
      return { name, bugs: bugs.map(({ id, what }) => ({ id, what })) };
    }),
  );
  if (json) process.stdout.write(`${JSON.stringify({ protocols })}\n`);
  else
    for (const { name, bugs } of protocols)
      process.stdout.write(`${name}\n${bugs.map(({ id, what }) => `  ${id.padEnd(14)} ${what}\n`).join('')}`);
  return 0;
}

function reportJson(words: Words, { name, tally, found, shrunk }: SimulateReport, seconds: number): object {
  return {
    simulation: name,
    ...(words.bug === undefined ? {} : { bug: words.bug }),
    seeds: tally.seeds,
    violations: found === undefined ? 0 : 1,
    events: tally.events,
    simulatedSeconds: simulatedSeconds(tally),
    seconds,
    coverage: { sometimes: tally.sometimes, faults: tally.faults },
    ...(found === undefined
      ? {}
      : {
          found: {
            seed: found.seed,
            violation: shrunk?.violation ?? found.violation,
            steps: shrunk?.violation.events,
            stepsInCalm: shrunk?.calmEvents,
            stepsBefore: found.violation.events,
            tries: shrunk?.tries,
            trace: shrunk?.trace,
            replay: replayCommand(words, found.seed),
          },
        }),
  };
}

function terminal(): TerminalOptions {
  const { isTTY, columns } = process.stdout;
  return isTTY ? { columns, isColoured: process.env['NO_COLOR'] === undefined } : {};
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError('sim', `Expected a file with a schedule, got: ${(error as Error).message}.`);
  }
}

function parse(args: readonly string[]): Words {
  const { values, positionals } = parsed(args);
  const [simulation = '', ...more] = positionals;
  const isList = values.list === true;
  if (!isList && (simulation === '' || more.length > 0))
    throw new UsageError(
      'sim',
      `Expected one protocol (${SIMULATION_NAMES.join(', ')}) or module, got ${positionals.length}.`,
    );
  if (values.seed !== undefined && (values.seeds !== undefined || values.from !== undefined))
    throw new UsageError('sim', 'Expected --seed, or --seeds with --from, got both.');
  const strategy = STRATEGIES.find((known) => known === (values.strategy ?? 'mixed'));
  if (strategy === undefined)
    throw new UsageError('sim', `Expected --strategy to be one of ${STRATEGIES.join(', ')}, got '${values.strategy}'.`);
  const seed = count('--seed', values.seed, 0);
  return {
    simulation,
    bug: values.bug,
    list: isList,
    json: values.json === true,
    from: seed ?? count('--from', values.from, 0) ?? 0,
    seeds: seed === undefined ? (count('--seeds', values.seeds, 1) ?? SEEDS_DEFAULT) : 1,
    strategy,
    replay: values.replay,
    schedule: values.schedule,
    html: values.html,
    workers: count('--workers', values.workers, 1, WORKERS_MAX),
    stallMilliseconds: (count('--stall', values.stall, 1) ?? SANDBOX_DEFAULTS.stallMilliseconds / 1_000) * 1_000,
    heapMegabytes: count('--memory', values.memory, 16) ?? SANDBOX_DEFAULTS.heapMegabytes,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seed: text,
        seeds: text,
        from: text,
        bug: text,
        strategy: text,
        replay: text,
        schedule: text,
        html: text,
        workers: text,
        stall: text,
        memory: text,
        list: flag,
        json: flag,
      },
    });
  } catch (error) {
    throw new UsageError('sim', `${(error as Error).message}.`);
  }
}

/** Seeds and what is added to them stay below 2^32. */
const COUNT_MAX = 2 ** 31;

function count(option: string, text: string | undefined, least: number, most = COUNT_MAX): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError('sim', `Expected ${option} to be a whole number from ${least} to ${most}, got '${text}'.`);
  return value;
}
