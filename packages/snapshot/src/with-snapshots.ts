/**
 * `withSnapshots(core)`: the core as it is, of whose running system a consistent snapshot can be taken at any time, by any
 * node, without a pause: request `{ kind: 'take-global-snapshot' }`. It is a state that the system could have been in: the
 * state of every node, with its timers and what waits for its disk, and the messages under way on every channel.
 *
 * Assumes channels that lose and repeat nothing, and that are FIFO unless `order: 'any'`. A snapshot during which a node
 * comes back is given up, with the reason. A core that applies commands to a machine, or asks a lower layer, keeps a part
 * of its state elsewhere: the types refuse it.
 *
 * @paper Chandy, Lamport: Distributed snapshots (TOCS 1985); Lai, Yang: On distributed snapshots (IPL 1987)
 */
import {
  type AnyShape,
  assert,
  assertOption,
  type Core,
  type CoreShape,
  clonePlain,
  type Effects,
  type Event,
  labelOf,
  type Name,
  type NodeId,
  PartPort,
  type RequestId,
  type ScopedName,
  type Ticks,
} from '@troupe/protocol';
import { abort, onEnded, onPart, onPeerRestarted, take } from './initiator.ts';
import { isSnapshotMessage, type SnapshotMessage } from './messages.ts';
import { coloursOf, onMarker, onPayload, record } from './recording.ts';
import { beginRestored, nextReplay, REPLAY } from './restore.ts';
import { RULES, type SnapshotRules } from './rules.ts';
import {
  CORE,
  type HeldSend,
  OWN,
  SNAPSHOT_DEFAULTS,
  type SnapshotOptions,
  type SnapshotState,
  type Step,
  type TakeSnapshot,
  type WithSnapshots,
} from './state.ts';
import { topologyOf } from './topology.ts';

/** What a core must not have: state that is not its own. */
export type HasAllState<S extends CoreShape> = [S['Command'] | S['LowerRequest']] extends [never]
  ? unknown
  : { readonly 'a core whose state is all its own: without commands, and stacked on its lower layer': never };

export function withSnapshots<S extends CoreShape>(
  core: Core<S> & HasAllState<S>,
  rules: SnapshotRules = RULES,
): Core<WithSnapshots<S>> {
  return new SnapshotCore(core as unknown as Core<AnyShape>, rules) as unknown as Core<WithSnapshots<S>>;
}

type Record =
  | { readonly kind: 'record'; readonly record: unknown }
  | { readonly kind: 'restored'; readonly durable: unknown };
interface Durable {
  core: unknown;
}

class SnapshotCore implements Core<AnyShape> {
  readonly name: string;
  readonly fold?: (durable: Durable | undefined, record: Record) => Durable;
  readonly #core: Core<AnyShape>;
  readonly #rules: SnapshotRules;
  readonly #port = new RecordingPort();

  constructor(core: Core<AnyShape>, rules: SnapshotRules) {
    this.name = `${core.name} with snapshots`;
    this.#core = core;
    this.#rules = rules;
    if (core.fold === undefined) return;
    this.fold = (durable = { core: undefined }, record) => {
      durable.core = record.kind === 'restored' ? record.durable : core.fold?.(durable.core, record.record);
      return durable;
    };
  }

