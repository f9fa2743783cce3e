/**
 * Finds actors that wait for one another in a ring, by edge-chasing probes.
 *
 * Chandy, Misra, Haas, "Distributed deadlock detection" (1983), the AND model. An actor waits for an answer: an async
 * handler that awaits an ask handles nothing else. Or it waits for room: in a full mailbox of its node, or on the way to
 * another node, which the full mailbox of an actor there holds up. A wait that is old enough sends a probe along such edges,
 * on whatever nodes they lie; one that comes back to its initiator proves the ring. Each probe names the wait that it
 * was started for, so a stale one proves nothing. The initiator with the smallest address in the ring breaks it: where
 * somebody in it waits for room, that one goes on over the bound; a ring of asks alone is reported, and its ask fails.
 */

import type { Cell } from '../cell.ts';
import { Flag } from '../cell.ts';
import type { ControlMessage } from '../control.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { Stat } from '../stats.ts';
import type { PendingAsk } from './pending-ask.ts';
import type { Question } from './question.ts';

type Probe = Extract<ControlMessage, { readonly op: 'probe' }>;

/** An actor that waits: an ask, or for room. */
interface Wait {
  readonly asker: Cell | undefined;
  readonly settled: boolean;
}

/** A pause by backpressure. */
class Block implements Wait {
  readonly asker: Cell;
  settled = false;
  /** Known since the look before the last. */
  serial = 0;

  constructor(asker: Cell) {
    this.asker = asker;
  }
}

/** How old an ask must be before it is looked at. Most are answered long before. */
const AGE: Milliseconds = 200;
/** Asks kept at least before those that are answered are let go of. */
const COMPACT_MIN = 1_024;
/** A ring of more actors than this is left to its deadlines. */
const HOPS_MAX = 256;

export class Probes {
  private readonly kernel: Kernel;
  /** Asks by actors of this node that are not answered yet, by asker. */
  private readonly waits = new Map<Cell, Set<PendingAsk>>();
  private fresh: PendingAsk[] = [];
  private compactAt = COMPACT_MIN;
  private readonly blocks = new Map<Cell, Block>();
  private readonly bySerial = new Map<number, Wait>();
  private serial = 0;
  private isArmed = false;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** An actor asks. Costs a push; all else waits until the ask is old. */
  onAsk(ask: PendingAsk): void {
    // Nearly all are answered by now: at that length they are let go of, which costs a look each in all.
    if (this.fresh.push(ask) >= this.compactAt) {
      this.fresh = this.fresh.filter(({ settled }) => !settled);
      this.compactAt = Math.max(COMPACT_MIN, this.fresh.length * 2);
    }
    this.arm();
  }

  /** Cancels what an actor has asked in order to answer a question that is no longer waited for. */
  cancelBehind(asker: Cell, question: Question): void {
    for (const ask of this.asksBehind(asker, question)) ask.cancelNested();
  }

  /** Cancels what the handler under way has asked: its actor is told to stop. What others of it left open stays so. */
  cancelStopping(asker: Cell, question: Question | undefined, reason: Error): void {
    for (const ask of this.asksBehind(asker, question)) ask.cancelStopping(reason);
  }

  /** What it has asked and not been answered. */
  openAsks(asker: Cell): PendingAsk[] {
    this.sortFresh();
    return [...(this.waits.get(asker) ?? [])].filter(({ settled }) => !settled);
  }

  private asksBehind(asker: Cell, question: Question | undefined): PendingAsk[] {
    this.sortFresh();
    return [...(this.waits.get(asker) ?? [])].filter(({ parent }) => parent === question);
  }

  /** An actor is paused by backpressure. */
  onBlock(cell: Cell): void {
    this.blocks.set(cell, new Block(cell));
    this.arm();
  }

  onUnblock(cell: Cell): void {
    const block = this.blocks.get(cell);
    if (block === undefined) return;
    block.settled = true;
    this.blocks.delete(cell);
  }

  onProbe(from: number, probe: Probe): void {
    if (probe.hops > HOPS_MAX) return;
    const { arrivals } = this.kernel;
    const cell = this.kernel.exported(probe.id);
    if (cell !== undefined && (probe.correlation === 0 || arrivals.isOpen(from, probe.correlation)))
      return this.chase(cell, probe);
    // The ask is still on its way, or what is waited for is the way itself.
    const way = probe.way ?? ([this.kernel.index, from] as const);
    for (const holding of arrivals.holdingUp(from)) this.chase(holding, { ...probe, way });
  }

  private arm(): void {
    if (this.isArmed) return;
    this.isArmed = true;
    this.kernel.timers.after(AGE, () => this.look());
  }

