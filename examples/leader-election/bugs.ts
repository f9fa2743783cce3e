/** How Chang and Roberts's algorithm is got wrong, each version by one decision. */
import type { InjectedBug } from 'troupe/sim';
import { CHANG_ROBERTS, type Decisions, type Election, leaderElection } from './chang-roberts.ts';
import type { Elections } from './simulation.ts';

type Bug = InjectedBug<Election, Elections>;

export const bugs: readonly Bug[] = [
  bug('careless-participant', 'a node that takes part already lets every candidate pass, also a smaller one', {
    judge: (candidate, state) =>
      candidate !== state.self && state.isParticipant ? 'pass on' : CHANG_ROBERTS.judge(candidate, state),
  }),
  bug('shy-bystander', 'a node that takes no part lets a smaller candidate pass, and does not put itself forward', {
    judge(candidate, state) {
      const verdict = CHANG_ROBERTS.judge(candidate, state);
      return verdict === 'put forward' ? 'pass on' : verdict;
    },
  }),
  bug('swallowed-whole', 'a node that takes no part swallows a smaller candidate, and does not put itself forward', {
    judge(candidate, state) {
      const verdict = CHANG_ROBERTS.judge(candidate, state);
      return verdict === 'put forward' ? 'swallow' : verdict;
    },
  }),
  bug('quiet-followers', 'the news of a leader ends with the first who hears it', {
    announces: () => false,
  }),
];

function bug(id: string, what: string, wrong: Partial<Decisions>): Bug {
  const core = leaderElection({ ...CHANG_ROBERTS, ...wrong });
  return { id, what, inject: (simulation) => ({ ...simulation, core }) };
}