  init(options: SnapshotOptions, durable: Durable | undefined): SnapshotState {
    const { self, nodes, channels, order, snapshotTicks, restore } = { ...SNAPSHOT_DEFAULTS, ...options };
    assertOption(
      Number.isSafeInteger(snapshotTicks) && snapshotTicks >= 1,
      'snapshotTicks in whole ticks from 1 up',
      snapshotTicks,
    );
    assertOption(order === 'fifo' || order === 'any', "order to be 'fifo' or 'any'", order);
    assertOption(restore === undefined || restore.node === self, `a part of node ${self} to restore`, restore?.node);
    const restored = durable === undefined ? restore : undefined;
    const survived = durable === undefined ? clonePlain(restore?.core.durable) : clonePlain(durable.core);
    return {
      topology: topologyOf(self, nodes, channels),
      order,
      snapshotTicks,
      self,
      core: restored === undefined ? this.#core.init(options, clonePlain(survived)) : clonePlain(restored.core.state),
      timers: new Map(),
      durable: survived,
      persists: [],
      held: [],
      failed: new Set(),
      sent: new Map(),
      received: new Map(),
      recordings: new Map(),
      takings: new Map(),
      ended: new Set(),
      incarnation: 0,
      nextNumber: 0,
      isRestarted: false,
      restoring: restored === undefined ? null : clonePlain(restored.core),
      replays: new Map(restored?.channels.map(({ from, messages }) => [from, clonePlain([...messages])])),
    };
  }

  step(state: SnapshotState, event: Event<AnyShape>, out: Effects<AnyShape>): void {
    const step: Step = { state, out, now: event.now, rules: this.#rules };
    switch (event.kind) {
      case 'start':
        this.#onStart(step, event);
        break;
      case 'message':
        this.#onMessage(step, event.from, event.message);
        break;
      case 'request':
        if ((event.request as TakeSnapshot | null)?.kind === 'take-global-snapshot') take(step, event.id);
        else this.#stepCore(step, event);
        break;
      case 'timeout':
        this.#onTimeout(step, event.timer as ScopedName, event.now);
        break;
      case 'persisted':
      case 'persist-failed':
        this.#onPersist(step, event);
        break;
      default:
        this.#stepCore(step, event);
        break;
    }
  }

  #onStart(step: Step, event: Event<AnyShape> & { readonly kind: 'start' }): void {
    const { state, out } = step;
    state.isRestarted = event.restarted;
    if (event.restarted) {
      // Ids of an earlier incarnation must not come again: who has heard of them would begin nothing.
      state.incarnation = out.choose('incarnation of the ids of snapshots', 2 ** 30);
      for (const node of state.topology.nodes) if (node !== state.self) out.send(node, { kind: 'restarted' });
    }
    if (state.restoring !== null) beginRestored(step, state.restoring, this.#begin(step));
    else this.#stepCore(step, event);
  }

  #onMessage(step: Step, from: NodeId, message: unknown): void {
    const { state, out } = step;
    if (!isSnapshotMessage(message)) return out.ignore('a malformed message');
    if (!state.topology.nodes.includes(from)) return out.ignore('a message of a stranger');
    switch (message.kind) {
      case 'payload':
        this.#onPayload(step, from, message);
        break;
      case 'marker':
        onMarker(step, from, message.id, message.initiator, message.sent);
        break;
      case 'begin':
        if (!state.recordings.has(step.rules.keyOf(message.id))) record(step, message.id, message.initiator);
        break;
      case 'part':
        onPart(step, from, message.id, message.part, this.#core.name);
        break;
      case 'objection':
        abort(step, message.id, message.reason);
        break;
      case 'ended':
        onEnded(step, message.id);
        break;
      case 'restarted':
        onPeerRestarted(step);
        break;
    }
  }

  /** Over channels that are not FIFO it may be the first that is heard of a snapshot: then it is after the cut, and so is this node. */
  #onPayload(
    step: Step,
    from: NodeId,
    { message, recorded }: SnapshotMessage<unknown> & { readonly kind: 'payload' },
  ): void {
    const { state } = step;
    for (const id of recorded) {
      const initiator = initiatorOf(id, state.topology.nodes);
      if (initiator !== undefined && !state.ended.has(id) && !state.recordings.has(step.rules.keyOf(id)))
        record(step, id, initiator);
    }
    onPayload(step, from, message, recorded);
    this.#stepCore(step, { kind: 'message', now: step.now, from, message });
  }

