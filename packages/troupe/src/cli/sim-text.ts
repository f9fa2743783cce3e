/** What a simulation did, for a terminal. */
import type { BrokenPromise, Tally } from '@troupe/sim';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1, notation: 'compact' });

export function tallyText(name: string, tally: Tally, simulatedSeconds: number, seconds: number): string {
  const { seeds, events, sometimes, faults } = tally;
  const rate = seconds > 0 ? ` (${number.format(events / seconds)} a second)` : '';
  const lines = [
    `${name}: ${seeds} seeds, ${number.format(events)} events in ${seconds.toFixed(1)} s${rate}; ${number.format(simulatedSeconds)} simulated seconds.`,
  ];
  const reached = Object.entries(sometimes);
  if (reached.length > 0) lines.push('Sometimes:', ...reached.map(([what, times]) => `  ${countText(times)} ${what}`));
  const met = Object.entries(faults).sort(([, a], [, b]) => b - a);
  if (met.length > 0)
    lines.push(`Faults, in how many seeds: ${met.map(([kind, times]) => `${kind} ${times}`).join(', ')}.`);
  const never = reached.filter(([, times]) => times === 0).map(([what]) => `'${what}'`);
  if (never.length > 0)
    lines.push(`Never reached: ${never.join(', ')}. These seeds show nothing about what comes after it.`);
  if (events === 0) lines.push('Nothing ever happened: this run shows nothing.');
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
