/** Systems for tests: quiet logs that can be read, and waiting for what happens rather than for a time. */

import { loggerOf } from '@troupe/actors';
import { type CreateOptions, createSystem, type Logger, type LogLevel, type System, type SystemEvent } from 'troupe';

export interface LogRecord {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string | undefined;
}

export interface Running extends AsyncDisposable {
  readonly system: System;
  readonly events: readonly SystemEvent[];
  readonly log: readonly LogRecord[];
  /** Resolves with the first event from now on, or in the past from `since` on, that matches. */
  event<T extends SystemEvent['type']>(
    type: T,
    matches?: (event: SystemEvent & { type: T }) => boolean,
  ): Promise<SystemEvent & { type: T }>;
}

export async function running(options: CreateOptions): Promise<Running> {
  const log: LogRecord[] = [];
  const events: SystemEvent[] = [];
  const waiting: ((event: SystemEvent) => void)[] = [];
  const system = await createSystem({ handleSigterm: false, logger: recorder(log), ...options });
  system.onEvent((event) => {
    events.push(event);
    for (const tell of [...waiting]) tell(event);
  });
  return {
    system,
    events,
    log,
    event: (type, matches = () => true) =>
      new Promise((resolve) => {
        const tell = (event: SystemEvent): void => {
          if (event.type !== type || !matches(event as never)) return;
          waiting.splice(waiting.indexOf(tell), 1);
          resolve(event as never);
        };
        waiting.push(tell);
      }),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

function recorder(log: LogRecord[]): Logger {
  return loggerOf((level) => (fields, text) => log.push({ level, fields, text }));
}

/** How long `until` waits, on a machine that others use too. Milliseconds. */
const UNTIL_MAX = 60_000;

/** Polls until it holds. @throws (rejects) with `what` where it does not in time */
export async function until(holds: () => boolean | Promise<boolean>, what = 'it to hold'): Promise<void> {
  for (const start = performance.now(); !(await holds()); ) {
    if (performance.now() - start > UNTIL_MAX) throw new Error(`Expected ${what} within ${UNTIL_MAX} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What an ask, or any promise, comes to: its value, or the code of its error. */
export const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error) => (error as { code?: unknown }).code ?? error,
  );
