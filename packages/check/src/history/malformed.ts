/** What readers say of a file that is not as it must be. */
import { isTroupeError, TroupeError } from '@troupe/protocol';
import type { HistoryEvent } from './history.ts';
import type { HistoryRecorder } from './recorder.ts';

const SHOWN_MAX = 80;

/** @param line counted from 1 */
export function malformed(line: number, expected: string, got: string, cause?: unknown): TroupeError {
  const short = got.length > SHOWN_MAX ? `${got.slice(0, SHOWN_MAX)}…` : got;
  return new TroupeError('TROUPE_HISTORY_MALFORMED', `Line ${line}: expected ${expected}, got ${short}.`, {
    ...(cause === undefined ? {} : { cause }),
    data: { line, expected, got: short },
  });
}

/** An event that can't follow those before it is a malformed line too. */
export function recordLine(recorder: HistoryRecorder, event: HistoryEvent, line: number): void {
  try {
    recorder.record(event);
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_HISTORY_EVENT')) throw error;
    const [, expected = 'an event that fits', got = event.type] =
      /^Expected (.*), got (.*)\.$/.exec(error.message) ?? [];
    throw malformed(line, expected, got, error);
  }
}
