/**
 * Refs across nodes: ids of this node's actors that others know, and one ref object for each actor elsewhere,
 * so that two refs to one actor are `===` within a thread.
 */

import type { ReferenceHook } from '@troupe/codec';
import { TroupeError } from '@troupe/protocol';
import { type Cell, Flag } from './cell.ts';
import { Interface, isKindName } from './interface.ts';
import type { Kernel } from './kernel.ts';
import { ActorRef, isRef } from './ref.ts';
import { Stat } from './stats.ts';
import { ID_MAX, isCount, isId, type RefData } from './wire.ts';

/** An actor's id is its serial number, so that it has one name everywhere. A node that has made more than this gives out others. */
const SERIAL_MAX = 0x7fff_ffff;
/** Of refs of which only the address is known. */
export const UNKNOWN: Interface = Interface.of('unknown#unknown', [], []);
const KINDS_MAX = 4_096;
/** Refs of stopped actors that are kept. */
const STOPPED_MAX = 1_024;

export class RefTable implements ReferenceHook {
  private readonly kernel: Kernel;
  private readonly exports = new Map<number, Cell>();
  /** Those that stopped last, by id: a message that comes too late still has a name. */
  private readonly stopped = new Map<number, ActorRef>();
  /** Refs to actors of an earlier life of this node that have not been started again yet. */
  private readonly awaited = new Map<number, ActorRef>();
  private readonly remotes = new Map<string, WeakRef<ActorRef>>();
  private readonly collected = new FinalizationRegistry<string>((key) => {
    if (this.remotes.get(key)?.deref() === undefined) this.remotes.delete(key);
  });
  private readonly firstId: number;
  /** For actors with a serial number that is too high. */
  private nextId: number;

  constructor(kernel: Kernel, firstId: number) {
    this.kernel = kernel;
    this.firstId = firstId;
    this.nextId = Math.max(firstId, SERIAL_MAX + 1);
    kernel.stats[Stat.Ids] = firstId - 1;
  }

  /** The id under which others address the actor. */
  exportId(cell: Cell): number {
    if (cell.ref.id !== 0) return cell.ref.id;
    if ((cell.flags & Flag.Stopped) === 0) this.exportAs(cell, this.newId(cell));
    else {
      // Only now somebody elsewhere hears of it: as the target of a dead letter, or as who has ended.
      cell.ref.id = this.newId(cell);
      this.rememberStopped(cell.ref);
    }
    return cell.ref.id;
  }

  /** The id under which others know the actor, or would. */
  idOf(cell: Cell): number {
    return cell.ref.id || (cell.serial <= SERIAL_MAX ? cell.serial : this.exportId(cell));
  }

  /** Whether an actor of an earlier life of this node may be started again under this id. */
  mayTakeAgain(id: number): boolean {
    return id < this.firstId && !this.exports.has(id);
  }

  exportAs(cell: Cell, id: number): void {
    const awaited = this.awaited.get(id);
    if (awaited !== undefined) {
      // 1. Two actors of this node hold refs to each other. 2. The node is restarted, and the first started again: its
      // argument brings a ref to the second, which does not exist yet. 3. The second starts: that ref must be its own.
      this.awaited.delete(id);
      // A message that came before it knew only its address.
      awaited.learn(cell.type.interface, cell.ref.name);
      (awaited as { cell: Cell | undefined }).cell = cell;
      (cell as { ref: ActorRef }).ref = awaited;
    }
    cell.ref.id = id;
    this.count(id);
    this.exports.set(id, cell);
    this.kernel.recovery.started(id, cell);
  }

  exported(id: number): Cell | undefined {
    return this.exports.get(id);
  }

  forget(cell: Cell): void {
    const { ref } = cell;
    if (ref.id === 0) return;
    this.exports.delete(ref.id);
    this.rememberStopped(ref);
  }

  private rememberStopped(ref: ActorRef): void {
    this.stopped.set(ref.id, ref);
    if (this.stopped.size > STOPPED_MAX) this.stopped.delete(this.stopped.keys().next().value as number);
  }

  remote(node: number, id: number, of: Interface, name: string | undefined): ActorRef {
    const key = `${node}/${id}`;
    const known = this.remotes.get(key)?.deref();
    if (known !== undefined) {
      if (known.interface === UNKNOWN && of !== UNKNOWN) known.learn(of, name);
      return known;
    }
    const ref = new ActorRef(this.kernel, of, undefined, node, id, name);
    this.remotes.set(key, new WeakRef(ref));
    this.collected.register(ref, key);
    return ref;
  }

