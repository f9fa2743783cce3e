/** Histories in short: one line a process, `w x 1` writes 1 to x, `r x 1` reads it, `r x -` reads the initial value. */

import type { Call, History, Operation, Outcome } from '../history/history.ts';

/** Processes one after another; an operation that ends with `?` is indeterminate, with `!` it failed. */
export function processes(...lines: string[]): History<Call> {
  const operations: Operation<Call>[] = [];
  lines.forEach((line, process) => {
    for (const text of line.split(',')) operations.push(operation(text.trim(), `p${process + 1}`, operations.length));
  });
  return { operations, eventCount: 2 * operations.length };
}

function operation(text: string, process: string, index: number): Operation<Call> {
  const outcome: Outcome = text.endsWith('?') ? 'info' : text.endsWith('!') ? 'fail' : 'ok';
  const [f, key, shown] = text.replace(/[?!]$/, '').split(' ');
  const value = shown === '-' ? null : Number(shown);
  const input = f === 'w' ? { f: 'write', key: key!, value } : { f: 'read', key: key! };
  const output = f === 'r' && outcome === 'ok' ? value : outcome === 'ok' ? null : undefined;
  return { index, process, input, outcome, output, invoked: 2 * index, completed: 2 * index + 1 };
}
