/** `troupe explore`: goes through every state of a small configuration of a protocol, and shows the shortest way to what is wrong. */

import { parseArgs } from 'node:util';
import { isTroupeError } from '@troupe/protocol';
import {
  EXPLORE_SANDBOX_DEFAULTS,
  type ExplorationReport,
  type ExploreWatch,
  exploreInSandbox,
  type StepWords,
} from '@troupe/sim';
import { createLogUpdate } from 'log-update';
import { inSandbox } from '../simulations/in-sandbox.ts';
import { SIMULATION_NAMES } from '../simulations/index.ts';
import { type Command, UsageError } from './command.ts';
import { actorsText } from './explore-actors.ts';

const HELP = `Usage: troupe explore PROTOCOL|MODULE [--bug ID] [--symmetry|--reduction] [--max-states N] [--max-depth N] [--json]

Goes through every state of a small configuration, breadth first: every order of deliveries, timeouts and writes, and
every place for the faults that its exploration allows. Says how many states there are, and whether its properties hold
in all of them; where one does not, prints the shortest trace there. A step that does not end within ${EXPLORE_SANDBOX_DEFAULTS.stallMilliseconds / 1_000} s, or takes
more than ${EXPLORE_SANDBOX_DEFAULTS.heapMegabytes} MB, is ended and named.

Actors can't be cloned: of a system of actors it takes every run from the start: messages in every order, timers, crashes
and losses as often as its exploration allows, every draw. Of orders that differ by what commutes it runs one.

PROTOCOL is one of: ${SIMULATION_NAMES.join(', ')}. MODULE is the path of a module whose default export is a simulation.

  --bug ID        Puts a known defect in first, to see it found.
  --symmetry      Takes states for one that differ by the names of nodes alone, where the simulation says which.
                  Properties that must come to hold eventually are not decided then.
  --reduction     Leaves out messages that can change nothing any more, and orders of steps that commute. What is not
                  decided then is listed. Not with --symmetry.
  --max-states N  Ends the search there; the verdict says so. Of actors: so many runs.
  --max-depth N   The same for steps from the start.
  --json          One JSON object on standard output.

Exit code 0: nothing is wrong, or nothing was found up to a bound; 1: a property is violated, a step does not end, or
something that should happen sometimes never does; 2: usage.
`;

export const explore: Command = {
  name: 'explore',
  summary: 'Goes through every state of a small configuration of a protocol.',
  help: HELP,
  async run(args) {
    const options = parse(args);
    const live = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
    const { simulation, bug, maxStates, maxDepth, symmetry, reduction, json } = options;
    const sandbox = inSandbox({ ...EXPLORE_SANDBOX_DEFAULTS, simulation, bug, strategy: 'mixed' });
    const bounds = {
      symmetry,
      reduction,
      ...(maxStates === undefined ? {} : { maxStates }),
      ...(maxDepth === undefined ? {} : { maxDepth }),
    };
    const report = await exploreInSandbox(sandbox, bounds, (progress) => live?.(progressText(progress))).catch(explain);
    live?.clear();
    if (typeof report === 'string') {
      process.stdout.write(
        json ? `${JSON.stringify({ verdict: 'violated', violations: 1, why: report })}\n` : `${report}\n`,
      );
      return 1;
    }
    if (json)
      process.stdout.write(`${JSON.stringify({ ...report, violations: report.violation === undefined ? 0 : 1 })}\n`);
    else process.stdout.write('runs' in report ? actorsText(report) : `${show(report)}\n`);
    return report.verdict === 'violated' || report.verdict === 'vacuous' ? 1 : 0;
  },
};

interface Options {
  readonly simulation: string;
  readonly bug: string | undefined;
  readonly symmetry: boolean;
  readonly reduction: boolean;
  readonly maxStates: number | undefined;
  readonly maxDepth: number | undefined;
  readonly json: boolean;
}

/** What a step did that never ended, or took all memory: a finding. */
const FATAL: ReadonlySet<string> = new Set(['TROUPE_SIM_ENDLESS', 'TROUPE_SIM_MEMORY', 'TROUPE_SIM_ENDED']);

/** What is wrong with what was asked for, or with the user's own definition, is no finding: exit code 2. */
function explain(error: unknown): string {
  if (isTroupeError(error) && FATAL.has(error.code)) return `${error.code}: ${error.message}`;
  if (isTroupeError(error) && /^TROUPE_SIM_/.test(error.code)) throw new UsageError('explore', error.message);
  throw error;
}

function progressText(progress: Parameters<ExploreWatch['onProgress']>[0]): string {
  if ('runs' in progress) return `${count(progress.runs)} runs, ${count(progress.states)} situations`;
  const { states, depth, waiting, seconds } = progress;
  const rate = count(Math.round(states / seconds));
  return `${count(states)} states, depth ${depth}, ${count(waiting)} waiting, ${rate} a second`;
}

function show(report: ExplorationReport): string {
  const { name, states, transitions, depth, terminals, seconds, statesPerSecond, violation } = report;
  const lines = [
    `${name}: ${count(states)} states, ${count(transitions)} transitions, depth ${depth}, ${count(terminals)} ends`,
    `${seconds.toFixed(2)} s, ${count(statesPerSecond)} states a second`,
    ...Object.entries(report.reached).map(([label, steps]) => `reached after ${steps} steps: ${label}`),
    ...report.neverHeld.map((label) => `never: ${label}`),
    ...Object.entries(report.undecided).map(([property, why]) => `not decided: ${property} (${why})`),
    verdictOf(report),
  ];
  if (violation === undefined) return lines.join('\n');
  const { kind, property, why, trace, loop } = violation;
  lines.push('', `${kind} '${property}': ${why}`, '', `     ${trace.start}`);
  lines.push(...trace.steps.flatMap((step, index) => showStep(step, String(index + 1))));
  if (loop.length > 0) lines.push('', '     and from there, for ever:', ...loop.flatMap((step) => showStep(step, '·')));
  return lines.join('\n');
}

function verdictOf({ verdict, bound, violation }: ExplorationReport): string {
  switch (verdict) {
    case 'holds':
      return 'holds: in every state';
    case 'vacuous':
      return 'VACUOUS: no state is wrong, but not all happens that should sometimes';
    case 'not exhaustive':
      return `NOT EXHAUSTIVE: nothing is wrong in what was searched; it ended at ${bound}`;
    case 'violated':
      return `VIOLATED: after ${violation?.trace.steps.length} steps`;
  }
}

function showStep({ action, effects }: StepWords, place: string): string[] {
  return [`${place.padStart(4)} ${action}`, ...effects.map((effect) => `       ${effect}`)];
}

const count = (value: number): string => value.toLocaleString('en');

function parse(args: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        bug: { type: 'string' },
        symmetry: { type: 'boolean', default: false },
        reduction: { type: 'boolean', default: false },
        'max-states': { type: 'string' },
        'max-depth': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [simulation] = positionals;
    if (simulation === undefined || positionals.length > 1)
      throw new UsageError('explore', `Expected one protocol or module, got ${positionals.length}.`);
    return {
      simulation,
      bug: values.bug,
      symmetry: values.symmetry,
      reduction: values.reduction,
      maxStates: bound('max-states', values['max-states']),
      maxDepth: bound('max-depth', values['max-depth']),
      json: values.json,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = (error as Error).message.replace(/\.$/, '');
    throw new UsageError('explore', `Expected the options of explore, got others: ${why}.`);
  }
}

function bound(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError('explore', `Expected --${name} to be a whole number from 1 up, got '${given}'.`);
  return value;
}
