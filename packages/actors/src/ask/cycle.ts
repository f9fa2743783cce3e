/** Refuses an ask to an actor that is already waiting for it, by walking the chain of askers. */

import type { Cell } from '../cell.ts';
import type { ActorRef } from '../ref.ts';
import type { Address } from '../wire.ts';
import type { PendingAsk } from './pending-ask.ts';

/** @returns the path, from the target round to itself, if this ask would close a circle */
export function cyclePath(pending: PendingAsk, asker: Cell): string[] | undefined {
  const target = pending.target;
  if (target.cell === asker) return [asker.toString(), target.toString()];
  let question = pending.parent;
  if (question === undefined) return undefined;
  const path = [asker.toString()];
  // Whoever has its answer, or gave up, waits no longer.
  while (question !== undefined && !question.settled) {
    const local: PendingAsk | undefined = question.local;
    if (local === undefined) {
      const round = remotePath(target, question.chain);
      return round === undefined
        ? undefined
        : [target.toString(), ...round.reverse(), ...path.reverse(), target.toString()];
    }
    if (local.asker === undefined) return undefined;
    if (local.asker.ref === target) return [target.toString(), ...path.reverse(), target.toString()];
    path.push(local.asker.toString());
    question = local.parent;
  }
  return undefined;
}

function remotePath(target: ActorRef, chain: readonly Address[]): string[] | undefined {
  const at = chain.findIndex(([node, id]) => node === target.nodeIndex && id === target.id);
  if (at < 0) return undefined;
  return chain.slice(0, at).map(([node, id]) => target.kernel.refs.known(node, id).toString());
}
