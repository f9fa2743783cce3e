/** What is in a snapshot: in states, and in messages that nobody has begun to handle. */

import { messagesNotBegun, type SystemSnapshot } from 'troupe/snapshot';
import type { AccountState } from './account.ts';

export interface Counted {
  readonly money: number;
  readonly batons: number;
}

export type Count = (snapshot: SystemSnapshot) => Counted;

export const count: Count = (snapshot) => {
  let { money, batons } = countStates(snapshot);
  for (const { kind, payload } of messagesNotBegun(snapshot)) {
    if (kind === 'receive') money += payload as number;
    if (kind === 'baton') batons++;
  }
  return { money, batons };
};

/** Wrong: it forgets what is under way. */
export const countStates: Count = ({ actors }) => {
  const states = actors.map(({ state }) => state as AccountState);
  return {
    money: states.reduce((sum, { balance }) => sum + balance, 0),
    batons: states.filter(({ hasBaton }) => hasBaton).length,
  };
};
