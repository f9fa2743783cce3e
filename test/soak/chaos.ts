/** What happens to a system in the soak: drawn from one seed, one act after the other. */

import type { OwnedRef, ProtocolFrom, RefOf, System } from 'troupe';
import { Sink } from './fixtures/load.ts';

type SinkRef = RefOf<typeof Sink>;

/** Mulberry32: 32 bits of state are enough for acts. */
export function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

export interface ChaosSetup {
  readonly system: System;
  readonly folder: string;
  readonly nodes: readonly string[];
  readonly sinks: readonly SinkRef[];
  readonly seed: number;
}

const NOTES_FOR_GUESTS = 50;

export class Chaos {
  /** Messages that the program sent. */
  sent = 0;
  /** Threads ended at a moment that nobody chose: each may leave its account a few messages off, see `messagesLost`. */
  kills = 0;
  /** Asks that went out, and of these those that failed. */
  asks = 0;
  asksFailed = 0;
  /** Asks to a node that was down: they failed where they were made. */
  asksUnsent = 0;
  readonly acts = new Map<string, number>();
  /** Asks that found no room on the way. */
  asksRefused = 0;
  private readonly down = new Set<string>();
  private readonly setup: ChaosSetup;
  private readonly draw: (n: number) => number;
  private readonly open = new Set<Promise<unknown>>();
  private readonly next = new Map<SinkRef, number>();
  private guests = 0;

  constructor(setup: ChaosSetup) {
    this.setup = setup;
    this.draw = generator(setup.seed);
    setup.system.onEvent((event) => {
      if (event.type === 'node-down') this.down.add(event.node);
      else if (event.type === 'node-up') this.down.delete(event.node);
    });
  }

  /** One act, and a pause. */
  async act(): Promise<void> {
    const sink = this.setup.sinks[this.draw(this.setup.sinks.length)] as SinkRef;
    const acts: readonly [weight: number, name: string, act: () => void | Promise<void>][] = [
      [30, 'crash', () => this.tell(sink, 'crash')],
      [40, 'ask', () => this.ask(sink)],
      [20, 'guest', () => this.later(this.guest())],
      [4, 'kill', () => this.kill()],
      [3, 'exit', () => this.tell(sink, 'exit')],
      [1, 'hang', () => this.tell(sink, 'hang')],
      [2, 'throwInTimer', () => this.throwInTimer(sink)],
    ];
    let drawn = this.draw(acts.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, act] of acts) {
      drawn -= weight;
      if (drawn >= 0) continue;
      this.acts.set(name, (this.acts.get(name) ?? 0) + 1);
      await act();
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, this.draw(30)));
  }

  /** Resolves when every ask has been answered or has failed, and every guest is gone. */
  async settled(): Promise<void> {
    while (this.open.size > 0) await Promise.allSettled([...this.open]);
  }

  private later(promise: Promise<unknown>): void {
    this.open.add(promise);
    void promise.finally(() => this.open.delete(promise));
  }

  private tell(sink: SinkRef, kind: 'note' | 'crash' | 'exit' | 'hang' | 'throwInTimer'): void {
    const n = (this.next.get(sink) ?? 0) + 1;
    try {
      sink.tell[kind]({ from: 'program', n, takes: 0 });
    } catch (error) {
      // No room on the way: it was not sent.
      if ((error as { code?: unknown }).code !== 'TROUPE_MAILBOX_FULL') throw error;
      return;
    }
    this.next.set(sink, n);
    this.sent++;
  }

  /** In the books under a name of its own each: whether one that failed was handled is found there. */
  private ask(sink: SinkRef): void {
    if (this.down.has(sink.node)) {
      this.asksUnsent++;
      return this.later(sink.ask.ping({ from: 'unsent', n: this.asksUnsent, takes: 0 }).catch(() => {}));
    }
    const n = ++this.asks;
    this.later(
      sink.ask.ping({ from: `ask${n}`, n, takes: 0 }, { timeout: 20_000 }).catch((error: { code?: unknown }) => {
        this.asksFailed++;
        // No room on the way: it was not sent.
        if (error.code === 'TROUPE_MAILBOX_FULL') this.asksRefused++;
      }),
    );
  }

  private async kill(): Promise<void> {
    this.kills++;
    const node = this.setup.nodes[this.draw(this.setup.nodes.length)] as string;
    await this.setup.system.kill(node);
  }

  /** The timer ends the thread between two messages, or not: another may have begun by then, and await something. */
  private throwInTimer(sink: SinkRef): void {
    this.tell(sink, 'throwInTimer');
  }

  /** An actor that comes, is told something, and is stopped in the midst of it. */
  private async guest(): Promise<void> {
    const { system, folder, nodes } = this.setup;
    const node = nodes[this.draw(nodes.length)] as string;
    const name = `guest${++this.guests}`;
    let guest: OwnedRef<ProtocolFrom<typeof Sink>>;
    try {
      guest = await system.spawn(Sink, { folder, name }, { node, name, restart: 'temporary' });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'TROUPE_NODE_DOWN') throw error;
      return;
    }
    for (let i = 0; i < NOTES_FOR_GUESTS; i++) this.tell(guest, 'note');
    await system.stop(guest).catch((error) => {
      if (error.code !== 'TROUPE_NODE_DOWN') throw error;
    });
    this.next.delete(guest);
  }
}
