/**
 * Makes things go wrong while a run is in its phase under faults: nodes crash and come back, pause, become slow or omit
 * messages; the network falls apart and heals; disks fill up; clocks jump. What may happen was drawn for the run; when,
 * to whom and for how long is chosen as it goes. Never are more nodes faulty at once than the bounds say.
 *
 * What breaks an assumption on time (partitions, pauses, slow nodes) ends at the global stabilisation time, where the
 * model has one; what is a failure of a process (crashes, omissions, its disk) may come at any time.
 */
import type { CoreShape, NodeId } from '@troupe/protocol';
import { DELAY } from '../choices/priority-chooser.ts';
import type { DrawnFaults } from '../swarm.ts';
import type { EventDescription } from '../trace.ts';
import { WorldEvent } from './agenda.ts';
import type { CoreNode } from './core-node.ts';
import type { Links } from './links.ts';
import { outwards } from './node-clock.ts';
import { cutFor, PARTITIONS } from './partition.ts';
import type { World } from './world.ts';

/** Ticks between two faults, at most; and how long one lasts. */
const GAP_MAX = 100;
const LENGTH_MAX = 200;
/** Times that a flapping partition comes back. */
const FLAPS = 4;
/** The most ticks that each step of a slow node takes. */
const SLOW_MAX = 10;
/** Ticks from the beginning of a write to the crash that comes into it, at most. */
const IN_WRITE_MAX = 3;
/** The event in which the next fault is drawn: nothing goes wrong by it yet. */
const DRAW = 'fault';

export type FaultKind =
  | 'crash'
  | 'crash in a write'
  | 'pause'
  | 'slow'
  | 'omission'
  | 'partition'
  | 'disk full'
  | 'clock jump';

/** The global stabilisation time has come. The model says so: no strategy leaves it out. */
class Stabilisation extends WorldEvent {
  readonly #act: () => void;

  constructor(act: () => void) {
    super();
    this.#act = act;
  }

  override get isInternal(): boolean {
    return true;
  }

  get origin(): 'fault' {
    return 'fault';
  }

  label(): string {
    return 'stabilisation';
  }

  happen(): void {
    this.#act();
  }
}

class Act extends WorldEvent {
  readonly #label: string;
  readonly #node: NodeId | undefined;
  readonly #act: () => void;

  constructor(label: string, node: NodeId | undefined, act: () => void) {
    super();
    this.#label = label;
    this.#node = node;
    this.#act = act;
  }

  get origin(): 'fault' {
    return 'fault';
  }

  label(): string {
    return this.#node === undefined ? this.#label : `${this.#node} ${this.#label}`;
  }

  describe(): EventDescription {
    return { node: this.#node, kind: this.#label === DRAW ? 'other' : 'fault', text: this.#label };
  }

  happen(): void {
    this.#act();
  }
}

export class FaultInjector<S extends CoreShape> {
  /** How often each kind came about. */
  readonly counts = new Map<FaultKind, number>();
  readonly #world: World;
  readonly #nodes: readonly CoreNode<S>[];
  readonly #links: Links;
  readonly #faults: DrawnFaults;
  readonly #kinds: readonly FaultKind[];
  /** From then on the model bounds delays and the speed of nodes. */
  readonly #stableFrom: number;
  readonly #byzantine: number;
  /** Nodes that are faulty now. */
  readonly #faulty = new Set<CoreNode<S>>();
  /** What ends each fault that is under way. */
  readonly #undo = new Set<() => void>();
  #isOver = false;

  constructor(
    world: World,
    nodes: readonly CoreNode<S>[],
    links: Links,
    faults: DrawnFaults,
    byzantine: readonly CoreNode<S>[],
    stableFrom: number = Number.POSITIVE_INFINITY,
  ) {
    this.#stableFrom = stableFrom;
    this.#byzantine = byzantine.length;
    this.#world = world;
    this.#nodes = nodes;
    this.#links = links;
    this.#faults = faults;
    for (const node of byzantine) this.#faulty.add(node);
    const { processes, disks, clocks } = faults;
    const may: readonly (readonly [FaultKind, boolean])[] = [
      ['crash', processes.crashes(nodes.length) > 0],
      ['crash in a write', processes.crashesInWrites === true && processes.crashes(nodes.length) > 0],
      ['pause', processes.pauses],
      ['slow', processes.slow],
      ['omission', processes.omission],
      ['partition', faults.links.partitions && nodes.length > 1],
      ['disk full', disks.full],
      ['clock jump', clocks.jumpMax > 0],
    ];
    this.#kinds = may.filter(([, isOn]) => isOn).map(([kind]) => kind);
  }

