/**
 * One node's side of going on from a snapshot. Its actors are made, and stand still as if there were no room for what they
 * send, until all nodes have theirs; then what was on its way is sent again, ahead of all else, and they go on.
 */

import { Decoder } from '@troupe/codec';
import { isTroupeError } from '@troupe/protocol';
import { armTimer } from '../actor-timers.ts';
import { type ActorType, Signal } from '../actor-type.ts';
import { Cell, Flag } from '../cell.ts';
import { actorError } from '../errors.ts';
import { findType } from '../find-type.ts';
import { Interface } from '../interface.ts';
import type { Kernel } from '../kernel.ts';
import { MessageQueue } from '../message-queue.ts';
import { HOME } from '../names.ts';
import type { MailboxPolicy } from '../overflow.ts';
import type { ActorRef } from '../ref.ts';
import { Stat } from '../stats.ts';
import { ChildList, type Parent } from '../supervision/family.ts';
import { RemoteParent } from '../supervision/remote-child.ts';
import { FrameType, ID_MAX } from '../wire.ts';
import { signalOf } from './actor-record.ts';
import { interruptionOf } from './interruption.ts';
import { isPiece, type Piece } from './record-writer.ts';
import { RestoredRefs } from './recorded-refs.ts';
import type { Body, ChildElsewhere, Head, Resent } from './restore-plan.ts';
import { suspendedError } from './restore-system.ts';
import type { RestoreMessage } from './snapshot-control.ts';
import type { DefinitionSnapshot, MessageSnapshot } from './system-snapshot.ts';

type Part = Extract<RestoreMessage, { op: 'restore-part' }>;

/** Said of a failure that the snapshot found. */
const WHILE_RESTORED = { kind: 'error', error: undefined } as const;

