/**
 * What is simulated: a system of actors on several nodes, the program that uses it, the faults that it is to bear, and what
 * must hold. Any definition that takes time and randomness from its context runs as it is.
 */
import type {
  CausalityOptions,
  Definition,
  KernelOptions,
  NodeRestarts,
  Redelivery,
  System,
  SystemOptions,
  SystemSnapshot,
} from '@troupe/actors';
import type { ClockFaults, LinkFaults, ProcessFaults } from '../faults.ts';
import type { HostDefect } from './nodes/host-defect.ts';

export interface ActorSimulation<O = undefined> {
  /** For reports; lower case with hyphens. */
  readonly name: string;
  /** How many nodes besides main, or between how many a seed draws. They are named n1, n2, … */
  readonly nodes: number | readonly [least: number, most: number];
  readonly options?: SimulatedSystemOptions;
  /**
   * What the system goes on from: a snapshot of a running one, say, to see what could have happened next. The nodes are those
   * of the snapshot, whatever `nodes` says. `run` finds the actors by `system.whereis` and `system.actorAt`.
   */
  readonly from?: SystemSnapshot;
  /** What differs from `ACTOR_FAULTS`. */
  readonly faults?: ActorFaults;
  /** A history variable, made anew for each run: what `run` writes and properties read. */
  readonly observed?: () => O;
  /**
   * The program: it runs on node main, which never fails, and awaits virtual time only. It must come to its end, or be
   * synchronous and leave what follows to `world.after`.
   */
  readonly run: (system: System, world: ActorWorld<O>) => Promise<void> | void;
  /** Invariants: looked at after every event of a node. */
  readonly always?: ActorProperties<O>;
  /** Looked at when a run ends. */
  readonly finally?: ActorProperties<O>;
  /** What some seed must reach, or the simulation shows nothing. */
  readonly sometimes?: ActorProperties<O>;
  /** What must come to hold once faults have ended, within `livenessTicks`. */
  readonly eventually?: ActorProperties<O>;
  /** How long the phase under faults lasts. Default 1,000. */
  readonly safetyTicks?: number;
  /** How long the system has, once nodes are healed, until its program has ended and all of `eventually` has held. Default 10,000. */
  readonly livenessTicks?: number;
  /** The small system that is explored whole: without it, `troupe explore` refuses this simulation. */
  readonly exploration?: ActorExploration;
  /** A defect of the host, to show that the checks find it. Test material. */
  readonly defect?: () => HostDefect;
}

export interface ActorExploration {
  /** How many nodes besides main. */
  readonly nodes: number;
  /** How many times in all a node may crash. It is restarted, as its supervisor allows. Default 0. */
  readonly crashes?: number;
  /** How many messages in all may be lost on their way. Between threads none is, unless a node ends. Default 0. */
  readonly drops?: number;
  /** How many times in all a timer may fire while messages are on their way: time goes on only after them. Default 0. */
  readonly timeouts?: number;
}

export interface SimulatedSystemOptions
  extends SystemOptions,
    CausalityOptions,
    Partial<KernelOptions>,
    Partial<NodeRestarts> {
  /** A node that is paused for longer is ended by its watchdog. Ticks, default 5,000; false: never. */
  readonly hangTimeout?: number | false;
  /** Bytes on their way between two nodes before senders are slowed. Default 262,144. */
  readonly laneBytes?: number;
  /** What a restarted node gets again of what other nodes had told it. Default `none`. */
  readonly redeliver?: Redelivery;
}

/** Between threads nothing is lost, doubled or reordered on its way: only what is said of them can go wrong. */
export interface ActorFaults {
  readonly links?: Partial<Pick<LinkFaults, 'delayMax'>>;
  readonly processes?: Partial<Pick<ProcessFaults, 'crashes' | 'pauses' | 'slow'>>;
  readonly clocks?: Partial<Pick<ClockFaults, 'driftPerMillion' | 'offsetMax'>>;
}

/** What stands outside the actors and uses them. All its time and its luck come from here. */
export interface ActorWorld<O = undefined> {
  /** The nodes besides main. */
  readonly nodes: readonly string[];
  /** Ticks since the run began. */
  readonly now: number;
  readonly observed: O;
  /** Whether the node's thread lives, whatever others know of it. */
  isUp(node: string): boolean;
  /** Once, so many ticks from now. */
  after(ticks: number, action: () => void): void;
  sleep(ticks: number): Promise<void>;
  /** 0 is the tame choice. */
  choose(label: string, n: number): number;
  /** What was done so far is set-up: the explorer varies only what comes after. Elsewhere it does nothing. */
  ready(): void;
  /** Ends the node's thread, wherever it is. It is restarted, as its supervisor allows. */
  crash(node: string): void;
  /** The node's thread does nothing for so long. */
  pause(node: string, ticks: number): void;
}

export interface ActorView<O> {
  readonly now: number;
  readonly nodes: readonly { readonly id: string; readonly isUp: boolean }[];
  readonly observed: O;
  /** The actors of this definition that have not stopped, on nodes that are up, with their states. Nothing may mutate them. */
  actors<A extends readonly [argument?: unknown], S, P>(definition: Definition<A, S, P>): readonly ActorState<S>[];
}

export interface ActorState<S> {
  /** As in `n2/Counter#17`. */
  readonly actor: string;
  readonly node: string;
  readonly name: string | undefined;
  readonly state: S;
}

/** True where it holds; a text says what is wrong. */
export type ActorProperty<O> = (view: ActorView<O>) => boolean | string;
export type ActorProperties<O> = Readonly<Record<string, ActorProperty<O>>>;

/** Infers the types of a definition. */
export function defineActorSimulation<O = undefined>(simulation: ActorSimulation<O>): ActorSimulation<O> {
  return simulation;
}
