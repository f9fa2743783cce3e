/**
 * The clock of one life of a node: the system's, where it has one, and beside it always a Lamport time, by which events of all
 * nodes can be put in an order that no effect is before its cause in.
 *
 * A life is a process of its own: `n1`, then `n1#2`. Its Lamport time, and what else would go back, goes on from that of the
 * life before, which stands in memory that outlives it.
 *
 * @paper Lamport: Time, clocks, and the ordering of events in a distributed system (CACM 1978)
 */

import { isCounter, nextCount } from '@troupe/clocks';
import { type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import type { Milliseconds } from '../host.ts';
import { type ClockOption, type SystemClock, systemClock } from './clock-option.ts';

/** For each node: its Lamport time, the reading of the system's clock, and how many lives it has had. */
export type ClockReadings = Float64Array;

export const readingsOf = (memory: ArrayBufferLike): ClockReadings => new Float64Array(memory);
const READINGS = 3;
export const LIVES = 2;
export const READING_BYTES = READINGS * Float64Array.BYTES_PER_ELEMENT;
export const readingsAt = (node: number): number => READINGS * node;

/** As stamps and traces name a life of a node. */
export const lifeId = (node: string, life: number): NodeId => nodeId(life === 1 ? node : `${node}#${life}`);

export class NodeClock {
  readonly id: NodeId;
  /** Of the last event of this node. */
  lamport = 0;
  /** Of the same, by the system's clock; undefined without one. */
  stamp: unknown = undefined;
  private readonly system: SystemClock | undefined;
  private readonly state: unknown;
  private readonly physical: () => Milliseconds;
  private readings: ClockReadings;
  private readonly at: number;
  private readonly names: readonly string[];
  /** Lives that stamps may name. */
  private readonly known = new Set<string>();

  constructor(
    option: ClockOption | undefined,
    node: { readonly index: number; readonly names: readonly string[]; readonly life: number },
    readings: ClockReadings,
    /** Monotonic, so that no jump of a wall clock brings stamps that others refuse. */
    physical: () => Milliseconds,
  ) {
    this.names = node.names;
    this.id = lifeId(node.names[node.index] as string, node.life);
    this.system = option === undefined ? undefined : systemClock(option);
    this.state = this.system?.clock.init(this.id);
    this.readings = readings;
    this.at = readingsAt(node.index);
    this.physical = physical;
  }

  /** Goes on from where an earlier life of the node had come to. That wrote it, so it may be anything. */
  resume(): void {
    const { system, readings, at } = this;
    const [lamport = 0, reading = 0] = readings.subarray(at, at + 2);
    if (isCounter(lamport)) this.lamport = lamport;
    if (system?.resume === undefined || !isCounter(reading) || reading === 0) return;
    const stamp = system.resume(reading, this.id);
    const now = this.now();
    if (system.clock.refusal(this.state, stamp, now) === undefined) system.clock.receive(this.state, stamp, now);
  }

  /** An event of this node. */
  tick(): void {
    this.lamport = nextCount(this.lamport);
    const { system } = this;
    if (system !== undefined) this.stamp = system.clock.tick(this.state, this.now());
    this.publish();
  }

  /** Why a message with these times can't be taken in; undefined where it can. Never throws. */
  refusal(lamport: unknown, stamp: unknown): string | undefined {
    if (!isCounter(lamport)) return 'a malformed Lamport time';
    const { system } = this;
    if (system === undefined) return undefined;
    try {
      const refusal = system.clock.refusal(this.state, stamp, this.now());
      if (refusal !== undefined || system.lives === undefined) return refusal;
      for (const life of system.lives(stamp)) if (!this.hasBeen(life)) return 'a stamp of a node that never was';
      return undefined;
    } catch {
      return 'a stamp that can not be read';
    }
  }

  /** The receipt of a message with these times, which were not refused: an event of this node. */
  receive(lamport: number, stamp: unknown): void {
    this.lamport = nextCount(Math.max(this.lamport, lamport));
    const { system } = this;
    if (system !== undefined) this.stamp = system.clock.receive(this.state, stamp, this.now());
    this.publish();
  }

  /** What it has learnt of another node's end: that had come so far. */
  hearOf(index: number): void {
    const lamport = this.readings[readingsAt(index)];
    if (isCounter(lamport)) this.lamport = Math.max(this.lamport, lamport);
  }

  /** Or a stamp could have a clock remember names without end. */
  private hasBeen(id: string): boolean {
    if (this.known.has(id)) return true;
    const mark = id.lastIndexOf('#');
    const life = mark < 0 ? 1 : Number(id.slice(mark + 1));
    const node = this.names.indexOf(mark < 0 ? id : id.slice(0, mark));
    const lives = this.readings[readingsAt(node) + LIVES] ?? 0;
    // Written in one way only.
    if (node < 0 || !(life >= 1 && life <= lives) || lifeId(this.names[node] as string, life) !== id) return false;
    this.known.add(id);
    return true;
  }

  /** @see Causality.detach */
  detach(): void {
    this.readings = this.readings.slice();
  }

  private now(): Ticks {
    return (this.system?.isPhysical === true ? Math.max(0, Math.floor(this.physical())) : 0) as Ticks;
  }

  private publish(): void {
    const { readings, at, system } = this;
    readings[at] = this.lamport;
    if (system?.reading !== undefined) readings[at + 1] = system.reading(this.stamp);
  }
}
