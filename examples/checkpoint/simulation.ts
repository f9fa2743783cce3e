/**
 * Checkpoints in the simulator: of as many accounts and nodes as a seed draws, who know whom it draws, several at once, while
 * nodes are slow, pause and end. Where no node has ended, none may have a coin or a baton more or less than there is; where one
 * has, a checkpoint that it ended says so, and everyone that is asked for comes to an end.
 *
 * `npx troupe sim examples/checkpoint/simulation.ts`
 */

import { isTroupeError, type Ref, type System } from 'troupe';
import { type ActorSimulation, type ActorWorld, defineActorSimulation } from 'troupe/sim';
import type { SystemSnapshot } from 'troupe/snapshot';
import { Account, type AccountProtocol } from './account.ts';
import { type Count, count, countStates } from './count.ts';

const BALANCE = 10;
const ACCOUNTS_MAX = 8;
const CHECKPOINTS = 4;

interface Observed {
  accounts: number;
  nodesEnded: number;
  taken: number;
  underWay: boolean;
  givenUp: boolean;
  wrong: string | undefined;
}

export default defineActorSimulation(simulationOf(count));

export const bugs = [
  {
    id: 'states-alone',
    what: 'what is under way is forgotten, and taken for lost',
    inject: (): ActorSimulation<Observed> => simulationOf(countStates),
  },
];

function simulationOf(counted: Count): ActorSimulation<Observed> {
  return {
    name: 'checkpoint',
    nodes: [1, 4],
    options: { restarts: 100 },
    faults: { processes: { crashes: () => 1 } },
    observed: () => ({ accounts: 0, nodesEnded: 0, taken: 0, underWay: false, givenUp: false, wrong: undefined }),
    run: async (system, world) => {
      const { observed } = world;
      system.onEvent(({ type }) => {
        if (type === 'node-down') observed.nodesEnded++;
      });
      if (!(await open(system, world))) return;
      const all: Promise<void>[] = [];
      for (let number = 0; number < CHECKPOINTS; number++) {
        await world.sleep(world.choose('pause', 30));
        all.push(checkpoint(system, observed, counted));
      }
      await Promise.all(all);
    },
    always: { 'a checkpoint has all that there is, once': ({ observed }) => observed.wrong ?? true },
    sometimes: {
      'something is under way between nodes': ({ observed }) => observed.underWay,
      'a checkpoint is given up, as a node ends': ({ observed }) => observed.givenUp,
    },
  };
}

/** @returns whether all are there: a node may end before */
async function open(system: System, { observed, nodes, choose }: ActorWorld<Observed>): Promise<boolean> {
  const places = ['main', ...nodes];
  observed.accounts = 2 + choose('accounts', ACCOUNTS_MAX - 1);
  const accounts: Ref<AccountProtocol>[] = [];
  for (let number = 0; number < observed.accounts; number++) {
    const node = places[choose('place', places.length)] as string;
    try {
      accounts.push(await system.spawn(Account, { balance: BALANCE, hasBaton: number === 0 }, { node }));
    } catch (error) {
      if (isTroupeError(error, 'TROUPE_NODE_DOWN')) return false;
      throw error;
    }
  }
  // Not everyone knows everyone, and some are known by nobody.
  for (const account of accounts)
    account.tell.meet(accounts.filter((other) => other !== account && choose('do they know each other', 3) > 0));
  return true;
}

async function checkpoint(system: System, observed: Observed, counted: Count): Promise<void> {
  let snapshot: SystemSnapshot;
  try {
    snapshot = await system.snapshot({ timeout: 3_000 });
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_SNAPSHOT_ABORTED')) throw error;
    observed.givenUp = true;
    if (observed.nodesEnded === 0) observed.wrong ??= error.message;
    return;
  }
  observed.taken++;
  observed.underWay ||= snapshot.channels.length > 0;
  // The accounts of a node that has ended begin anew.
  if (observed.nodesEnded > 0) return;
  const { money, batons } = counted(snapshot);
  const all = observed.accounts * BALANCE;
  if (money !== all || batons !== 1)
    observed.wrong ??= `${money} of ${all} coins and ${batons} batons are in ${snapshot.id}`;
}
