/** The explorer on two-phase commit: the published specification, and Troupe's own core. */
import { twoPhaseCommitSimulation } from 'troupe/commit';
import { type ExplorationReport, explore, exploreModel, twoPhase } from 'troupe/sim';
import { type Bench, timed } from '../harness/outcome.ts';
import { RESOURCE_MANAGERS } from '../workloads/sim.ts';

/** What is published for so many resource managers. */
const PUBLISHED_STATES = 296_448;
/** Three nodes, one crash at most, every vote; with participants taken for one another. */
const CORE_STATES = 554_492;

export const explorer = {
  'explore-2pc': () => bench(PUBLISHED_STATES, () => exploreModel(twoPhase(RESOURCE_MANAGERS))),
  'explore-2pc-core': () => bench(CORE_STATES, () => explore(twoPhaseCommitSimulation, { symmetry: true })),
};

/** Explores it again and again: each time all of it, and as many states as there must be. */
function bench(states: number, search: () => ExplorationReport): Bench {
  return {
    async run(count) {
      const times = Math.max(1, Math.round(count / states));
      let found = 0;
      return await timed(
        times * states,
        () => {
          for (let i = 0; i < times; i++) found += search().states;
        },
        () => found,
      );
    },
  };
}
