/** Logs without a logger: warnings and worse, as JSON lines on stderr, in pino's shape. */

import { type Logger, type LogLevel, loggerOf, plainError, readable } from '@troupe/actors';

/** Pino's numbers. */
const LEVELS: { readonly [L in LogLevel]: number } = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

export const LOG_LEVELS: ReadonlySet<LogLevel> = new Set(Object.keys(LEVELS) as LogLevel[]);

export function jsonLogger(least: LogLevel, write: (line: string) => void): Logger {
  return loggerOf((level) => (fields, text) => {
    if (LEVELS[level] < LEVELS[least]) return;
    write(
      `${JSON.stringify({ level: LEVELS[level], time: Date.now(), ...jsonFields(fields), ...(text === undefined ? {} : { msg: text }) })}\n`,
    );
  });
}

/** The same logger, but it never throws: that a log can't be written, or has no such level, is not the matter of who is logged. */
export function totalLogger(log: Logger): Logger {
  let isTold = false;
  return loggerOf((level) => (fields, text) => {
    try {
      log[level](fields, text);
    } catch (error) {
      if (isTold) return;
      isTold = true;
      process.emitWarning(
        `Expected logger.${level} to take a record, got an error: ${plainError(error).message}. Records are lost; this is said once.`,
        'TroupeLoggerWarning',
      );
    }
  });
}

/** Errors as pino shows them: type, message, stack, code and cause. What has no JSON becomes text. */
export function jsonFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    shown[name] = readable(value) instanceof Error ? shownError(value) : shownValue(value);
  return shown;
}

/** Of one from another node any field may be anything: what is shown are its bones, which have text and numbers only. */
function shownError(error: unknown): Record<string, unknown> {
  const cause = causeOf(error);
  const { name, message, stack, code } = plainError(error) as Error & { readonly code?: string | number };
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    stack,
    ...(cause === undefined ? {} : { cause: shownError(plainError(cause)) }),
  };
}

function causeOf(error: unknown): unknown {
  try {
    return (error as Error).cause;
  } catch {
    return undefined;
  }
}

function shownValue(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return plainError(value).message;
  }
}
