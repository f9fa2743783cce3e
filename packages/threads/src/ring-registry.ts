/**
 * What main knows of the data rings between its workers, so that one is accounted for although both its ends are dead.
 *
 * While one end lives, that end settles: a writer counts what its reader left unread, or keeps the ring for the reader's next
 * life; a reader reads to the end what its writer had published. It then says so. A ring that nobody has settled when its
 * second end dies is settled here: what was in it is lost and counted, or given to the next life of a node that redelivers.
 */

import { type RingMemory, readLedger } from './ring/index.ts';

/** What the writer of a ring says when it has made one, or offers it to the reader's next life. */
export interface RingNotice {
  readonly id: string;
  /** The reader's node, and which of its lives. */
  readonly node: number;
  readonly life: number;
  readonly memory: RingMemory;
}

export interface RingReports {
  made(notice: RingNotice): void;
  /** There is nothing in it any more that anyone waits for, or it has been counted. */
  settled(id: string): void;
}

/** A ring of a dead writer, for the next life of its reader. */
export interface Heirloom {
  readonly id: string;
  readonly from: number;
  readonly memory: RingMemory;
}

interface Ring {
  readonly id: string;
  readonly from: number;
  readonly memory: RingMemory;
  to: number;
  toLife: number;
  isWriterDead: boolean;
}

/** Rings of one writer that nobody has settled: one for each other node and life of it, so this many only where it errs. */
const RINGS_MAX = 4_096;

interface NodeState {
  life: number;
  isAlive: boolean;
}

export class RingRegistry {
  private readonly rings = new Map<string, Ring>();
  private readonly nodes = new Map<number, NodeState>();

  /** A life of a node begins. */
  begins(node: number, life: number): void {
    this.nodes.set(node, { life, isAlive: true });
  }

  made(from: number, { id, node, life, memory }: RingNotice): void {
    const known = this.rings.get(id);
    if (known === undefined && this.ringsOf(from) >= RINGS_MAX) return;
    if (known === undefined) this.rings.set(id, { id, from, memory, to: node, toLife: life, isWriterDead: false });
    else {
      known.to = node;
      known.toLife = life;
    }
  }

  /** Either end says so, and no other node. */
  settled(by: number, id: string): void {
    const ring = this.rings.get(id);
    if (ring?.from === by || ring?.to === by) this.rings.delete(id);
  }

  /** @returns how many messages were in rings whose other end is dead too, and that nobody gets */
  ended(node: number): number {
    const state = this.nodes.get(node);
    if (state !== undefined) state.isAlive = false;
    let lost = 0;
    for (const ring of this.rings.values()) {
      if (ring.from === node) ring.isWriterDead = true;
      if (!this.isLeft(ring) || redelivers(ring)) continue;
      this.rings.delete(ring.id);
      lost += readLedger(ring.memory).unread;
    }
    return lost;
  }

  /** Takes the rings that a node which redelivers should get again, and that no living writer offers it. */
  heirlooms(node: number): Heirloom[] {
    const life = this.nodes.get(node)?.life ?? 0;
    const found: Heirloom[] = [];
    for (const ring of this.rings.values()) {
      if (ring.to !== node || !this.isLeft(ring) || !redelivers(ring)) continue;
      ring.toLife = life;
      found.push({ id: ring.id, from: ring.from, memory: ring.memory });
    }
    return found;
  }

  private ringsOf(node: number): number {
    let count = 0;
    for (const { from } of this.rings.values()) if (from === node) count++;
    return count;
  }

  /** Nobody reads it, and nobody will offer it. */
  private isLeft(ring: Ring): boolean {
    const reader = this.nodes.get(ring.to);
    return ring.isWriterDead && (reader === undefined || !reader.isAlive || reader.life !== ring.toLife);
  }
}

const redelivers = ({ memory }: Ring): boolean => memory.spill !== undefined;