  start(): void {
    if (this.#kinds.length === 0) return;
    if (Number.isFinite(this.#stableFrom)) this.#world.at(this.#stableFrom, new Stabilisation(() => this.#stabilise()));
    this.#next();
  }

  /**
   * Faults end, and a quorum is healed: with crashes, some of the nodes that are down may stay so, as far as the bounds
   * leave room beside the Byzantine ones.
   */
  heal(): void {
    this.#isOver = true;
    for (const undo of [...this.#undo]) undo();
    this.#links.calm();
    for (const node of this.#nodes) {
      node.onWrite = undefined;
      node.calm();
    }
    const { recovery, crashes, staysDown = crashes } = this.#faults.processes;
    let mayStay = staysDown(this.#nodes.length) - this.#byzantine;
    const mayCrash = crashes(this.#nodes.length) > 0 && mayStay > 0;
    const gone = mayCrash && staysDown !== crashes ? this.#lastCrash() : undefined;
    if (gone !== undefined) mayStay--;
    for (const node of this.#nodes) {
      if (node.isUp || node === gone || !recovery) continue;
      if (mayStay > 0 && this.#world.choose(`${node.id} stays down`, 2) === 1) mayStay--;
      else this.#restart(node);
    }
  }

  /** The last of the faults: some node goes down for good, or none. */
  #lastCrash(): CoreNode<S> | undefined {
    const node = this.#nodes[this.#world.choose('node that goes down for good', this.#nodes.length + 1) - 1];
    if (node?.isUp !== true) return undefined;
    this.#count('crash');
    node.crash();
    return node;
  }

  #stabilise(): void {
    for (const node of this.#nodes) {
      node.release();
      node.quicken();
    }
  }

  get #isStable(): boolean {
    return this.#world.now >= this.#stableFrom;
  }

  #next(): void {
    const gap = 1 + this.#world.choose(`${DELAY}fault`, GAP_MAX);
    const act = new Act(DRAW, undefined, () => {
      if (this.#isOver) return;
      this.#next();
      const drawn = this.#world.choose('fault kind', this.#kinds.length + 1);
      const kind = this.#kinds[drawn - 1];
      if (kind !== undefined) this.#begin(kind);
    });
    this.#world.at(this.#world.now + gap, act);
  }

  #begin(kind: FaultKind): void {
    if (this.#isStable && (kind === 'partition' || kind === 'pause' || kind === 'slow')) return;
    if (kind === 'partition') {
      this.#partition();
      return;
    }
    const isFailure = kind !== 'pause' && kind !== 'slow' && kind !== 'clock jump';
    const candidates = this.#nodes.filter(
      (node) => node.isUp && (isFailure ? !this.#faulty.has(node) : kind !== 'pause' || !node.isHeld),
    );
    if (candidates.length === 0) return;
    if (isFailure && this.#faulty.size >= this.#faults.processes.crashes(this.#nodes.length)) return;
    const node = candidates[this.#world.choose('fault node', candidates.length)] as CoreNode<S>;
    const begin = new Act(kind, node.id, () => this.#afflict(kind, node));
    this.#world.at(this.#world.now, begin);
  }

  #afflict(kind: Exclude<FaultKind, 'partition'>, node: CoreNode<S>): void {
    if (!node.isUp || this.#isOver) return;
    this.#count(kind);
    switch (kind) {
      case 'crash':
        this.#crash(node);
        return;
      case 'crash in a write':
        this.#faulty.add(node);
        node.onWrite = () => {
          const at = this.#world.now + this.#world.choose('crash in a write', IN_WRITE_MAX);
          this.#world.at(at, new Act('crash', node.id, () => this.#isOver || this.#crash(node)));
        };
        return;
      case 'pause':
        node.hold();
        this.#schedule('resume', node.id, () => node.release());
        return;
      case 'slow':
        node.stepTicks = 1 + this.#world.choose('slow by', SLOW_MAX);
        this.#later('no longer slow', node, () => {
          node.stepTicks = 0;
        });
        return;
      case 'omission':
        this.#omit(node);
        return;
      case 'disk full':
        this.#lasting(
          'disk has room',
          node,
          () => this.#fill(node, true),
          () => this.#fill(node, false),
        );
        return;
      case 'clock jump': {
        const { jumpMax } = this.#faults.clocks;
        node.clock.jump(outwards(this.#world.choose('clock jumps by', 2 * jumpMax + 1)), this.#world.now);
        return;
      }
    }
  }

  #crash(node: CoreNode<S>): void {
    if (!node.isUp) return;
    const { recovery, downTicksMax } = this.#faults.processes;
    this.#faulty.add(node);
    node.crash();
    if (recovery) this.#later('restart', node, () => this.#restart(node), downTicksMax);
  }

  #fill(node: CoreNode<S>, isFull: boolean): void {
    node.isDiskFull = isFull;
  }

  #omit(node: CoreNode<S>): void {
    const way = this.#world.choose('omission of', 2) === 0 ? 'sends' : 'receives';
    node.isCorrect = false;
    const cut = (by: 1 | -1) => {
      for (const other of this.#nodes) {
        if (other === node) continue;
        if (way === 'sends') this.#links.omit(node.index, other.index, by);
        else this.#links.omit(other.index, node.index, by);
      }
    };
    this.#lasting(
      `no longer omits ${way}`,
      node,
      () => cut(1),
      () => cut(-1),
    );
  }

  #partition(): void {
    const { choose } = this.#world;
    const kind = PARTITIONS[this.#world.choose('partition kind', PARTITIONS.length)] as (typeof PARTITIONS)[number];
    const cut = cutFor(kind, this.#nodes.length, (label, n) => choose.call(this.#world, label, n));
    if (cut.length === 0) return;
    const flaps = this.#world.choose('partition flaps', FLAPS);
    const begin = (left: number) => {
      if (this.#isOver || this.#isStable) return;
      this.#count('partition');
      for (const [from, to] of cut) this.#links.cut(from, to, 1);
      this.#lastingHere(() => {
        for (const [from, to] of cut) this.#links.cut(from, to, -1);
        if (left > 0)
          this.#world.at(this.#world.now + this.#length(), new Act(`${kind} again`, undefined, () => begin(left - 1)));
      });
    };
    const names = cut.map(([from, to]) => `${this.#nodes[from]?.id}↛${this.#nodes[to]?.id}`).join(' ');
    this.#world.at(this.#world.now, new Act(`${kind}: ${names}`, undefined, () => begin(flaps)));
  }

  #lastingHere(end: () => void): void {
    this.#schedule('heal', undefined, end);
  }

  #lasting(name: string, node: CoreNode<S>, begin: () => void, end: () => void): void {
    this.#faulty.add(node);
    begin();
    this.#schedule(name, node.id, () => {
      this.#faulty.delete(node);
      end();
    });
  }

  #later(name: string, node: CoreNode<S>, act: () => void, ticksMax?: number): void {
    this.#world.at(this.#world.now + this.#length(ticksMax), new Act(name, node.id, () => this.#isOver || act()));
  }

  /** Once: at its time, or when faults end. */
  #schedule(name: string, node: NodeId | undefined, end: () => void): void {
    const undo = () => {
      if (this.#undo.delete(undo)) end();
    };
    this.#undo.add(undo);
    this.#world.at(this.#world.now + this.#length(), new Act(name, node, undo));
  }

  #length(ticksMax = LENGTH_MAX): number {
    return 1 + this.#world.choose(`${DELAY}fault lasts`, ticksMax);
  }

  #restart(node: CoreNode<S>): void {
    if (node.isUp) return;
    this.#faulty.delete(node);
    node.start();
  }

  #count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
