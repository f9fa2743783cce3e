/** What a worker's end says of the simulation that ran in it, and what an error that it told of does. */
import { simError } from '../errors.ts';
import type { Violation } from '../outcome.ts';
import type { Fatal, SandboxOptions } from './sandbox.ts';

export interface FatalViolation extends Violation {
  readonly property: 'TROUPE_SIM_ENDLESS' | 'TROUPE_SIM_MEMORY' | 'TROUPE_SIM_ENDED';
}

export function fatalViolation({ kind, message: why }: Fatal, label: string, options: SandboxOptions): FatalViolation {
  const [property, message] = {
    endless: [
      'TROUPE_SIM_ENDLESS',
      `Expected every event to end, got one that took longer than ${options.stallMilliseconds} ms: ${label}.`,
    ] as const,
    memory: [
      'TROUPE_SIM_MEMORY',
      `Expected a run to need at most ${options.heapMegabytes} MB, got more at this event: ${label}.`,
    ] as const,
    ended: [
      'TROUPE_SIM_ENDED',
      `Expected a run to leave its thread alone, got at this event: ${label}: ${why}`,
    ] as const,
  }[kind];
  return { kind: 'error', property, message, at: 0, events: 0, states: [] };
}

export function loadFailure({ code, message }: { readonly code: string | undefined; readonly message: string }): Error {
  // Of Troupe's own: it says what was expected.
  if (code !== undefined) return simError('TROUPE_SIM_DEFINITION', message);
  return simError('TROUPE_SIM_DEFINITION', `Expected a module that loads, got: ${message}`);
}
