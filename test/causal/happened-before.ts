/**
 * What happened before what in a history, told by nothing but the order of events on each life of a node, and by which message
 * was received where: so that what clocks say can be held to it.
 */

import type { SystemTrace, TraceEvent } from '@troupe/actors';
import type { Order } from 'troupe/clocks';

export class HappenedBefore {
  readonly events: readonly TraceEvent[];
  /** Messages between nodes whose sending and receipt are both in the history. */
  readonly matched: number;
  private readonly words: number;
  private readonly pasts: Uint32Array[] = [];

  constructor({ events }: SystemTrace) {
    // Nobody recorded a crash.
    this.events = events.filter(({ kind }) => kind !== 'crash');
    this.words = Math.ceil(this.events.length / 32);
    const latest = new Map<string, number>();
    const sent = new Map<string, number>();
    let matched = 0;
    for (const [index, { node, life, kind, message }] of this.events.entries()) {
      const past = new Uint32Array(this.words);
      const addPast = (event: number | undefined): void => {
        if (event === undefined) return;
        past[event >> 5] = (past[event >> 5] as number) | (1 << (event & 31));
        for (const [word, bits] of (this.pasts[event] as Uint32Array).entries())
          past[word] = (past[word] as number) | bits;
      };
      const process = `${node}#${life}`;
      addPast(latest.get(process));
      latest.set(process, index);
      if (message !== undefined && kind === 'send') sent.set(message.id, index);
      if (message !== undefined && (kind === 'receive' || kind === 'start')) {
        const cause = sent.get(message.id);
        if (cause !== undefined) matched++;
        addPast(cause);
      }
      this.pasts.push(past);
    }
    this.matched = matched;
  }

  has(e: number, f: number): boolean {
    return (((this.pasts[f] as Uint32Array)[e >> 5] as number) & (1 << (e & 31))) !== 0;
  }

  /** Every ordered pair of different events of which a clock says what did not happen; the first few. */
  contradictions(compare: (a: never, b: never) => Order, isExact: boolean): string[] {
    const wrong: string[] = [];
    const { events } = this;
    for (const [e, a] of events.entries()) {
      for (const [f, b] of events.entries()) {
        if (e === f || wrong.length > 5) continue;
        const isBefore = compare(a.stamp as never, b.stamp as never) === 'before';
        if (isBefore === this.has(e, f) || (isBefore && !isExact)) continue;
        wrong.push(`${textOf(a)} ${isBefore ? 'is not before' : 'is before'} ${textOf(b)}`);
      }
    }
    return wrong;
  }

  /** Pairs of which neither happened before the other. */
  get concurrent(): number {
    let count = 0;
    for (let e = 0; e < this.events.length; e++)
      for (let f = 0; f < e; f++) if (!this.has(e, f) && !this.has(f, e)) count++;
    return count;
  }

  /** The first effect that stands before its cause. */
  get disorder(): string | undefined {
    for (const [f, event] of this.events.entries())
      for (let e = f + 1; e < this.events.length; e++)
        if (this.has(e, f)) return `${textOf(event)} stands before ${textOf(this.events[e] as TraceEvent)}`;
    return undefined;
  }
}

const textOf = ({ node, life, kind, text, lamport }: TraceEvent): string =>
  `${kind} ${text} on ${node}#${life} at ${lamport}`;
