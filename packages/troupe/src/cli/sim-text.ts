/** What a simulation did, for a terminal. */
import {
  type BrokenPromise,
  drawForTerminal,
  type ShrunkRun,
  type SimulateReport,
  type Story,
  type Strategy,
  type Tally,
  type TerminalOptions,
} from '@troupe/sim';
import type { SimulationName } from '../simulations/runnable.ts';

/** What was simulated, as it was asked for. */
export interface Asked extends SimulationName {
  readonly strategy: Strategy;
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1, notation: 'compact' });

export function reportText(
  asked: Asked,
  { name, tally, found, shrunk, isCut }: SimulateReport,
  seconds?: number,
  terminal: TerminalOptions = {},
): string {
  const head = tallyText(name, tally, seconds);
  if (found === undefined)
    return `${head}${isCut ? 'It was ended before it was through: no violation by then.' : 'No violation.'}\n`;
  if (shrunk === undefined)
    return `${head}\nSeed ${found.seed} ${failureText(found.violation)}\nReplay: ${replayCommand(asked, found.seed)}\n`;
  const { violation, tries, isDone } = shrunk;
  const small = `Made small: ${eventsText(shrunk)} of ${found.violation.events}, in ${tries} runs${isDone ? '' : '; it might be smaller'}.`;
  const diagram = drawForTerminal(storyOf(asked, name, found.seed, shrunk), terminal);
  return `${head}\nSeed ${found.seed} ${failureText(violation)}\n${small}\n\n${diagram}`;
}

/** A calm in which nothing came of it is not what matters. */
function eventsText({ violation, calmEvents }: ShrunkRun): string {
  if (calmEvents === 0 || calmEvents === violation.events) return `${violation.events} events`;
  return `${violation.events - calmEvents} events and ${calmEvents} of the calm,`;
}

export function storyOf(asked: Asked, name: string, seed: number, { trace, violation }: ShrunkRun): Story {
  return { title: `${name}, seed ${seed}`, events: trace, verdict: violation, command: replayCommand(asked, seed) };
}

export function replayCommand({ simulation, bug, strategy }: Asked, seed: number): string {
  const more = `${bug === undefined ? '' : ` --bug ${bug}`}${strategy === 'mixed' ? '' : ` --strategy ${strategy}`}`;
  return `npx troupe sim ${simulation}${more} --seed ${seed}`;
}

/** While it goes on. */
export function progressText(tally: Readonly<Tally>, of: number, violations: number, seconds: number): string {
  const hours = number.format(simulatedSeconds(tally) / seconds);
  return `${tally.seeds} of ${of} seeds, ${hours} simulated hours an hour, ${violations} ${violations === 1 ? 'violation' : 'violations'} found`;
}

/** A tick stands for a millisecond. */
export function simulatedSeconds(tally: Tally): number {
  return tally.ticks / 1_000;
}

function tallyText(name: string, tally: Tally, seconds: number | undefined): string {
  const { seeds, events, sometimes, faults } = tally;
  const rate = seconds === undefined ? '' : ` in ${seconds.toFixed(1)} s (${number.format(events / seconds)} a second)`;
  const lines = [
    `${name}: ${seeds} seeds, ${number.format(events)} events${rate}; ${number.format(simulatedSeconds(tally))} simulated seconds.`,
  ];
  const reached = Object.entries(sometimes);
  if (reached.length > 0) lines.push('Sometimes:', ...reached.map(([what, times]) => `  ${countText(times)} ${what}`));
  const met = Object.entries(faults).sort(([, a], [, b]) => b - a);
  if (met.length > 0)
    lines.push(`Faults, in how many seeds: ${met.map(([kind, times]) => `${kind} ${times}`).join(', ')}.`);
  const never = reached.filter(([, times]) => times === 0).map(([what]) => `'${what}'`);
  if (never.length > 0)
    lines.push(`Never reached: ${never.join(', ')}. These seeds show nothing about what comes after it.`);
  if (events === 0 && seeds > 0) lines.push('Nothing ever happened: this run shows nothing.');
  return `${lines.join('\n')}\n`;
}

export function failureText({ kind, property, message, at, states }: BrokenPromise): string {
  const what = { always: 'breaks', finally: 'ends without', eventually: 'does not come to', error: 'fails with' }[kind];
  const shown = states.map(({ node, isUp, state }) => `  ${node}${isUp ? '' : ' (down)'} ${state}\n`).join('');
  return `${what} '${property}' at tick ${at}: ${message}\n${shown === '' ? '' : `States:\n${shown}`}`;
}

function countText(times: number): string {
  return (times === 0 ? 'never' : number.format(times)).padStart(7);
}
