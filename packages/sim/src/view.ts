/** What properties are asked about: all nodes at one instant, as nobody inside the system could see them. */
import type { CoreShape, NodeId, RequestId, Ticks } from '@troupe/protocol';

export interface NodeView<S extends CoreShape> {
  readonly id: NodeId;
  readonly isUp: boolean;
  /** Has never crashed in this run, and is not Byzantine: what the textbooks call a correct process. */
  readonly isCorrect: boolean;
  /** What its clock shows. Stays 0 in the explorer, but with `exploration.clock`. */
  readonly now: Ticks;
  /** The state of the incarnation that runs, or of the last that ran. Nothing may mutate it. */
  readonly state: S['State'];
  /** What it would find after a crash, if nothing of what is still being written survived. Nothing may mutate it. */
  readonly durable: S['Durable'] | undefined;
}

export interface View<S extends CoreShape, O> {
  /** In the order of their ids. */
  readonly nodes: readonly NodeView<S>[];
  /** What the simulation's observer made of everything that happened so far; undefined without one. */
  readonly observed: O;
}

/** What can be seen from outside, in the order of events. */
export type Occurrence<S extends CoreShape> =
  | { readonly kind: 'request'; readonly node: NodeId; readonly id: RequestId; readonly request: S['Request'] }
  | { readonly kind: 'reply'; readonly node: NodeId; readonly id: RequestId; readonly reply: S['Reply'] }
  | { readonly kind: 'indication'; readonly node: NodeId; readonly indication: S['Indication'] }
  | { readonly kind: 'applied'; readonly node: NodeId; readonly command: S['Command']; readonly result: S['Result'] }
  | { readonly kind: 'crash'; readonly node: NodeId }
  | { readonly kind: 'restart'; readonly node: NodeId };

/**
 * A history variable: what a property needs to know of the past. Plain data, since the explorer clones and fingerprints
 * it as a part of the system's state: keep it as small as the properties allow.
 */
export interface Observer<S extends CoreShape, O> {
  readonly init: (nodes: readonly NodeId[]) => O;
  /** May mutate `observed`. `now` is virtual time; 0 in the explorer, which knows the clocks of nodes alone. */
  readonly on: (observed: O, occurrence: Occurrence<S>, now: Ticks) => void;
}

/** True where it holds; a text says what is wrong. */
export type Property<S extends CoreShape, O> = (view: View<S, O>) => boolean | string;

/** Properties by name. */
export type Properties<S extends CoreShape, O> = Readonly<Record<string, Property<S, O>>>;
