/** `troupe explore` for systems of actors: every run, by replay from the start. */
import { type ActorExplorationReport, drawForTerminal, exploreActors } from '@troupe/sim';
import { createLogUpdate } from 'log-update';
import { injectActorBug, type LoadedActorSimulation } from '../simulations/load.ts';

export interface ActorWords {
  readonly bug: string | undefined;
  readonly maxStates: number | undefined;
  readonly json: boolean;
}

/** @returns the exit code @throws TROUPE_SIM_DEFINITION */
export async function exploreActorSystem(loaded: LoadedActorSimulation, words: ActorWords): Promise<number> {
  const { bug, maxStates, json } = words;
  const simulation = bug === undefined ? loaded.simulation : injectActorBug(loaded, bug);
  const live = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  const report = await exploreActors(simulation, {
    ...(maxStates === undefined ? {} : { maxRuns: maxStates }),
    onProgress: ({ runs, states }) => live?.(`${runs} runs, ${states} situations`),
  });
  live?.clear();
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : show(report));
  return report.verdict === 'violated' || report.verdict === 'vacuous' ? 1 : 0;
}

const VERDICTS: Readonly<Record<ActorExplorationReport['verdict'], string>> = {
  holds: 'holds: in every run',
  violated: 'VIOLATED',
  vacuous: 'VACUOUS: what is to hold sometimes never did',
  'not exhaustive': 'NOT EXHAUSTIVE: a bound ended it, and nothing was found so far',
};

function show({
  name,
  runs,
  states,
  depth,
  seconds,
  neverHeld,
  verdict,
  violation,
  trace,
}: ActorExplorationReport): string {
  const lines = [
    `${name}: ${runs} runs, ${states} situations, up to ${depth} choices, ${seconds.toFixed(2)} s`,
    ...neverHeld.map((condition) => `never: ${condition}`),
    VERDICTS[verdict],
  ];
  const diagram =
    violation === undefined ? '' : `\n${drawForTerminal({ title: name, events: trace, verdict: violation })}`;
  return `${lines.join('\n')}\n${diagram}`;
}
