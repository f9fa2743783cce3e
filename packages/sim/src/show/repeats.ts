/**
 * A wait in vain is long, and says the same over and over: heartbeats, retries, polls. Where there is no room for all of it,
 * of each sort of event the first few tell the story, and the rest is left out.
 */
import type { TracedEvent } from '../trace.ts';

/** Of one sort on one node. One more than the first shows that it goes on, and what changes from one to the next. */
const KEPT = 2;

/** The places of those that are no repetition of what came before. */
export function withoutRepeats(events: readonly TracedEvent[]): number[] {
  const seen = new Map<string, number>();
  const places: number[] = [];
  for (const [place, event] of events.entries()) {
    const sort = sortOf(event);
    const count = (seen.get(sort) ?? 0) + 1;
    seen.set(sort, count);
    if (count <= KEPT || isRare(event)) places.push(place);
  }
  return places;
}

/** What goes wrong is never left out for going wrong often. */
function isRare({ kind, life, sent }: TracedEvent): boolean {
  return kind === 'fault' || life !== undefined || sent.some(({ fate }) => fate === 'lost');
}

/** What it is about, and not which number of it: the same timer, the same kind of message, and the same kinds are sent. */
function sortOf({ node, kind, from, text, sent, told }: TracedEvent): string {
  const sends = sent.map((send) => `${send.to} ${nameIn(send.text)}`);
  return [node, kind, from, nameIn(text), told.length, ...sends].join('|');
}

function nameIn(text: string): string {
  return (text.split(/[:{]/, 1)[0] as string).replaceAll(/\d+/g, '#');
}
