/** Logs without a logger: warnings and worse, as JSON lines on stderr, in pino's shape. */

import type { Logger, LogLevel } from '@troupe/actors';
import { plainError } from '@troupe/actors';

/** Pino's numbers. */
const LEVELS: { readonly [L in LogLevel]: number } = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** Causes of causes that are shown. */
const CAUSES_MAX = 8;
export const LOG_LEVELS: ReadonlySet<unknown> = new Set(Object.keys(LEVELS));

export function jsonLogger(least: LogLevel, write: (line: string) => void): Logger {
  const at =
    (level: LogLevel) =>
    (fields: Readonly<Record<string, unknown>>, text?: string): void => {
      if (LEVELS[level] < LEVELS[least]) return;
      write(
        `${JSON.stringify({ level: LEVELS[level], time: Date.now(), ...jsonFields(fields), ...(text === undefined ? {} : { msg: text }) })}\n`,
      );
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/**
 * A logger that never throws: what a user's logger makes of a user's error is no reason to end a node. What it could not
 * log is said on stderr.
 */
export function guardedLogger(log: Logger): Logger {
  const last = jsonLogger('trace', (line) => process.stderr.write(line));
  const at =
    (level: LogLevel) =>
    (fields: Readonly<Record<string, unknown>>, text?: string): void => {
      try {
        log[level](fields, text);
      } catch (error) {
        last[level](fields, text);
        last.error({ err: error }, 'the logger threw');
      }
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** Errors as pino shows them: type, message, stack, code and cause. What has no JSON becomes text. Never throws. */
export function jsonFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    shown[name] = isError(value) ? shownError(value, CAUSES_MAX) : shownValue(value);
  return shown;
}

/** Of one from another node any field may be anything: what is shown are its bones, which have text and numbers only. */
function shownError(error: Error, causes: number): Record<string, unknown> {
  const { name, message, stack, code } = plainError(error) as Error & { readonly code?: string | number };
  const cause = read(error, 'cause');
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code: shownValue(code) }),
    stack,
    ...(cause === undefined || causes === 0 ? {} : { cause: shownError(cause as Error, causes - 1) }),
  };
}

function shownValue(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return plainError(value).message;
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function read(value: unknown, property: string): unknown {
  try {
    return (value as Record<string, unknown> | null)?.[property];
  } catch {
    return undefined;
  }
}
