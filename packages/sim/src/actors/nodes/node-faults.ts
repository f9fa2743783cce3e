/**
 * Makes things go wrong on the nodes of a simulated actor system, while a run is in its phase under faults: threads die,
 * hang for a while, or become slow. What may happen was drawn for the run; when and to whom is chosen as it goes. Never
 * are more nodes down or paused at once than the bounds say, and none is ended more often than it may be restarted.
 */
import { DELAY } from '../../choices/priority-chooser.ts';
import type { DrawnFaults } from '../../swarm.ts';
import type { EventDescription } from '../../trace.ts';
import { WorldEvent } from '../../world/agenda.ts';
import type { World } from '../../world/world.ts';
import type { Cluster } from './cluster.ts';
import type { NodeSupervision } from './node-supervision.ts';

/** Ticks between two faults, at most; and how long one lasts. */
const GAP_MAX = 100;
const LENGTH_MAX = 200;
/** The most ticks that each event of a slow node takes. */
const SLOW_MAX = 10;

type NodeFault = 'crash' | 'pause' | 'slow';

/** It may be left out when a run is shrunk. */
export class FaultEvent extends WorldEvent {
  private readonly text: string;
  private readonly act: () => void;

  constructor(text: string, act: () => void) {
    super();
    this.text = text;
    this.act = act;
  }

  get origin(): 'fault' {
    return 'fault';
  }

  label(): string {
    return this.text;
  }

  describe(): EventDescription {
    return { node: undefined, kind: 'fault', text: this.text };
  }

  happen(): void {
    this.act();
  }
}

export class NodeFaults {
  /** How often each kind came about. */
  readonly counts: Record<string, number> = {};
  private readonly world: World;
  private readonly cluster: Cluster;
  private readonly supervision: NodeSupervision;
  private readonly kinds: readonly NodeFault[];
  private readonly faultyMax: number;
  private readonly crashes: number[];
  /** Nodes that are paused, until when. */
  private readonly pausedUntil: number[];
  private isOver = false;

  constructor(cluster: Cluster, supervision: NodeSupervision, faults: DrawnFaults) {
    this.world = cluster.world;
    this.cluster = cluster;
    this.supervision = supervision;
    const workers = cluster.names.length - 1;
    this.faultyMax = faults.processes.crashes(workers);
    const may: readonly (readonly [NodeFault, boolean])[] = [
      ['crash', this.faultyMax > 0],
      ['pause', faults.processes.pauses],
      ['slow', faults.processes.slow],
    ];
    this.kinds = may.filter(([, isOn]) => isOn).map(([kind]) => kind);
    this.crashes = cluster.names.map(() => 0);
    this.pausedUntil = cluster.names.map(() => 0);
  }

  start(): void {
    if (this.kinds.length > 0 && this.cluster.names.length > 1) this.next();
  }

  /** Faults end. */
  heal(): void {
    this.isOver = true;
    this.cluster.heal();
  }

  private next(): void {
    const gap = 1 + this.world.choose(`${DELAY}fault`, GAP_MAX);
    this.world.at(
      this.world.now + gap,
      new FaultEvent('fault', () => {
        if (this.isOver) return;
        this.next();
        const kind = this.kinds[this.world.choose('fault kind', this.kinds.length + 1) - 1];
        if (kind !== undefined) this.begin(kind);
      }),
    );
  }

  private begin(kind: NodeFault): void {
    const { world, supervision } = this;
    const up = this.cluster.names.map((_, index) => index).filter((index) => index > 0 && supervision.living(index));
    const faulty = this.cluster.names.filter((_, index) => index > 0 && this.isFaulty(index)).length;
    const candidates = kind === 'slow' ? up : up.filter((index) => !this.isFaulty(index) && this.mayCrash(kind, index));
    if (candidates.length === 0 || (kind === 'crash' && faulty >= this.faultyMax)) return;
    const index = candidates[world.choose('fault node', candidates.length)] as number;
    const length = 1 + world.choose(`${DELAY}fault lasts`, LENGTH_MAX);
    world.at(
      world.now,
      new FaultEvent(`${this.cluster.names[index]} ${kind}`, () => this.afflict(kind, index, length)),
    );
  }

  private afflict(kind: NodeFault, index: number, length: number): void {
    if (this.isOver || this.supervision.living(index) === undefined) return;
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (kind === 'crash') {
      this.crashes[index] = (this.crashes[index] as number) + 1;
      this.supervision.crash(index, 'a fault of the simulation');
    } else if (kind === 'pause') {
      this.pausedUntil[index] = this.world.now + length;
      this.supervision.pause(index, length);
    } else {
      this.cluster.slow(index, 1 + this.world.choose('slow by', SLOW_MAX));
      const name = this.cluster.names[index];
      const end = (): void => this.cluster.slow(index, 0);
      this.world.at(this.world.now + length, new FaultEvent(`${name} no longer slow`, end));
    }
  }

  private isFaulty(index: number): boolean {
    return this.supervision.living(index) === undefined || (this.pausedUntil[index] as number) > this.world.now;
  }

  private mayCrash(kind: NodeFault, index: number): boolean {
    return kind !== 'crash' || (this.crashes[index] as number) < this.supervision.restartsMax;
  }
}
