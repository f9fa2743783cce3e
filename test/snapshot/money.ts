/** What is known of money in a snapshot: it is nowhere twice, and nowhere lost. */

import type { NodeId } from 'troupe/protocol';
import { isConsistentCut, type MessageSnapshot, type SystemSnapshot } from 'troupe/snapshot';
import type { Payment, VectorClock } from './fixtures/branch.ts';

interface BranchState {
  readonly name: string;
  readonly balance: number;
  readonly clock: VectorClock;
}

const CARRY: ReadonlySet<string> = new Set(['receive', 'putAside', 'collect']);
const carried = ({ kind, payload }: { readonly kind: string; readonly payload: unknown }): number =>
  CARRY.has(kind) ? (payload as Payment).amount : 0;
const sum = (amounts: Iterable<number>): number => [...amounts].reduce((total, amount) => total + amount, 0);

/** All of it: in balances, mailboxes, stashes and timers, and under way between nodes, in messages and in answers. */
export function totalOf(snapshot: SystemSnapshot): number {
  const inActors = snapshot.actors.map(({ state, mailbox, stash, timers }) => {
    const { balance } = state as BranchState;
    return balance + sum([...mailbox, ...stash, ...timers].map(carried));
  });
  return sum(inActors) + inFlight(snapshot);
}

export function inFlight(snapshot: SystemSnapshot): number {
  return sum(
    snapshot.channels.flatMap(({ messages }) =>
      messages.map((message) => {
        if (message.type === 'message') return carried(message as MessageSnapshot);
        return message.type === 'answer' && message.kind === 'withdraw' ? (message.value as Payment).amount : 0;
      }),
    ),
  );
}

/** Nobody has seen more of an actor than that actor had done. */
export function isConsistent(snapshot: SystemSnapshot): boolean {
  const vectors = snapshot.actors.map(({ state }) => {
    const { name, clock } = state as BranchState;
    return [name as NodeId, new Map(Object.entries(clock))] as const;
  });
  return isConsistentCut(new Map(vectors) as never);
}
