/** What a node tells main without being asked, looked at before it is believed. */

import type { LogLevel } from '@troupe/actors';
import { LOG_LEVELS } from './log.ts';
import type { NodeReport } from './node-setup.ts';
import { assertRingMemory, type RingMemory } from './ring/memory.ts';
import { isRingIdOf } from './ring-made.ts';
import type { RingNotice } from './ring-registry.ts';

/** Undefined where it is no report of this node. Never throws. */
export function readReport(node: number, what: unknown): NodeReport | undefined {
  if (typeof what !== 'object' || what === null) return undefined;
  const { log, made, settled } = what as {
    readonly log?: unknown;
    readonly made?: unknown;
    readonly settled?: unknown;
  };
  if (typeof settled === 'string') return { settled };
  if (log !== undefined) return readLog(log);
  return isNotice(node, made) ? { made } : undefined;
}

function readLog(log: unknown): NodeReport | undefined {
  if (!Array.isArray(log)) return undefined;
  const [level, fields, text] = log as readonly unknown[];
  if (!LOG_LEVELS.has(level as LogLevel) || typeof fields !== 'object' || fields === null) return undefined;
  if (text !== undefined && typeof text !== 'string') return undefined;
  return { log: [level as LogLevel, fields as Readonly<Record<string, unknown>>, text] };
}

function isNotice(from: number, made: unknown): made is RingNotice {
  if (typeof made !== 'object' || made === null) return false;
  const { id, node, life, memory } = made as Readonly<Record<string, unknown>>;
  if (!isRingIdOf(from, id) || !Number.isInteger(node) || !Number.isInteger(life)) return false;
  if (typeof memory !== 'object' || memory === null) return false;
  try {
    assertRingMemory(memory as RingMemory);
    return true;
  } catch {
    return false;
  }
}
