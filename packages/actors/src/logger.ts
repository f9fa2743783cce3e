/** Loggers made of one function, for whoever forwards records or keeps them. */

import type { Logger, LogLevel } from './host.ts';

/** @param at gives what logs at a level; it is called once for each */
export function loggerOf(at: (level: LogLevel) => Logger[LogLevel]): Logger {
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
