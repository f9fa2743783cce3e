/** One defect: of which layer, what it breaks, and within how many seeds that is found. */
import type { Core } from '@troupe/protocol';
import type { Property } from '../testing/properties.fixture.ts';
import { type BroadcastShape, judge, type ScenarioOptions, type Verdict } from '../testing/scenario.fixture.ts';

export interface Bug {
  readonly layer: string;
  readonly property: string;
  readonly what: string;
  readonly seedsMax: number;
  /** Tries seed after seed until the property is broken. */
  readonly find: () => Verdict['violation'];
}

export function bug<S extends BroadcastShape>(
  layer: string,
  property: string,
  what: string,
  seedsMax: number,
  check: Property,
  scenario: ScenarioOptions,
  make: () => Core<S>,
): Bug {
  const find = () => judge(make(), { [property]: check }, scenario, seedsMax).violation;
  return { layer, property, what, seedsMax, find };
}

/** The shape of a core, to say what a mutation of it may touch. */
export type ShapeOf<C> = C extends Core<infer S> ? S : never;
