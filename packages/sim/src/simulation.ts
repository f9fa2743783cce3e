/**
 * What is simulated: a core (or a stack of them), the world that it is to bear, who uses it, and what must hold. One
 * definition serves runs by seed, replay, shrinking, and the explorer.
 */
import type { Core, CoreShape, NodeId, RequestId, Ticks } from '@troupe/protocol';
import type { SomeFaults } from './swarm.ts';
import type { SystemModel } from './system-model.ts';
import type { Observer, Properties } from './view.ts';
import type { Adversary } from './world/byzantine.ts';

/** A whole number from 0 up to but without `n`, for the run and this label. */
export type DrawOption = (label: string, n: number) => number;

export interface Simulation<S extends CoreShape, O = undefined> {
  /** For reports; lower case with hyphens. */
  readonly name: string;
  readonly core: Core<S>;
  /** How many nodes, or between how many a seed draws. They are named n1, n2, … */
  readonly nodes: number | readonly [least: number, most: number];
  /**
   * What a node is made with. `draw` chooses for the run: every node that asks under one label gets the same. In the
   * explorer it is 0.
   */
  readonly options: (self: NodeId, nodes: readonly NodeId[], draw: DrawOption) => S['Options'];
  /** The local state machine of a core that applies; made anew for each incarnation. */
  readonly machine?: (self: NodeId) => (command: S['Command']) => S['Result'];
  /** What each node finds on its disk at the start of a run, as if it came back: a run may begin in the middle of a story. */
  readonly records?: (self: NodeId) => readonly S['Record'][];
  /** Default: asynchronous. */
  readonly model?: SystemModel;
  /** What differs from `FAULTS`. */
  readonly faults?: SomeFaults;
  /** How many of so many nodes may be Byzantine, and what stands between them and the network. Not for the explorer. */
  readonly byzantine?: { readonly nodes: (nodes: number) => number; readonly adversary: Adversary<S> };
  /** Uses the system: called once at the start of a run. Without it, nodes are started and left alone. */
  readonly clients?: (world: ClientWorld<S>) => void;
  readonly observer?: Observer<S, O>;
  /** Invariants: looked at after every event of a node. */
  readonly always?: Properties<S, O>;
  /**
   * Invariants that are too costly for each event, such as a history's linearizability: looked at when a run ends. They
   * must hold wherever it ends, also with messages under way.
   */
  readonly finally?: Properties<S, O>;
  /** What some seed must reach, or the simulation shows nothing. */
  readonly sometimes?: Properties<S, O>;
  /** What must come to hold once faults have ended, within `livenessTicks`. */
  readonly eventually?: Properties<S, O>;
  /** How long the phase under faults lasts. Default 1,000. */
  readonly safetyTicks?: number;
  /** How long the system has, once a quorum is healed, until all of `eventually` has held. Default 1,000. */
  readonly livenessTicks?: number;
  /** The small configuration that the explorer goes through; without it, `troupe explore` refuses this simulation. */
  readonly exploration?: Exploration<S, O>;
}

/** What stands outside the system and uses it. All its time and its luck come from here. */
export interface ClientWorld<S extends CoreShape> {
  readonly nodes: readonly NodeId[];
  readonly now: number;
  isUp(node: NodeId): boolean;
  /** Once, so many ticks from now. */
  after(ticks: number, action: () => void): void;
  /** Gives undefined where the node is down. `onReply` may never be called. */
  request(node: NodeId, request: S['Request'], onReply?: (reply: S['Reply']) => void): RequestId | undefined;
  /** 0 is the tame choice. */
  choose(label: string, n: number): number;
}

/** The bounds of an exhaustive search. */
export interface Exploration<S extends CoreShape, O = undefined> {
  /** How many nodes. */
  readonly nodes: number;
  /** What differs from the simulation: a small configuration has other options, and less that it must remember or reach. */
  readonly instead?: ExplorationInstead<S, O>;
  /** What each node finds on its disk at the start, as if it came back: a search may begin in the middle of a story. */
  readonly records?: (self: NodeId) => readonly S['Record'][];
  /** Each may be made once, at any time, in any order. */
  readonly requests?: (
    nodes: readonly NodeId[],
  ) => readonly { readonly node: NodeId; readonly request: S['Request'] }[];
  /** Steps from the start: what is further is left out, and the verdict says so. Default: as far as it goes. */
  readonly maxDepth?: number;
  /** How many messages in all may be lost. Default 0. */
  readonly drops?: number;
  readonly duplicates?: number;
  /**
   * Of equal messages from one node to another, so many may be on their way at once; what is sent beyond that is lost.
   * So what is sent again for ever has finitely many states. Default: any number.
   */
  readonly copies?: number;
  /** How many crashes in all; each node that is down may come back at any time. Default 0. */
  readonly crashes?: number;
  /** How many timers in all may fire; default: any number, as often as they are set. */
  readonly timeouts?: number;
  /** How many writes in all may fail; whether such a record is durable all the same, goes both ways. Default 0. */
  readonly persistFailures?: number;
  /** Without it there is no time: any timer that is set may fire, and `now` stays 0. */
  readonly clock?: ExplorationClock;
  /** Messages of a pair of nodes arrive in order. Default false. */
  readonly fifo?: boolean;
  /** Those of `always` that look at one node at a time: with partial-order reduction, these are decided. */
  readonly local?: readonly string[];
  /** Nodes that may change places without changing anything: states that differ by that alone are one. */
  readonly symmetry?: (nodes: readonly NodeId[]) => readonly NodeId[];
}

export type ExplorationInstead<S extends CoreShape, O> = Partial<
  Pick<Simulation<S, O>, 'options' | 'machine' | 'observer' | 'always' | 'finally' | 'sometimes' | 'eventually'>
>;

/**
 * Time that passes by a step of the search, as any other: so much of it, at any moment, or none. A timer fires when it is
 * due, or any time later, since nothing says how fast a node is. Of times between two steps of a clock nothing is known:
 * delays that are whole steps lose nothing by that.
 *
 * @paper Lamport: Real time is really simple (2005)
 */
export interface ExplorationClock {
  /** What a clock goes on by. @units ticks */
  readonly step: Ticks;
  /** How often, at most: the search ends there. */
  readonly steps: number;
  /**
   * How many steps a node's clock may be ahead of another's: so they drift. 0, the default: all clocks go on together, and
   * show the same.
   */
  readonly skew?: number;
}

/** A defect, put into the simulated system to show that its checks find it. Test material: it never ships. */
export interface InjectedBug<S extends CoreShape, O> {
  /** As in `raft-1`. */
  readonly id: string;
  /** A line. */
  readonly what: string;
  /** The same simulation with the defect: as a rule, with another core. */
  readonly inject: (simulation: Simulation<S, O>) => Simulation<S, O>;
}

/** Infers the types of a definition. */
export function defineSimulation<S extends CoreShape, O = undefined>(simulation: Simulation<S, O>): Simulation<S, O> {
  return simulation;
}
