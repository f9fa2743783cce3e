/**
 * The network: every ordered pair of nodes is a link. What is sent takes at least one tick; how long, whether it is lost
 * or arrives twice, is chosen for each message, as far as the run's faults and its system model allow.
 */
import { DELAY } from '../choices/priority-chooser.ts';
import type { LinkFaults } from '../faults.ts';
import type { DelaySpread } from '../swarm.ts';
import type { SystemModel } from '../system-model.ts';
import type { WorldEvent } from './agenda.ts';
import type { World } from './world.ts';

/** Ticks that a message takes at most once faults have ended. */
export const CALM_DELAY_MAX = 2;

/** Of a link that is FIFO: what is late on it, oldest first. What comes after it is as late. */
export interface Lane {
  readonly late: WorldEvent[];
  /** What is late on it never comes. */
  isStalled: boolean;
}

export class Links {
  readonly #world: World;
  readonly #model: SystemModel;
  readonly #spread: DelaySpread;
  readonly #size: number;
  readonly #delayLabels: string[] = [];
  readonly #lossLabels: string[] = [];
  readonly #duplicateLabels: string[] = [];
  /** How many partitions cut a link, and how many omissions of its ends. */
  readonly #cuts: Uint32Array;
  readonly #omissions: Uint32Array;
  /** For FIFO: when the last message of a link arrives. */
  readonly #lastArrival: Float64Array;
  readonly #lanes: Lane[] = [];
  /** Messages that were lost by chance, and that arrived twice. */
  lost = 0;
  duplicated = 0;
  #faults: LinkFaults;

  constructor(world: World, names: readonly string[], model: SystemModel, faults: LinkFaults, spread: DelaySpread) {
    this.#world = world;
    this.#model = model;
    this.#faults = faults;
    this.#spread = spread;
    this.#size = names.length;
    this.#cuts = new Uint32Array(names.length ** 2);
    this.#omissions = new Uint32Array(names.length ** 2);
    this.#lastArrival = new Float64Array(names.length ** 2);
    for (const from of names) {
      for (const to of names) {
        this.#delayLabels.push(`${DELAY}${from}→${to}`);
        this.#lossLabels.push(`lose ${from}→${to}`);
        this.#duplicateLabels.push(`duplicate ${from}→${to}`);
      }
    }
  }

  /** Faults end: what is sent from now on arrives soon. */
  calm(): void {
    this.#faults = {
      ...this.#faults,
      delayMax: Math.min(this.#faults.delayMax, CALM_DELAY_MAX - 1) as LinkFaults['delayMax'],
      lossPerMille: 0,
      duplicatePerMille: 0,
    };
  }

  /** One more partition that lets nothing through, or one less. */
  cut(from: number, to: number, by: 1 | -1): void {
    const link = from * this.#size + to;
    this.#cuts[link] = (this.#cuts[link] as number) + by;
  }

  /** The same for a process that omits: its failure, not the link's, whatever the model says of links. */
  omit(from: number, to: number, by: 1 | -1): void {
    const link = from * this.#size + to;
    this.#omissions[link] = (this.#omissions[link] as number) + by;
  }

  /** Whether a message that is sent now gets nowhere. A node always reaches itself. */
  isLost(from: number, to: number): boolean {
    if (from === to) return false;
    const link = from * this.#size + to;
    if (this.#omissions[link] !== 0) return true;
    const isCut = this.#cuts[link] !== 0;
    const { lossPerMille } = this.#faults;
    if ((!isCut && lossPerMille === 0) || this.#isStable) return false;
    if (isCut) return true;
    if (this.#world.choose(this.#lossLabels[link] as string, 1_000) < 1_000 - lossPerMille) return false;
    this.lost++;
    return true;
  }

  isDuplicated(from: number, to: number): boolean {
    const { duplicatePerMille } = this.#faults;
    if (duplicatePerMille === 0 || from === to) return false;
    const label = this.#duplicateLabels[from * this.#size + to] as string;
    if (this.#world.choose(label, 1_000) < 1_000 - duplicatePerMille) return false;
    this.duplicated++;
    return true;
  }

  /** Keeps the order of a link's messages; undefined where nothing does. */
  lane(from: number, to: number): Lane | undefined {
    if (!this.#faults.fifo) return undefined;
    const link = from * this.#size + to;
    const lane = this.#lanes[link];
    if (lane !== undefined) return lane;
    const made: Lane = { late: [], isStalled: false };
    this.#lanes[link] = made;
    return made;
  }

  /** When a message that is sent now arrives. */
  arrival(from: number, to: number): number {
    const link = from * this.#size + to;
    let at = this.#world.now + 1 + this.#delay(link);
    const model = this.#model;
    if (model.kind === 'partially-synchronous') at = Math.min(at, Math.max(this.#world.now, model.gst) + model.delta);
    if (this.#faults.fifo) {
      at = Math.max(at, this.#lastArrival[link] as number);
      this.#lastArrival[link] = at;
    }
    return at;
  }

  #delay(link: number): number {
    const { delayMax } = this.#faults;
    if (delayMax === 0) return 0;
    const drawn = this.#world.choose(this.#delayLabels[link] as string, delayMax + 1);
    return this.#spread === 'even' ? drawn : Math.floor(drawn ** 3 / delayMax ** 2);
  }

  /** After the global stabilisation time no link loses anything. */
  get #isStable(): boolean {
    return this.#model.kind === 'partially-synchronous' && this.#world.now >= this.#model.gst;
  }
}
