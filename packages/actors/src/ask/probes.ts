/**
 * Finds asks that wait for one another in a ring, by edge-chasing probes.
 *
 * Chandy, Misra, Haas, "Distributed deadlock detection" (1983), the AND model reduced to one wait an actor: an async
 * handler that awaits an ask handles nothing else. An ask that is old enough sends a probe along "waits for" edges,
 * on whatever nodes they lie; one that comes back to its initiator proves the ring. Each probe names the ask that it
 * was started for, so a stale one proves nothing. The initiator with the smallest address in the ring reports it.
 */

import type { Cell } from '../cell.ts';
import { Flag } from '../cell.ts';
import type { ControlMessage } from '../control.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { Stat } from '../stats.ts';
import type { PendingAsk } from './pending-ask.ts';

type Probe = Extract<ControlMessage, { readonly op: 'probe' }>;

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
  private readonly bySerial = new Map<number, PendingAsk>();
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
    if (this.isArmed) return;
    this.isArmed = true;
    this.kernel.timers.after(AGE, () => this.look());
  }

  onProbe(probe: Probe): void {
    if (!Number.isInteger(probe.hops) || probe.hops < 0 || probe.hops > HOPS_MAX || !Array.isArray(probe.path)) return;
    const cell = this.kernel.exported(probe.id);
    if (cell !== undefined) this.chase(cell, probe);
  }

  /** Looks at the asks that were fresh a while ago; those still open are chased, and again for as long as they are open. */
  private look(): void {
    this.isArmed = false;
    for (const ask of this.fresh.splice(0)) if (!ask.settled) this.remember(ask);
    for (const [cell, asks] of this.waits) {
      for (const ask of asks) if (ask.settled) asks.delete(ask);
      if (asks.size === 0) this.waits.delete(cell);
    }
    for (const [serial, ask] of this.bySerial) {
      if (ask.settled) this.bySerial.delete(serial);
      else {
        const { target, asker } = ask;
        if (target.cell !== undefined && asker !== undefined && isWaiting(asker))
          this.kernel.overflow.letAnswer(target.cell, asker);
        this.start(serial, ask);
      }
    }
    if (this.waits.size > 0 && !this.isArmed) {
      this.isArmed = true;
      this.kernel.timers.after(AGE, () => this.look());
    }
  }

  private remember(ask: PendingAsk): void {
    const asker = ask.asker as Cell;
    const asks = this.waits.get(asker);
    if (asks === undefined) this.waits.set(asker, new Set([ask]));
    else asks.add(ask);
    this.bySerial.set(++this.serial, ask);
  }

  private start(serial: number, ask: PendingAsk): void {
    const asker = ask.asker as Cell;
    if (!isWaiting(asker)) return;
    const probe: Probe = {
      op: 'probe',
      initiator: serial,
      node: this.kernel.index,
      id: this.kernel.exportId(asker),
      path: [asker.toString()],
      hops: 0,
    };
    this.follow(ask, probe);
  }

  /** The probe has come to an actor that somebody waits for. */
  private chase(cell: Cell, probe: Probe): void {
    const initiator = probe.node === this.kernel.index ? this.bySerial.get(probe.initiator) : undefined;
    if (initiator !== undefined && initiator.asker === cell) {
      if (!initiator.settled) this.report(initiator, [...probe.path, cell.toString()]);
      return;
    }
    if (!isWaiting(cell) || probe.path.includes(cell.toString())) return;
    for (const ask of this.waits.get(cell) ?? [])
      if (!ask.settled) this.follow(ask, { ...probe, path: [...probe.path, cell.toString()], hops: probe.hops + 1 });
  }

  private follow(ask: PendingAsk, probe: Probe): void {
    if (probe.hops >= HOPS_MAX) return;
    const { target } = ask;
    if (target.cell !== undefined) this.chase(target.cell, probe);
    else if (this.kernel.isUp(target.nodeIndex)) this.kernel.sendControl(target.nodeIndex, { ...probe, id: target.id });
  }

  private report(ask: PendingAsk, path: readonly string[]): void {
    // Every actor of the ring finds it; the one that is first in order breaks it.
    const ring = path.slice(0, -1);
    if ([...ring].sort()[0] !== path[0]) return;
    (this.kernel.stats[Stat.Deadlocks] as number)++;
    this.kernel.observe({ type: 'deadlock', path });
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
