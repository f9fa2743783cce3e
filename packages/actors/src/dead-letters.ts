/**
 * Messages that reached no handler, with the reason: counted, kept (the newest, within a bound), told to subscribers, and replayed on request.
 */

import type { Cell, Origin } from './cell.ts';
import { KIND_MASK } from './cell.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef, Ref } from './ref.ts';
import { Stat } from './stats.ts';

export type DeadLetterReason =
  /** The actor had stopped, or there never was one. */
  | 'stopped'
  /** The mailbox was full, and its rule let this message go. */
  | 'overflow'
  /** A newer message of its key took its place. */
  | 'coalesced'
  /** Its node is down. */
  | 'node-down'
  /** It was in a mailbox on a node that ended; only a count is known. */
  | 'lost-with-node'
  /** It ended its node twice. */
  | 'quarantined'
  /** It came from another node and could not be understood. */
  | 'malformed'
  /** Sent by an incarnation that had been revoked. */
  | 'revoked';

export interface DeadLetter {
  readonly target: Ref<unknown>;
  readonly kind: string;
  readonly payload: unknown;
  readonly reason: DeadLetterReason;
  readonly sender: Ref<unknown> | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const COUNTERS: { readonly [R in DeadLetterReason]: Stat } = {
  stopped: Stat.DeadStopped,
  overflow: Stat.DeadOverflow,
  coalesced: Stat.DeadCoalesced,
  'node-down': Stat.DeadNodeDown,
  'lost-with-node': Stat.DeadLostWithNode,
  quarantined: Stat.DeadQuarantined,
  malformed: Stat.DeadMalformed,
  revoked: Stat.DeadRevoked,
};

/** Dead letters kept for reading and replay; older ones are only counted. */
const KEPT = 1_000;

export class DeadLetters {
  private readonly kernel: Kernel;
  private readonly kept: (DeadLetter & { readonly kindIndex: number })[] = [];
  private readonly listeners = new Set<(letter: DeadLetter) => void>();
  readonly counts: Partial<Record<DeadLetterReason, number>> = {};

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  add(target: ActorRef, kind: number, payload: unknown, reason: DeadLetterReason, origin?: Origin): void {
    this.count(reason, 1);
    const letter = {
      target: target as unknown as Ref<unknown>,
      kind: target.interface.kinds[kind & KIND_MASK] ?? 'signal',
      kindIndex: kind & KIND_MASK,
      payload,
      reason,
      sender: this.senderOf(origin),
      at: this.kernel.host.clock.wall(),
    };
    this.kept.push(letter);
    if (this.kept.length > KEPT) this.kept.shift();
    for (const listener of this.listeners) {
      try {
        listener(letter);
      } catch (error) {
        this.kernel.host.log.error({ err: error }, 'a listener for dead letters threw');
      }
    }
  }

  /** Counts messages of which nothing but their number is known. */
  count(reason: DeadLetterReason, messages: number): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + messages;
    const { stats } = this.kernel;
    (stats[Stat.DeadLetters] as number) += messages;
    (stats[COUNTERS[reason]] as number) += messages;
  }

  /** The newest 1,000, oldest first. */
  list(): readonly DeadLetter[] {
    return [...this.kept];
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Sends kept letters again, to their old target or to the one given, and takes them off the list.
   *
   * @returns how many were sent
   */
  replay(select: (letter: DeadLetter) => boolean = () => true, to?: Ref<unknown>): number {
    const chosen = this.kept.filter(select);
    for (const letter of chosen) this.kept.splice(this.kept.indexOf(letter), 1);
    for (const letter of chosen) {
      const target = (to ?? letter.target) as unknown as ActorRef;
      const kind = to === undefined ? letter.kindIndex : target.interface.kinds.indexOf(letter.kind);
      if (kind < 0) this.add(target, letter.kindIndex, letter.payload, letter.reason);
      else this.kernel.tellAgain(target, kind, letter.payload);
    }
    return chosen.length;
  }

  private senderOf(origin: Origin): Ref<unknown> | undefined {
    if (typeof origin !== 'object') return undefined;
    return (origin as Partial<Cell>).ref as unknown as Ref<unknown> | undefined;
  }
}
