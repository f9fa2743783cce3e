/**
 * Messages on their way, as numbers: each envelope has one, and so has each multiset of envelopes that came about, or
 * each set of queues where links are FIFO. What taking one out and putting some in leads to is worked out once.
 */
import { fingerprint, type NodeId } from '@troupe/protocol';
import { Interner } from './interner.ts';

export interface Envelope {
  readonly from: number;
  readonly to: number;
  readonly message: unknown;
  /** Those of the same pair of nodes share it. */
  readonly channel: number;
}

interface Flight {
  /** By channel where links are FIFO, else by number. */
  readonly envelopes: readonly number[];
  /** What may arrive next, each once. */
  readonly next: readonly number[];
  readonly without: Map<number, number>;
  readonly withBatch: Map<number, number>;
}

export class InFlight {
  readonly #nodes: readonly NodeId[];
  readonly #fifo: boolean;
  readonly #copies: number;
  readonly #envelopes = new Interner<Envelope>();
  readonly #flights = new Interner<Flight>();
  /** Lists of envelopes that a step sends; the empty one is 0. */
  readonly #batches = new Interner<readonly number[]>();

  constructor(nodes: readonly NodeId[], { fifo, copies }: { readonly fifo: boolean; readonly copies: number }) {
    this.#nodes = nodes;
    this.#fifo = fifo;
    this.#copies = copies;
    this.batch([]);
    this.#flight([]);
  }

  envelope(number: number): Envelope {
    return this.#envelopes.at(number);
  }

  number(from: number, to: number, message: unknown): number {
    return this.#envelopes.number(`${from}>${to}:${fingerprint(message)}`, () => ({
      from,
      to,
      message,
      channel: from * this.#nodes.length + to,
    }));
  }

  batch(envelopes: readonly number[]): number {
    return this.#batches.number(envelopes.join(), () => envelopes);
  }

  batchAt(number: number): readonly number[] {
    return this.#batches.at(number);
  }

  /** What may arrive next. */
  next(flight: number): readonly number[] {
    return this.#flights.at(flight).next;
  }

  envelopesOf(flight: number): readonly number[] {
    return this.#flights.at(flight).envelopes;
  }

  without(flight: number, envelope: number): number {
    const { without, envelopes } = this.#flights.at(flight);
    let left = without.get(envelope);
    if (left === undefined) {
      left = this.#flight(envelopes.toSpliced(envelopes.indexOf(envelope), 1));
      without.set(envelope, left);
    }
    return left;
  }

  /** One more of an envelope that is under way, right behind it. */
  repeated(flight: number, envelope: number): number {
    const { envelopes } = this.#flights.at(flight);
    return this.#flight(envelopes.toSpliced(envelopes.indexOf(envelope), 0, envelope));
  }

  with(flight: number, batch: number): number {
    if (batch === 0) return flight;
    const { withBatch } = this.#flights.at(flight);
    let more = withBatch.get(batch);
    if (more === undefined) {
      more = this.of(this.#batches.at(batch), this.#flights.at(flight).envelopes);
      withBatch.set(batch, more);
    }
    return more;
  }

  /** Those that are under way, and these behind them; of equal ones no more than there may be. */
  of(added: readonly number[], envelopes: readonly number[] = []): number {
    const all = [...envelopes];
    for (const envelope of added) {
      if (all.filter((other) => other === envelope).length < this.#copies) all.push(envelope);
    }
    return this.#flight(all);
  }

  #flight(unsorted: readonly number[]): number {
    const order = (envelope: number): number => (this.#fifo ? this.envelope(envelope).channel : envelope);
    const envelopes = unsorted.toSorted((a, b) => order(a) - order(b));
    return this.#flights.number(envelopes.join(), () => ({
      envelopes,
      next: envelopes.filter(
        (envelope, index) => index === 0 || order(envelopes[index - 1] as number) !== order(envelope),
      ),
      without: new Map(),
      withBatch: new Map(),
    }));
  }
}
