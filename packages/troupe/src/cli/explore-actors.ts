/** What the exploration of a system of actors came to, in words. */
import { type ActorExplorationReport, drawForTerminal } from '@troupe/sim';

const VERDICTS: Readonly<Record<ActorExplorationReport['verdict'], string>> = {
  holds: 'holds: in every run',
  violated: 'VIOLATED',
  vacuous: 'VACUOUS: what is to hold sometimes never did',
  'not exhaustive': 'NOT EXHAUSTIVE: a bound ended it, and nothing was found so far',
};

export function actorsText({
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
