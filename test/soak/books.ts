/** Reads what sources and sinks wrote down, and says what is wrong with it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Books {
  /** Messages that sources had written down as about to be sent. */
  readonly sent: number;
  /** Messages handled, each counted once. */
  readonly handled: number;
  /** Asks among them. */
  readonly asksHandled: number;
  /** Handled more than once. */
  readonly again: number;
  /** Order that was broken, or a message handled twice where it must not be. */
  readonly wrong: readonly string[];
}

/** `mayRepeat` says of which sinks messages may be handled again in a later life. */
export function readBooks(folder: string, mayRepeat: (sink: string) => boolean): Books {
  let sent = 0;
  let handled = 0;
  let asksHandled = 0;
  let again = 0;
  const wrong: string[] = [];
  /** By sink and sender: the last message handled, in all lives of the sink so far. */
  const last = new Map<string, number>();
  for (const name of readdirSync(folder).sort()) {
    const [kind, , id] = name.split(' ') as [string, string, string];
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    if (kind === 'sent') {
      sent += lines.length;
      continue;
    }
    const sink = id.slice(0, id.indexOf('@'));
    /** In this life of the sink. */
    const lastHere = new Map<string, number>();
    for (const line of lines) {
      const [from, text] = line.split(' ') as [string, string];
      const n = Number(text);
      const key = `${sink} ${from}`;
      const before = lastHere.get(from) ?? 0;
      const ever = last.get(key) ?? 0;
      if (n <= before) wrong.push(`${id} handled ${from} ${n} after ${before}`);
      lastHere.set(from, n);
      if (n > ever) {
        handled++;
        if (from.startsWith('ask')) asksHandled++;
        last.set(key, n);
      } else {
        again++;
        if (!mayRepeat(sink)) wrong.push(`${id} handled ${from} ${n}, of which an earlier life had handled ${ever}`);
      }
    }
  }
  return { sent, handled, asksHandled, again, wrong };
}
