/**
 * The bank in the simulator, its actors as they are: nodes pause, are slow and crash, virtual time passes, and no cent may
 * be made. Where nobody died in the middle of a transfer, none may be lost either: what a bank's death leaves half done is
 * for a saga.
 *
 * `npx troupe sim examples/bank/simulation.ts`
 */

import { isTroupeError, type RefOf, type System } from 'troupe';
import { type ActorWorld, defineActorSimulation } from 'troupe/sim';
import { Bank, type Charter } from './bank.ts';
import { Journal } from './journal.ts';

const ACCOUNTS = ['ann', 'bob', 'cat'] as const;
const TOTAL = 100_00;
const TRANSFERS = 10;

interface Observed {
  refused: number;
  done: number;
  /** A transfer got no answer. */
  unknown: number;
}

export default defineActorSimulation<Observed>({
  name: 'bank',
  nodes: 2,
  faults: { processes: { crashes: () => 1 } },
  observed: () => ({ refused: 0, done: 0, unknown: 0 }),
  run: async (system, world) => {
    // The journal stands for a database: its node does not fail.
    const journal = await system.spawn(Journal, undefined, { node: 'main' });
    await journal.ask.record({ account: 'ann', amount: TOTAL });
    const bank = await open(system, { journal, accounts: ACCOUNTS });
    await Promise.all(Array.from({ length: TRANSFERS }, () => transfer(bank, world)));
  },
  always: {
    'no cent is made': ({ actors }) => sum(actors(Journal)) <= TOTAL,
  },
  finally: {
    'no cent is lost': ({ actors, observed }) =>
      observed.unknown > 0 || sum(actors(Journal)) === TOTAL || `${TOTAL - sum(actors(Journal))} cents are missing`,
  },
  sometimes: {
    'a transfer is refused': ({ observed }) => observed.refused > 0,
    'a transfer is done': ({ observed }) => observed.done > 0,
    'nobody knows what became of a transfer': ({ observed }) => observed.unknown > 0,
  },
});

/** Its node may end meanwhile: then again, once it is up. */
async function open(system: System, charter: Charter): Promise<RefOf<typeof Bank>> {
  for (;;) {
    try {
      return await system.spawn(Bank, charter, { node: 'n1' });
    } catch (error) {
      if (!isTroupeError(error, 'TROUPE_NODE_DOWN')) throw error;
      await system.whenUp('n1');
    }
  }
}

async function transfer(bank: RefOf<typeof Bank>, world: ActorWorld<Observed>): Promise<void> {
  const one = (label: string) => ACCOUNTS[world.choose(label, ACCOUNTS.length)] as string;
  const [from, to, amount] = [one('from'), one('to'), 1 + world.choose('amount', TOTAL)];
  await world.sleep(world.choose('when', 1_000));
  try {
    await bank.ask.transfer({ from, to, amount });
    world.observed.done++;
  } catch (error) {
    if (isTroupeError(error, 'TROUPE_REFUSED')) world.observed.refused++;
    else world.observed.unknown++;
  }
}

function sum(journals: readonly { readonly state: { readonly balances: ReadonlyMap<string, number> } }[]): number {
  return journals.flatMap(({ state }) => [...state.balances.values()]).reduce((total, balance) => total + balance, 0);
}
