/** For an ask that timed out: what is known of the side that did not answer. */

import type { Cell } from '../cell.ts';
import { Flag } from '../cell.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef } from '../ref.ts';
import { scope } from '../scope.ts';

export interface WaitDescription {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How long another node may take to say what its actor does. A node that hangs says nothing. */
const GRACE: Milliseconds = 50;

/** Of an actor whose node was restarted. */
export const NOT_STARTED_AGAIN: WaitDescription = {
  text: 'its node was restarted, and its supervisor has not started it again yet',
  data: { depth: 0, isRunning: false },
};

/** Calls back once; at once for an actor of this node. */
export function describeWait(kernel: Kernel, target: ActorRef, done: (wait: WaitDescription) => void): void {
  const { cell, node } = target;
  if (cell !== undefined) return done(describeCell(cell));
  if (!kernel.isUp(target.nodeIndex)) return done({ text: `its node ${node} is down`, data: { node, isUp: false } });
  let isOver = false;
  const once = (wait: WaitDescription): void => {
    if (isOver) return;
    isOver = true;
    kernel.timers.cancel(timer);
    done(wait);
  };
  const silent = { text: `its node ${node} is up and busy: it did not say more in ${GRACE} ms`, data: { node } };
  const timer = kernel.timers.after(GRACE, () => once(silent));
  kernel.control.call(target.nodeIndex, { op: 'describe-wait', id: target.id }).then(
    (wait) => once(wait === undefined ? { text: 'it has stopped', data: { node } } : (wait as WaitDescription)),
    () => once({ text: `its node ${node} is down`, data: { node, isUp: false } }),
  );
}

export function describeCell(cell: Cell): WaitDescription {
  const isRunning = (cell.flags & Flag.Suspended) !== 0 || scope.cell === cell;
  const paused =
    (cell.flags & Flag.Failed) !== 0
      ? '; it failed and was not restarted yet'
      : (cell.flags & Flag.Blocked) !== 0
        ? '; it is paused by backpressure'
        : '';
  return {
    text: `${cell.depth} messages wait in its mailbox, and ${isRunning ? 'a handler is running' : 'no handler is running'}${paused}`,
    data: { depth: cell.depth, isRunning },
  };
}
