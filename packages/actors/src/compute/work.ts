/**
 * A task's order and outcome as bytes: encoded where it is ordered, decoded where it is run, and back. Whoever carries them
 * on the way, as main does for all nodes, does not look into them. Refs are refused: nobody is there who could use them.
 */

import { Decoder, Encoder, type ValueInspector } from '@troupe/codec';
import { isTroupeError } from '@troupe/protocol';
import { actorError } from '../errors.ts';
import { plainError } from '../plain-error.ts';
import { taskOf } from './task.ts';

export interface WorkBytes {
  readonly bytes: Uint8Array;
  /** Buffers that were moved: they are detached where they came from. */
  readonly moved: readonly ArrayBuffer[];
}

export interface WorkOrder extends WorkBytes {
  readonly url: string;
  readonly name: string;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** @throws TROUPE_VALUE_REFUSED */
export function encodeWork(value: unknown, root: string, inspector: ValueInspector): WorkBytes {
  const encoder = new Encoder({ inspector, root });
  const bytes = encoder.encode(value);
  return { bytes, moved: encoder.transfers.map((buffer) => buffer.transfer()) };
}

const decodeWork = ({ bytes, moved }: WorkBytes): unknown => new Decoder().decode(bytes, 0, bytes.byteLength, moved);

/** Runs the task of an order, whose module is loaded. Never rejects: what it throws is an outcome too. */
export async function runWork(order: WorkOrder, inspector: ValueInspector): Promise<WorkBytes> {
  try {
    const run = taskOf(`${order.url}#${order.name}`);
    if (run === undefined) {
      throw actorError(
        'TROUPE_DEFINITION_MISSING',
        `Expected ${order.url} to define a task named '${order.name}' when it is imported, got none. Call defineTask at the top level of the module.`,
        { url: order.url, name: order.name },
      );
    }
    const value = await run(decodeWork(order));
    return encodeWork({ value } satisfies Outcome, 'result', inspector);
  } catch (error) {
    return failedWork(error, inspector);
  }
}

export function failedWork(error: unknown, inspector: ValueInspector): WorkBytes {
  try {
    return encodeWork({ error } satisfies Outcome, 'error', inspector);
  } catch (refused) {
    return encodeWork({ error: plainError(error, refused) } satisfies Outcome, 'error', inspector);
  }
}

/** The result of a task. @throws what it threw */
export function outcomeOf(work: WorkBytes): unknown {
  const outcome = decodeWork(work) as Outcome;
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/** The error with which a module could not be loaded for a task. */
export function loadFailure(url: string, error: unknown): Error {
  if (isTroupeError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return actorError(
    'TROUPE_MODULE_LOAD',
    `Expected the compute pool to import ${url}, got an error: ${text}`,
    { url },
    error,
  );
}
