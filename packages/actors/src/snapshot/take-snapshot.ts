/** `system.snapshot()`: one attempt, or where the caller waits for a moment without suspended actors, as many as it takes. */

import { isTroupeError } from '@troupe/protocol';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';
import { ANSWERS } from './snapshot-control.ts';
import type { SystemSnapshot } from './system-snapshot.ts';
import { snapshotAborted, Taking } from './taking.ts';

export interface SnapshotOptions {
  /** Milliseconds, default 10,000. */
  readonly timeout?: Milliseconds;
  readonly signal?: AbortSignal;
  /** Waits for a moment when no actor is suspended, at most as long as `timeout`. Default false. */
  readonly whenIdle?: boolean;
  /** Bytes of all that is recorded. Default 268,435,456. */
  readonly maxBytes?: number;
}

export const SNAPSHOT_DEFAULTS = { timeout: 10_000, whenIdle: false, maxBytes: 1 << 28 } as const;
const KNOWN = ['timeout', 'signal', 'whenIdle', 'maxBytes'];
/** How long a taker waits before it tries again for a moment without suspended actors: twice as long each time. */
const IDLE_WAIT = { first: 1, most: 50 } as const;

/** @throws (rejects) TROUPE_SNAPSHOT_ABORTED, TROUPE_OPTION_INVALID */
export async function takeSnapshot(kernel: Kernel, options: SnapshotOptions): Promise<SystemSnapshot> {
  check(options);
  const { timeout, whenIdle, maxBytes } = { ...SNAPSHOT_DEFAULTS, ...options };
  const until = kernel.timers.now() + timeout;
  for (let wait: number = IDLE_WAIT.first; ; wait = Math.min(2 * wait, IDLE_WAIT.most)) {
    try {
      return await attempt(kernel, until, whenIdle, maxBytes, options.signal);
    } catch (error) {
      const isBusy =
        isTroupeError(error, 'TROUPE_SNAPSHOT_ABORTED') && error.data['reason'] === 'an actor is suspended';
      if (!isBusy || kernel.timers.now() + wait >= until || options.signal?.aborted) throw error;
    }
    await new Promise<void>((resolve) => kernel.timers.after(wait, resolve));
  }
}

function attempt(
  kernel: Kernel,
  until: Milliseconds,
  onlyIdle: boolean,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<SystemSnapshot> {
  const { snapshots, nodes, index } = kernel;
  const id = `${kernel.name}/${snapshots.nextNumber()}`;
  const coming = nodes.all.findIndex((_, node) => nodes.mayComeUp(node));
  if (coming >= 0)
    return Promise.reject(
      snapshotAborted('a node ended', nodes.reason(coming) ?? 'it has not started yet', {
        id,
        node: nodes.nameOf(coming),
      }),
    );
  const others = nodes.othersUp();
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      if (timer !== undefined) kernel.timers.cancel(timer);
      signal?.removeEventListener('abort', cancel);
    };
    const taking = new Taking(kernel, id, [index, ...others], maxBytes, {
      resolve: (snapshot) => {
        settle();
        resolve(snapshot);
      },
      reject: (error) => {
        settle();
        reject(error);
      },
    });
    const cancel = (): void => taking.abort('cancelled', '', index, signal?.reason);
    const timer =
      until === Number.POSITIVE_INFINITY
        ? undefined
        : kernel.timers.set(until, () => taking.abort('timed out', '', index));
    if (signal?.aborted) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    snapshots.takings.set(id, taking);
    snapshots.onMarker(index, ANSWERS, {
      op: 'snapshot-marker',
      id,
      nodes: [index, ...others],
      bytesMax: maxBytes,
      onlyIdle,
    });
  });
}

function check(options: SnapshotOptions): void {
  mustBeObject('what a snapshot is given', options);
  mustHaveOnly('a snapshot', options, KNOWN);
  const { timeout, signal, whenIdle, maxBytes } = options;
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0))
    throw optionInvalid('timeout', '0 ms or more, or Infinity', timeout);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw optionInvalid('signal', 'an AbortSignal', signal);
  if (whenIdle !== undefined && typeof whenIdle !== 'boolean')
    throw optionInvalid('whenIdle', 'true or false', whenIdle);
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= 1))
    throw optionInvalid('maxBytes', 'a positive integer', maxBytes);
}