export class Restoring {
  private readonly kernel: Kernel;
  private step: 'prepare' | 'create' | 'begin' | 'over' = 'prepare';
  private readonly types = new Map<string, ActorType>();
  private heads: Head[] = [];
  private readonly interfaces: Interface[] = [];
  private pieces: Piece[] = [];
  private readonly cells = new Map<number, Cell>();
  private bodies: (readonly [cell: Cell, body: Body])[] = [];
  private resent: Resent[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** @throws (rejects) TROUPE_SNAPSHOT_MISMATCH, TROUPE_SNAPSHOT_SUSPENDED */
  async prepare(from: number, part: Part): Promise<void> {
    this.mustBe(from, 'prepare');
    const { definitions, own, heads, piece } = part;
    if (piece !== undefined && !isPiece(piece)) throw this.kernel.control.malformed(from, 'records');
    for (const definition of definitions) {
      const { key, kinds, streams } = definition;
      if (own.includes(key)) this.types.set(key, await this.typeOf(definition));
      this.interfaces.push(Interface.of(key, kinds, streams));
    }
    this.mustBehave(heads);
    this.mustResume(heads);
    this.heads.push(...heads);
    if (piece !== undefined) this.pieces.push(piece);
  }

  async create(from: number, lastId: number): Promise<void> {
    this.mustBe(from, 'prepare');
    this.step = 'create';
    const { kernel, heads } = this;
    // In the order of their first starts, so that supervisors stop them in the same.
    for (const head of heads) this.cells.set(head.id, this.make(head));
    for (const head of heads) this.attach(head);
    kernel.lifecycle.skipTo(lastId);
    this.decode();
    for (const { id, name, parent } of heads) {
      if (name === undefined) continue;
      const claim = await kernel.names.claim(name, parent[0]);
      kernel.names.bind(name, this.cells.get(id) as Cell, claim);
    }
    this.heads = [];
  }

  /** What was on its way leaves before anything that is said from now on. */
  begin(from: number): void {
    this.mustBe(from, 'create');
    this.step = 'over';
    for (const { to, message } of this.resent) this.resend(to, message);
    for (const [cell, body] of this.bodies) this.goOn(cell, body);
    this.bodies = [];
    this.resent = [];
    this.cells.clear();
  }

  private mustBe(from: number, step: Restoring['step']): void {
    if (from === HOME && this.step === step) return;
    throw this.kernel.control.malformed(from, 'a step of a restore in its order');
  }

  private async typeOf({ key, kinds }: DefinitionSnapshot): Promise<ActorType> {
    const url = key.slice(0, key.lastIndexOf('#'));
    const type = await findType(this.kernel, key, url).catch((cause: unknown) => {
      throw actorError(
        'TROUPE_SNAPSHOT_MISMATCH',
        `Expected to find ${key}, as it was when the snapshot was taken, got the error below. If it has moved, say where it is now by relocateSnapshot. Nothing was restored. ${isTroupeError(cause) ? cause.message : String(cause)}`,
        { definition: key },
        cause,
      );
    });
    const now = type.interface.kinds;
    const lost = kinds.filter((kind) => !now.includes(kind));
    const added = now.filter((kind) => !kinds.includes(kind));
    if (lost.length + added.length === 0 && kinds.every((kind, at) => now[at] === kind)) return type;
    const differences = [
      ...(lost.length > 0 ? [`it has no more [${lost.join(', ')}]`] : []),
      ...(added.length > 0 ? [`it also has [${added.join(', ')}]`] : []),
      ...(lost.length + added.length === 0 ? [`they stand in another order, [${now.join(', ')}]`] : []),
    ];
    throw actorError(
      'TROUPE_SNAPSHOT_MISMATCH',
      `Expected ${key} to have the handlers [${kinds.join(', ')}] that it had in the snapshot, got another definition: ${differences.join('; ')}. Nothing was restored.`,
      { definition: key, lost, added },
    );
  }

  private mustBehave(heads: readonly Head[]): void {
    for (const { key, behaviours } of heads) {
      const lost = behaviours.filter((name) => this.types.get(key)?.behaviours.has(name) !== true);
      if (lost.length === 0) continue;
      throw actorError(
        'TROUPE_SNAPSHOT_MISMATCH',
        `Expected ${key} to have the behaviours [${behaviours.join(', ')}] that its actors had in the snapshot, got a definition without ${lost.join(', ')}. Nothing was restored.`,
        { definition: key, lost, added: [] },
      );
    }
  }

  private mustResume(heads: readonly Head[]): void {
    const stuck = heads.filter(
      ({ suspended, key }) =>
        suspended !== undefined && (suspended !== 'it awaits' || this.types.get(key)?.spec.resume === undefined),
    );
    if (stuck.length === 0) return;
    const { name: node } = this.kernel;
    throw suspendedError(
      stuck.map(({ id, key, name }) => `${node}/${name ?? `${key.slice(key.lastIndexOf('#') + 1)}#${id}`}`),
    );
  }

  private make({ id, key, name, policy, overflow }: Head): Cell {
    const { kernel } = this;
    const type = this.types.get(key);
    if (type === undefined || id > ID_MAX || kernel.exported(id) !== undefined)
      throw kernel.control.malformed(HOME, `an actor of a known definition and an id of its own (${key}, ${id})`);
    const mailbox: MailboxPolicy = overflow === undefined ? type.mailbox : { ...type.mailbox, ...overflow };
    const cell = new Cell(kernel, type, undefined, name, mailbox, policy, id);
    // It stands still until all are there.
    cell.flags |= Flag.Blocked;
    kernel.refs.exportAs(cell, id);
    (kernel.stats[Stat.Spawned] as number)++;
    return cell;
  }

  private attach({ id, parent: [node, above] }: Head): void {
    const { kernel } = this;
    const cell = this.cells.get(id) as Cell;
    cell.parent = this.parentOf(node, above);
    if (cell.parent instanceof Cell) (cell.parent.extra.children ??= new ChildList()).add(cell);
    else kernel.guests.add(cell);
    if (!kernel.observers.isEmpty) kernel.observers.tell({ type: 'started', actor: cell.ref });
  }

  private parentOf(node: number, id: number): Parent {
    const { kernel } = this;
    if (node !== kernel.index) return new RemoteParent(kernel, node, id);
    const parent = this.cells.get(id) ?? (kernel.root.cell?.ref.id === id ? kernel.root.cell : undefined);
    if (parent === undefined) throw kernel.control.malformed(HOME, `a supervisor that exists (${id})`);
    return parent;
  }

  private decode(): void {
    // Refs become those of this node: to actors that exist by now.
    const decoder = new Decoder({ references: new RestoredRefs(this.kernel, this.interfaces) });
    for (const { bytes, ends } of this.pieces.splice(0)) {
      let at = 0;
      for (const end of ends) {
        const record = decoder.decode(bytes, at, end) as Body | ChildElsewhere | Resent;
        at = end;
        if (record.record === 'resent') this.resent.push(record);
        else if (record.record === 'child') this.adopt(record);
        else this.fill(this.cells.get(record.id) as Cell, record);
      }
    }
  }

  private adopt({ parent, node, id, key, name, argument, policy, mailbox, offer }: ChildElsewhere): void {
    const { kernel } = this;
    const above = this.parentOf(kernel.index, parent) as Cell;
    const type = this.types.get(key) as ActorType;
    kernel.remoteChildren.restored(above, node, id, type, {
      ...{ op: 'spawn', parent, key, url: type.url, argument, name, mailbox, policy, offer, id: 0 },
    });
  }

  /** With what it had that needs nobody else. */
  private fill(cell: Cell, body: Body): void {
    const { kernel, type } = cell;
    (cell as { argument: unknown }).argument = body.argument;
    cell.state = body.state;
    if (body.hasFailed) cell.flags |= Flag.Failed;
    if (body.behaviours.length > 0) {
      cell.extra.behaviour = [...body.behaviours];
      cell.handlers = type.behaviours.get(body.behaviours.at(-1) as string) as typeof cell.handlers;
    }
    if (body.interrupted !== undefined) cell.signal(Signal.Resume, interruptionOf(body.interrupted));
    for (const { signal, payload } of body.signals) cell.signal(signalOf(signal), payload);
    for (const message of body.mailbox)
      this.put(cell, message, (kind, payload, sender) => cell.enqueue(kind, payload, sender));
    if (body.stash.length > 0) {
      const stash = new MessageQueue();
      for (const message of body.stash) this.put(cell, message, (...put) => stash.push(...put));
      cell.extra.stash = stash;
      (kernel.stats[Stat.Stashed] as number) += stash.size;
    }
    for (const other of body.links as unknown as ActorRef[]) kernel.links.restored(cell, other);
    for (const key of body.offers) kernel.receptionist.offer(cell, key);
    for (const { topic, kind } of body.topics) kernel.topics.subscribe({ name: topic }, cell, this.kindOf(cell, kind));
    this.bodies.push([cell, body]);
  }

  /** Nobody waits any more for the answer to an ask, nor reads a stream. */
  private put(
    cell: Cell,
    { kind, payload, sender, wants }: MessageSnapshot,
    put: (kind: number, payload: unknown, sender: Cell | number | undefined) => void,
  ): void {
    if (wants === 'a stream') return;
    const by = sender as unknown as ActorRef | undefined;
    put(this.kindOf(cell, kind), payload, by === undefined ? undefined : (by.cell ?? by.nodeIndex * 2 ** 32 + by.id));
  }

  private kindOf(cell: Cell, kind: string): number {
    const index = cell.type.interface.kinds.indexOf(kind);
    if (index < 0) throw this.kernel.control.malformed(HOME, `a kind of ${cell.type.key} (${kind})`);
    return index;
  }

  private resend(node: number, message: Resent['message']): void {
    const { departures, deadLetters, host } = this.kernel;
    if (message.type === 'control') return departures.control(node, message.message as never);
    const { to: address, kind, payload, sender: by, wants } = message;
    if (wants === 'a stream') return;
    const to = address as unknown as ActorRef;
    const sender = by as unknown as ActorRef | undefined;
    const index = to.interface.kinds.indexOf(kind);
    if (index < 0) return deadLetters.add(to, 0, payload, 'stopped');
    host.transport.send(node, FrameType.Tell, index, to.id, sender?.id ?? 0, 0, 0, payload, undefined);
  }

  private goOn(cell: Cell, { timers, monitors, hasFailed }: Body): void {
    const { kernel } = this;
    if ((cell.flags & Flag.Stopped) !== 0) return;
    const now = kernel.timers.now();
    for (const { name, left, period, kind, payload } of timers)
      armTimer(cell, name, now + left, period, this.kindOf(cell, kind), payload);
    for (const target of monitors as unknown as ActorRef[]) kernel.monitors.monitor(cell, target);
    cell.flags &= ~Flag.Blocked;
    if (hasFailed) return this.startAgain(cell);
    cell.wake();
  }

  /** Its incarnation had failed, and it waited for its supervisor. */
  private startAgain(cell: Cell): void {
    this.kernel.lifecycle.revive(cell, WHILE_RESTORED, (failure) => {
      if (failure === undefined) return;
      const reason = { kind: 'error', error: failure.error } as const;
      if (cell.parent instanceof Cell) this.kernel.supervisorOf(cell.parent).onEnd(cell, reason);
      else cell.parent?.childEnded(cell, reason);
    });
  }
}