  /** A ref to an actor of which only the address is known. */
  stranger(node: number, id: number): ActorRef {
    return node === this.kernel.index
      ? (this.exports.get(id)?.ref ?? this.dead(id))
      : this.remote(node, id, UNKNOWN, undefined);
  }

  known(node: number, id: number): ActorRef {
    return this.remotes.get(`${node}/${id}`)?.deref() ?? this.stranger(node, id);
  }

  dead(id: number): ActorRef {
    return this.deadOf(id, UNKNOWN, undefined);
  }

  // --- in messages

  is(value: object): boolean {
    return isRef(value);
  }

  /** An address means something within its own system only: in another it would be that of another actor, or of none. */
  refusal(value: object): readonly [got: string, advice: string] | undefined {
    const ref = value as ActorRef;
    if (ref.kernel === this.kernel) return undefined;
    return [`a ref of another system, ${ref}`, 'Keep to one system, or send what the actor said.'];
  }

  encode(value: object): RefData {
    const ref = value as ActorRef;
    if (ref.cell !== undefined && ref.id === 0) this.exportId(ref.cell);
    const { key, kinds, streams } = ref.interface;
    return [ref.nodeIndex, ref.id, key, kinds, streams, ref.name ?? null];
  }

  /** @throws TROUPE_FRAME_MALFORMED */
  decode(data: unknown): ActorRef {
    const [node, id, key, kinds, streams, name] = checkRefData(data, this.kernel.nodes.count);
    return this.at(node, id, interfaceOf(key, kinds, streams), name ?? undefined);
  }

  at(node: number, id: number, of: Interface, name: string | undefined): ActorRef {
    if (node === this.kernel.index) return this.exports.get(id)?.ref ?? this.deadOf(id, of, name);
    return this.remote(node, id, of, name);
  }

  private deadOf(id: number, of: Interface, name: string | undefined): ActorRef {
    const known = this.stopped.get(id) ?? this.awaited.get(id);
    if (known !== undefined) {
      if (known.interface === UNKNOWN && of !== UNKNOWN) known.learn(of, name);
      return known;
    }
    const ref = new ActorRef(this.kernel, of, undefined, this.kernel.index, id, name);
    const { recovery } = this.kernel;
    if (recovery.expects(id) || (recovery.isLate(id) && this.awaited.size < STOPPED_MAX)) this.awaited.set(id, ref);
    return ref;
  }

  /** The next life of this node gives out others. */
  private count(id: number): void {
    this.kernel.stats[Stat.Ids] = Math.max(this.kernel.stats[Stat.Ids] as number, id);
  }

  private newId({ serial }: Cell): number {
    if (this.nextId >= ID_MAX)
      throw new TroupeError(
        'TROUPE_OPTION_INVALID',
        `Expected fewer than ${ID_MAX} refs to leave node ${this.kernel.name}, got one more. Restart the node.`,
      );
    // Of those above, some may be had by actors that were restored.
    while (this.exports.has(this.nextId)) this.nextId++;
    const id = serial <= SERIAL_MAX ? serial : this.nextId++;
    this.count(id);
    return id;
  }
}

function checkRefData(data: unknown, nodes: number): RefData {
  const ok =
    Array.isArray(data) &&
    data.length === 6 &&
    isCount(data[0]) &&
    data[0] < nodes &&
    isId(data[1]) &&
    typeof data[2] === 'string' &&
    Array.isArray(data[3]) &&
    Array.isArray(data[4]) &&
    (data[5] === null || typeof data[5] === 'string');
  if (!ok) throw malformed();
  return data as unknown as RefData;
}

/** One that is known was looked at when it was made. @throws TROUPE_FRAME_MALFORMED */
function interfaceOf(key: string, kinds: readonly unknown[], streams: readonly unknown[]): Interface {
  const known = Interface.find(key);
  if (known?.is(kinds, streams)) return known;
  const ok =
    kinds.length <= KINDS_MAX &&
    kinds.every(isKindName) &&
    new Set(kinds).size === kinds.length &&
    streams.length <= kinds.length &&
    streams.every((index): index is number => Number.isInteger(index));
  if (!ok) throw malformed();
  return Interface.of(key, kinds, streams);
}

const malformed = (): TroupeError =>
  new TroupeError(
    'TROUPE_FRAME_MALFORMED',
    'Expected a ref (node, id, key, kinds, streams, name), got something else.',
  );
