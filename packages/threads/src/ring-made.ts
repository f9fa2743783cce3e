/** What a writer says to a reader of a ring, looked at before it is believed: it came through a port, from another thread. */

import { MessagePort } from 'node:worker_threads';
import { TroupeError } from '@troupe/protocol';
import { DATA, REPLY, type RingMade } from './outbound-lane.ts';
import type { RingMemory } from './ring/index.ts';
import { assertRingMemory } from './ring/memory.ts';

const ID_LENGTH_MAX = 64;

/** Ids begin with the writer's node: so no node can settle another's rings. */
export const isRingIdOf = (node: number, id: unknown): id is string =>
  typeof id === 'string' && id.length <= ID_LENGTH_MAX && id.startsWith(`${node}/`);

/** Of a ring that the node named writes. @throws TROUPE_RING_MEMORY_INVALID */
export function checkRingMade(from: number, message: unknown): RingMade {
  const { lane, memory, outOfBand, id, survives } = message as Partial<Record<keyof RingMade, unknown>>;
  const sound =
    (lane === DATA || lane === REPLY) &&
    isMemory(memory) &&
    outOfBand instanceof MessagePort &&
    isRingIdOf(from, id) &&
    (survives === undefined || isSurvival(survives));
  if (!sound) {
    throw new TroupeError(
      'TROUPE_RING_MEMORY_INVALID',
      `Expected a ring's lane, id, memory and port from node ${from}, got something else.`,
    );
  }
  assertRingMemory(memory);
  return message as RingMade;
}

/** A ring that redelivers has both of its areas. */
function isMemory(memory: unknown): memory is RingMemory {
  if (typeof memory !== 'object' || memory === null) return false;
  const { shapes, spill } = memory as Partial<RingMemory>;
  return (shapes === undefined) === (spill === undefined);
}

function isSurvival(survives: unknown): boolean {
  if (typeof survives !== 'object' || survives === null) return false;
  const { asksSince } = survives as { readonly asksSince?: unknown };
  return asksSince === undefined || Number.isInteger(asksSince);
}
