/** What a program says of its nodes. */

import type { ResourceLimits } from 'node:worker_threads';
import {
  type Backoff,
  type BackoffOptions,
  backoffPolicy,
  mustBeObject,
  mustHaveOnly,
  NODE_BACKOFF,
  optionInvalid,
  REDELIVERIES,
  type Redelivery,
} from '@troupe/actors';
import { checkedLimits } from './resource-limits.ts';
import { isRingSize, RING_BYTES_DEFAULT, RING_BYTES_MAX, RING_BYTES_MIN } from './ring/memory.ts';

export interface NodeOptions {
  /** Unique; not `main`, which is the calling thread. */
  readonly name: string;
  /** The thread's limits; a node that exceeds them is ended and restarted. One huge allocation still ends the process. */
  readonly resourceLimits?: ResourceLimits;
  /** Restarts of the node within `restartPeriod` milliseconds; one more, and it stays down. Default 5 in 10,000. */
  readonly restarts?: number;
  readonly restartPeriod?: number;
  /** How long a start waits that follows one that failed: `min` milliseconds, and longer each time in a row. Default { min: 100 }, else as for actors. */
  readonly backoff?: BackoffOptions;
  /** A node that gives no sign of life for so long, although it is not idle, is ended. Milliseconds, default 5,000; false: never. */
  readonly hangTimeout?: number | false;
  /** What the restarted node gets again of the messages that other nodes had told it. Default `none`. */
  readonly redeliver?: Redelivery;
}

export interface NodePolicy {
  readonly name: string;
  readonly resourceLimits: ResourceLimits;
  readonly restarts: number;
  readonly restartPeriod: number;
  readonly backoff: Backoff;
  readonly hangTimeout: number | false;
  readonly redeliver: Redelivery;
}

export const NODE_DEFAULTS = {
  restarts: 5,
  restartPeriod: 10_000,
  backoff: NODE_BACKOFF,
  hangTimeout: 5_000,
  redeliver: 'none',
} as const;
/** A thread takes megabytes, and each pair of nodes that talk two rings. */
const NODES_MAX = 256;

/** @throws TROUPE_OPTION_INVALID */
export function nodeOptions(nodes: number | readonly NodeOptions[]): NodePolicy[] {
  if (typeof nodes === 'number') {
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX)
      throw optionInvalid('nodes', `'inline', an integer from 1 to ${NODES_MAX}, or a list of options`, nodes);
    return Array.from({ length: nodes }, (_, index) => policy({ name: `n${index + 1}` }));
  }
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > NODES_MAX)
    throw optionInvalid('nodes', `'inline', an integer from 1 to ${NODES_MAX}, or a list of as many options`, nodes);
  const policies = (nodes as readonly NodeOptions[]).map(policy);
  const names = new Set<string>(['main']);
  for (const { name } of policies) {
    if (names.has(name)) throw optionInvalid('nodes', 'names that are unique, and not main', name);
    names.add(name);
  }
  return policies;
}

/** @throws TROUPE_OPTION_INVALID */
export function ringBytesOption(bytes: number = RING_BYTES_DEFAULT): number {
  if (isRingSize(bytes)) return bytes;
  throw optionInvalid('ringBytes', `a power of two from ${RING_BYTES_MIN} to ${RING_BYTES_MAX}`, bytes);
}

function policy(options: NodeOptions): NodePolicy {
  mustBeObject('each of nodes', options);
  mustHaveOnly('a node', options, ['name', 'resourceLimits', ...Object.keys(NODE_DEFAULTS)]);
  const { name, resourceLimits, restarts, restartPeriod, hangTimeout, redeliver } = { ...NODE_DEFAULTS, ...options };
  const backoff = backoffPolicy(options.backoff, NODE_BACKOFF, `the backoff of node ${name}`);
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name))
    throw optionInvalid('the name of a node', 'up to 64 letters, digits, dots, dashes or underscores', name);
  if (!Number.isInteger(restarts) || restarts < 0)
    throw optionInvalid(`the restarts of node ${name}`, 'a non-negative integer', restarts);
  if (!(restartPeriod > 0))
    throw optionInvalid(`the restartPeriod of node ${name}`, 'a positive number of milliseconds', restartPeriod);
  if (hangTimeout !== false && !(hangTimeout > 0))
    throw optionInvalid(`the hangTimeout of node ${name}`, 'a positive number of milliseconds, or false', hangTimeout);
  if (!REDELIVERIES.has(redeliver))
    throw optionInvalid(`the redeliver of node ${name}`, `one of ${[...REDELIVERIES].join(', ')}`, redeliver);
  return {
    name,
    resourceLimits: checkedLimits(name, resourceLimits),
    restarts,
    restartPeriod,
    backoff,
    hangTimeout,
    redeliver,
  };
}
