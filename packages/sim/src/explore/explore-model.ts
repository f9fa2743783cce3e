import type { Model } from './model.ts';
import { ModelSpace } from './model-space.ts';
import type { ExplorationReport, ExploreOptions } from './report.ts';
import { search } from './search.ts';

/** Goes through every state of a model that is written by hand. */
export function exploreModel<State, Action>(
  model: Model<State, Action>,
  options: ExploreOptions = {},
): ExplorationReport {
  return search(model.name, new ModelSpace(model), options);
}