  #onTimeout(step: Step, { scope, name }: ScopedName, now: Ticks): void {
    const { state } = step;
    if (scope === CORE) {
      state.timers.delete(labelOf(name));
      this.#stepCore(step, { kind: 'timeout', now, timer: name });
    } else if (name === REPLAY) {
      const next = nextReplay(step);
      if (next !== undefined) this.#stepCore(step, { kind: 'message', now, ...next });
    } else {
      abort(step, String(name), 'timed out');
    }
  }

  #onPersist(step: Step, event: Event<AnyShape> & { readonly kind: 'persisted' | 'persist-failed' }): void {
    const { state, out } = step;
    const { scope, name } = event.token as ScopedName;
    if (scope === OWN) return;
    const label = labelOf(name);
    const oldest = state.persists.shift();
    assert(oldest !== undefined && labelOf(oldest.token) === label, 'persists to end in their order', { label });
    const isDurable = event.kind === 'persisted';
    if (isDurable) state.durable = this.#core.fold?.(state.durable, clonePlain(oldest.record));
    const isAgainUnderWay = state.persists.some(({ token }) => labelOf(token) === label);
    if (!isDurable && !isAgainUnderWay) state.failed.add(label);
    if (!isAgainUnderWay) {
      const port = this.#begin(step);
      const waited = state.held.filter(({ after }) => labelOf(after) === label);
      state.held = state.held.filter(({ after }) => labelOf(after) !== label);
      for (const { to, message } of waited) {
        if (isDurable) port.transmit(to, message);
        else out.ignore('a send whose persist failed');
      }
    }
    this.#stepCore(step, { ...event, token: name });
  }

  #stepCore(step: Step, event: Event<AnyShape>): void {
    this.#core.step(step.state.core, event, this.#begin(step));
  }

  #begin(step: Step): RecordingPort {
    return this.#port.begin(step);
  }
}

/** Ids begin with the name of their initiator. */
function initiatorOf(id: string, nodes: readonly NodeId[]): NodeId | undefined {
  return nodes.find((node) => id.startsWith(`${node}/`) && id.slice(node.length + 1).split('/').length === 2);
}

/** Passes on what the core does, and keeps what of it is not done yet. */
export class RecordingPort extends PartPort {
  #step: Step | undefined;

  begin(step: Step): this {
    this.#step = step;
    return this;
  }

  override send(to: NodeId, message: unknown, after?: Name): void {
    const { state, out } = this.#now;
    if (after === undefined) return this.transmit(to, message);
    const label = labelOf(after);
    if (state.persists.some(({ token }) => labelOf(token) === label)) {
      const held: HeldSend = { to, message, after };
      state.held.push(held);
    } else if (state.failed.has(label)) out.ignore('a send whose persist failed');
    else this.transmit(to, message);
  }

  transmit(to: NodeId, message: unknown): void {
    const { state, out } = this.#now;
    assert(state.topology.outbound.includes(to), 'a send along one of options.channels', { from: state.self, to });
    state.sent.set(to, (state.sent.get(to) ?? 0) + 1);
    out.send(to, { kind: 'payload', message, recorded: coloursOf(state) });
  }

  override setTimer(timer: Name, delay: Ticks): void {
    const { state, now } = this.#now;
    state.timers.set(labelOf(timer), { timer, at: (now + delay) as Ticks });
    super.setTimer(timer, delay);
  }

  override cancelTimer(timer: Name): void {
    this.#now.state.timers.delete(labelOf(timer));
    super.cancelTimer(timer);
  }

  override persist(token: Name, record: unknown): void {
    const { state } = this.#now;
    state.failed.delete(labelOf(token));
    state.persists.push({ token, record: clonePlain(record) });
    super.persist(token, record);
  }

  override reply(id: RequestId | null, reply: unknown): void {
    this.#now.out.reply(id, reply);
  }

  protected override get out(): Effects<AnyShape> {
    return this.#now.out;
  }

  protected override scope(name: Name): ScopedName {
    return { scope: CORE, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    return field === 'record' ? { kind: 'record', record: value } : value;
  }

  get #now(): Step {
    assert(this.#step !== undefined, 'effects to be emitted within a step');
    return this.#step;
  }
}
