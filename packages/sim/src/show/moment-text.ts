/** What stands beside the lanes of a terminal's diagram: what happened, what was sent and told, what changed. */
import type { TracedSend } from '../trace.ts';
import type { Moment } from './layout.ts';
import { cut, harmless, widthOf } from './plain-text.ts';
import type { StateChange } from './state-changes.ts';

/** Changed fields that are told; of more, how many. */
const CHANGES_MAX = 6;
/** The longest text of one changed field. */
const VALUE_MAX = 24;

type Style = (code: string, text: string) => string;
const BOLD = '1';
const DIM = '2';
const RED = '31';

/** The lines beside one row; several events in one row are quiet starts. */
export function momentText(
  moments: readonly Moment[],
  width: number,
  style: Style,
  colourOf: (lane: number) => string,
): string[] {
  const [first] = moments;
  if (first === undefined) return [];
  const { event, lane } = first;
  const names = moments.map(({ event: { node } }) => node ?? '').join(', ');
  const says = saysOf(first);
  if (lane === undefined) return [style(BOLD, cut(harmless(says), width))];
  const room = Math.max(1, width - widthOf(names) - 1);
  const code = event.life === 'crash' ? `${BOLD};${RED}` : '';
  const text = cut(harmless(says), room);
  const lines = [`${style(`${BOLD};${colourOf(lane)}`, harmless(names))} ${code === '' ? text : style(code, text)}`];
  const add = (line: string, style_?: string) => {
    const short = cut(harmless(line), width);
    lines.push(style_ === undefined ? short : style(style_, short));
  };
  for (const { to, text: message, fate } of grouped(event.sent))
    add(`  → ${to}: ${message}${fate === 'lost' ? '  ✗ lost' : ''}`, fate === 'lost' ? RED : undefined);
  for (const told of event.told) add(`  ⇐ ${told}`, BOLD);
  const changes = changesText(first.changes);
  if (changes !== '' && event.kind !== 'start') add(`  ${changes}`, DIM);
  return lines;
}

function saysOf({ event: { kind, text, from, missed } }: Moment): string {
  if (kind !== 'deliver') return text;
  return `← ${from ?? '?'}: ${text}${missed === true ? '  (is down)' : ''}`;
}

/** What went to several in the same words is told once. */
function grouped(sent: readonly TracedSend[]): { to: string; text: string; fate: TracedSend['fate'] }[] {
  const groups = new Map<string, { to: string[]; text: string; fate: TracedSend['fate'] }>();
  for (const { to, text, fate } of sent) {
    const key = `${fate} ${text}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { to: [to], text, fate });
    else group.to.push(to);
  }
  return [...groups.values()].map(({ to, text, fate }) => ({ to: to.join(', '), text, fate }));
}

function changesText(changes: readonly StateChange[]): string {
  const shown = changes.slice(0, CHANGES_MAX).map(changeText);
  if (changes.length > CHANGES_MAX) shown.push(`and ${changes.length - CHANGES_MAX} more`);
  return shown.join(', ');
}

function changeText({ name, before, after }: StateChange): string {
  const field = name === '' ? 'state' : name;
  const value = (text: string) => cut(text, VALUE_MAX);
  if (after === undefined) return `${field} is gone`;
  return before === undefined ? `${field} = ${value(after)}` : `${field} ${value(before)} → ${value(after)}`;
}
