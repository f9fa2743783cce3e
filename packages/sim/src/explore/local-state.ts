/** One node as the search knows it: everything but what is on its way. */
import type { CoreShape, DriverSituation, NodeId, Ticks } from '@troupe/protocol';
import type { NodeView } from '../view.ts';
import type { MessageFacts } from './spent-messages.ts';

/** Plain data, and never mutated once it has a number: the node's steps work on copies. */
export interface Situation<S extends CoreShape> {
  readonly isUp: boolean;
  readonly isCorrect: boolean;
  /** Of the incarnation that runs, or of the last. */
  readonly driver: DriverSituation<S>;
  /** The fold of what is durable. */
  readonly durable: S['Durable'] | undefined;
  /** Under way to the disk, oldest first. */
  readonly unsynced: readonly S['Record'][];
  /** What the machine was given in this incarnation: to be given to it again. */
  readonly commands: readonly S['Command'][];
  /** Results that the core has not been told yet, oldest first. */
  readonly results: readonly { readonly token: S['Token']; readonly result: S['Result'] }[];
  /** How often its clock has gone on. */
  readonly clock: number;
  /** When timers are due, by ticket; empty where there is no time. */
  readonly due: ReadonlyMap<number, number>;
}

/** What a step of a node led to. */
export interface Outcome {
  /** The number of the node's state after it. */
  readonly to: number;
  /** The number of the batch that it sent. */
  readonly sends: number;
  /** The number of what could be seen of it from outside. */
  readonly told: number;
}

/** A step that a node may take by itself. */
export type OwnStep =
  | { readonly kind: 'timeout'; readonly label: string | number }
  | { readonly kind: 'persisted' }
  | { readonly kind: 'persist-failed' }
  | { readonly kind: 'applied' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' };

export type LocalStep =
  | OwnStep
  | { readonly kind: 'message'; readonly envelope: number }
  | { readonly kind: 'request'; readonly index: number };

export class LocalState<S extends CoreShape> {
  readonly node: number;
  readonly situation: Situation<S>;
  /** Its step threw: the node speaks no more. */
  readonly failure: string | undefined;
  /** Equal for states that properties can't tell apart. */
  readonly viewNumber: number;
  readonly view: NodeView<S>;
  /** Worked out when it is asked for. */
  own: readonly { readonly step: OwnStep; readonly outcomes: readonly Outcome[] }[] | undefined;
  /** By the number of the envelope that arrives. */
  readonly deliveries: (readonly Outcome[] | undefined)[] = [];
  readonly requests: (readonly Outcome[] | undefined)[] = [];
  /** With reduction. */
  facts: MessageFacts<S> | undefined;
  /** Its number once its clock has gone on. */
  later: number | undefined;

  constructor(
    node: number,
    id: NodeId,
    situation: Situation<S>,
    failure: string | undefined,
    viewNumber: number,
    now: Ticks,
  ) {
    this.node = node;
    this.situation = situation;
    this.failure = failure;
    this.viewNumber = viewNumber;
    const { isUp, isCorrect, driver } = situation;
    this.view = { id, isUp, isCorrect, now, state: driver.state, durable: situation.durable };
  }
}

/** What of a situation its future depends on: two of the same essence go on alike. */
export function essenceOf<S extends CoreShape>(situation: Situation<S>): unknown {
  const { driver, isUp, isCorrect, durable, unsynced, commands, results, clock, due } = situation;
  // A node that is down goes on from what is durable; its last state is there for properties alone.
  if (!isUp) return [isCorrect, driver.state, durable, clock];
  const timers = new Map([...driver.timers].map(([label, { ticket }]) => [label, due.get(ticket)]));
  const persists = driver.persists.map(({ token }) => token);
  return [isUp, isCorrect, driver.state, timers, driver.gate, persists, durable, unsynced, commands, results, clock];
}