  /** Looks at the waits that were fresh a while ago; those that last are chased, and again for as long as they do. */
  private look(): void {
    this.isArmed = false;
    this.sortFresh();
    for (const [cell, asks] of this.waits) {
      for (const ask of asks) if (ask.settled) asks.delete(ask);
      if (asks.size === 0) this.waits.delete(cell);
    }
    for (const [serial, wait] of this.bySerial) {
      if (wait.settled) this.bySerial.delete(serial);
      else this.start(serial, wait);
    }
    for (const block of this.blocks.values()) {
      if (block.serial !== 0) continue;
      block.serial = ++this.serial;
      this.bySerial.set(block.serial, block);
    }
    if (this.waits.size > 0 || this.blocks.size > 0) this.arm();
  }

  /** Those that are still open, by asker. */
  private sortFresh(): void {
    for (const ask of this.fresh.splice(0)) if (!ask.settled) this.remember(ask);
  }

  private remember(ask: PendingAsk): void {
    const asker = ask.asker as Cell;
    const asks = this.waits.get(asker);
    if (asks === undefined) this.waits.set(asker, new Set([ask]));
    else asks.add(ask);
    this.bySerial.set(++this.serial, ask);
  }

  private start(serial: number, wait: Wait): void {
    const asker = wait.asker as Cell;
    const probe: Probe = {
      op: 'probe',
      initiator: serial,
      node: this.kernel.index,
      id: 0,
      correlation: 0,
      path: [asker.toString()],
      hops: 0,
      blocked: undefined,
      way: undefined,
    };
    if (wait instanceof Block) this.followBlock(asker, probe);
    else if (isWaiting(asker)) this.followAsk(wait as PendingAsk, probe);
  }

  /** The probe has come to an actor that somebody waits for. */
  private chase(cell: Cell, probe: Probe): void {
    const name = cell.toString();
    const initiator = probe.node === this.kernel.index ? this.bySerial.get(probe.initiator) : undefined;
    if (initiator !== undefined && initiator.asker === cell) {
      if (!initiator.settled) this.close(initiator, { ...probe, path: [...probe.path, name] });
      return;
    }
    if (probe.hops >= HOPS_MAX || probe.path.includes(name)) return;
    const next = { ...probe, path: [...probe.path, name], hops: probe.hops + 1 };
    if (isWaiting(cell)) for (const ask of this.waits.get(cell) ?? []) if (!ask.settled) this.followAsk(ask, next);
    if ((cell.flags & Flag.Blocked) !== 0) this.followBlock(cell, next);
  }

  private followAsk({ target, correlation }: PendingAsk, probe: Probe): void {
    if (target.cell !== undefined) this.chase(target.cell, probe);
    else if (target.nodeIndex !== this.kernel.index)
      this.send(target.nodeIndex, { ...probe, id: target.id, correlation });
  }

  private followBlock(cell: Cell, probe: Probe): void {
    const { blockedOn, blockedOnNode } = cell.extra;
    const blocked = probe.blocked ?? ([this.kernel.index, this.kernel.refs.exportId(cell)] as const);
    if (blockedOn !== undefined) this.chase(blockedOn, { ...probe, blocked });
    else if (blockedOnNode !== undefined) this.send(blockedOnNode, { ...probe, blocked, id: 0, correlation: 0 });
  }

  private send(node: number, message: ControlMessage): void {
    if (node === this.kernel.index) void this.kernel.control.call(node, message);
    else if (this.kernel.isUp(node)) this.kernel.departures.control(node, message);
  }

  /** The probe has come back. */
  private close(wait: Wait, { path, blocked, way }: Probe): void {
    // Every actor of the ring finds it; the one that is first in order breaks it.
    const ring = path.slice(0, -1);
    if ([...ring].sort()[0] !== path[0]) return;
    if (blocked === undefined && way === undefined) return this.report(wait as PendingAsk, path);
    this.kernel.host.log.debug({ path }, 'backpressure holds up a ring of actors; one goes on over its bound');
    if (blocked !== undefined) this.send(blocked[0], { op: 'let-go', id: blocked[1] });
    else if (way !== undefined) this.send(way[0], { op: 'let-through', from: way[1] });
  }

  private report(ask: PendingAsk, path: readonly string[]): void {
    (this.kernel.stats[Stat.Deadlocks] as number)++;
    this.kernel.observers.tell({ type: 'deadlock', path });
    this.kernel.host.log.error({ path }, 'asks wait for one another in a ring');
    ask.fail(
      actorError(
        'TROUPE_ASK_DEADLOCK',
        `Expected an answer to '${ask.kindName}' from ${ask.target}, got a ring of actors that wait for one another: ${path.join(' → ')}. Let one of them tell instead of ask.`,
        {
          path,
          target: ask.target.toString(),
          kind: ask.kindName,
        },
      ),
    );
  }
}

const isWaiting = (cell: Cell): boolean => (cell.flags & Flag.Suspended) !== 0;

/** It is another node's word. */
