/**
 * Runs one incarnation of a core on one node, on behalf of a host (an actor, a simulator, a test). It executes effects
 * in order once a step has returned, holds back sends until their persist is durable, keeps a timer's name to one
 * ticket, and counts what was ignored. It never reads the core's state.
 *
 * The host's part is `DriverHost`; the contract between the two is in this package's README.
 */
import type { NodeId, Ticks } from './brand.ts';
import type { Core } from './core.ts';
import {
  createGate,
  type DurabilityGate,
  type Label,
  passGate,
  persistEnded,
  persistStarted,
} from './durability-gate.ts';
import type { Effect } from './effects.ts';
import { TroupeError } from './error.ts';
import type { Event, RequestId } from './event.ts';
import { labelOf } from './name.ts';
import { type Choose, EffectRecorder } from './recorder.ts';
import type { CoreShape } from './shape.ts';

/** Sends that may wait for the disk at once; one more ends the node (`TROUPE_CORE_OVERLOADED`). */
export const WAITING_SENDS_MAX = 65_536;
/** Distinct reasons counted; what comes after them is counted as `other`. */
export const IGNORE_REASONS_MAX = 256;

/** What a host does for a driver. None of these may call back into the driver before it has returned. */
export interface DriverHost<S extends CoreShape> {
  readonly choose: Choose;
  /** A simulator's alone. */
  buggify?(label: string): boolean;
  send(to: NodeId, message: S['Message']): void;
  /** Calls `driver.timeout(now, ticket)` once, `delay` or more ticks from now. */
  setTimer(ticket: number, delay: Ticks): void;
  /** A courtesy: the driver ignores the ticket of a timer that was cancelled or replaced. */
  cancelTimer(ticket: number): void;
  /** In the place of `cancelTimer(old)` and `setTimer(ticket, delay)`, where a host can do both at less cost. */
  resetTimer?(old: number, ticket: number, delay: Ticks): void;
  /** Appends in order of sequence; then calls `driver.persisted` or `driver.persistFailed`, in that order. */
  persist(sequence: number, record: S['Record']): void;
  /** Applies in order; with a token, calls `driver.applied` afterwards. */
  apply(command: S['Command'], token: S['Token'] | undefined): void;
  reply(id: RequestId, reply: S['Reply']): void;
  indicate(indication: S['Indication']): void;
  /** Stands for the layer below the whole core; with a token, calls `driver.replied` once it answers. */
  request(request: S['LowerRequest'], token: S['Token'] | undefined): void;
}

const PERSIST_FAILED = 'a send whose persist failed';

type Send<S extends CoreShape> = Extract<Effect<S>, { kind: 'send' }>;

/**
 * All that an incarnation and its driver know, as plain data: what an explorer clones, to go on from it in several ways.
 * Two that are equal but for `now`, tickets and sequence numbers go on alike.
 */
export interface DriverSituation<S extends CoreShape> {
  readonly state: S['State'];
  /** Those that are set, by the label of their name. */
  readonly timers: Map<Label, { readonly ticket: number; readonly timer: S['Timer'] }>;
  readonly gate: DurabilityGate<Send<S>>;
  /** Those under way, oldest first. */
  readonly persists: { readonly sequence: number; readonly token: S['Token']; readonly label: Label }[];
  now: Ticks;
  nextTicket: number;
  nextSequence: number;
}

export class CoreDriver<S extends CoreShape> {
  /** How often each reason was given for ignoring input. */
  readonly ignored: ReadonlyMap<string, number>;
  readonly #core: Core<S>;
  readonly #host: DriverHost<S>;
  readonly #situation: DriverSituation<S>;
  readonly #out: EffectRecorder<S>;
  readonly #labels = new Map<number, Label>();
  readonly #ignored = new Map<string, number>();
  #phase: 'idle' | 'stepping' | 'executing' = 'idle';
  #failure: unknown;

  /** `durable` is the fold of the records that survived, or undefined. Where to go on from is `resume`'s to give. */
  constructor(
    core: Core<S>,
    options: S['Options'],
    host: DriverHost<S>,
    durable?: S['Durable'],
    at?: DriverSituation<S>,
  ) {
    this.#core = core;
    this.#host = host;
    this.ignored = this.#ignored;
    this.#out = new EffectRecorder(
      (label, n) => host.choose(label, n),
      (label) => host.buggify?.(label) ?? false,
    );
    this.#situation = at ?? {
      state: core.init(options, durable),
      timers: new Map(),
      gate: createGate(),
      persists: [],
      now: 0 as Ticks,
      nextTicket: 0,
      nextSequence: 0,
    };
    for (const [label, { ticket }] of this.#situation.timers) this.#labels.set(ticket, label);
  }

  /** Goes on where another driver of this core was. The situation is this one's from here on. */
  static resume<S extends CoreShape>(core: Core<S>, host: DriverHost<S>, situation: DriverSituation<S>): CoreDriver<S> {
    return new CoreDriver<S>(core, undefined, host, undefined, situation);
  }

  /** For inspection and for checkers; nothing may mutate it. */
  get state(): S['State'] {
    return this.#situation.state;
  }

  /** Between two events. To be cloned by whoever keeps it: the driver goes on to mutate it. */
  get situation(): DriverSituation<S> {
    return this.#situation;
  }

  start(now: Ticks, restarted: boolean): void {
    this.#step({ kind: 'start', now: this.#advance(now), restarted });
  }

  message(now: Ticks, from: NodeId, message: S['Message']): void {
    this.#step({ kind: 'message', now: this.#advance(now), from, message });
  }

  /** Takes a ticket that has come due; false where its timer was cancelled or replaced meanwhile. */
  timeout(now: Ticks, ticket: number): boolean {
    const label = this.#labels.get(ticket);
    if (label === undefined) return false;
    const entry = this.#situation.timers.get(label);
    this.#labels.delete(ticket);
    this.#situation.timers.delete(label);
    if (entry !== undefined) this.#step({ kind: 'timeout', now: this.#advance(now), timer: entry.timer });
    return true;
  }

  request(now: Ticks, id: RequestId | null, request: S['Request']): void {
    this.#step({ kind: 'request', now: this.#advance(now), id, request });
  }

  /** Every record up to this sequence number is durable. One sync may acknowledge many. */
  persisted(now: Ticks, sequence: number): void {
    this.#advance(now);
    this.#expectAcknowledgement(sequence);
    let oldest = this.#situation.persists[0];
    while (oldest !== undefined && oldest.sequence <= sequence) {
      this.#situation.persists.shift();
      for (const send of persistEnded(this.#situation.gate, oldest.label, true)) this.#host.send(send.to, send.message);
      this.#step({ kind: 'persisted', now: this.#situation.now, token: oldest.token });
      oldest = this.#situation.persists[0];
    }
  }

  /** The write of this record failed. Earlier ones have been acknowledged; what waited for this one is dropped. */
  persistFailed(now: Ticks, sequence: number, reason: string): void {
    this.#advance(now);
    this.#expectAcknowledgement(sequence);
    const oldest = this.#situation.persists.shift();
    if (oldest === undefined || oldest.sequence !== sequence) {
      throw contractBroken(`the failure of the oldest persist, ${oldest?.sequence}`, sequence);
    }
    for (const _dropped of persistEnded(this.#situation.gate, oldest.label, false)) this.#count(PERSIST_FAILED);
    this.#step({ kind: 'persist-failed', now: this.#situation.now, token: oldest.token, reason });
  }

  applied(now: Ticks, token: S['Token'], result: S['Result']): void {
    this.#step({ kind: 'applied', now: this.#advance(now), token, result });
  }

  indication(now: Ticks, indication: S['LowerIndication']): void {
    this.#step({ kind: 'indication', now: this.#advance(now), indication });
  }

  replied(now: Ticks, token: S['Token'], reply: S['LowerReply']): void {
    this.#step({ kind: 'replied', now: this.#advance(now), token, reply });
  }

  // The driver is generic: whether S has this kind of event is checked where the event is made, not here.
  #step(event: unknown): void {
    if (this.#failure !== undefined) {
      throw new TroupeError(
        'TROUPE_CORE_FAILED',
        `Expected a working core, got one whose step threw: ${this.#core.name}. Start a new incarnation.`,
        {
          cause: this.#failure,
        },
      );
    }
    if (this.#phase !== 'idle') throw contractBroken('one event at a time, after the last one’s effects', this.#phase);
    this.#phase = 'stepping';
    try {
      this.#core.step(this.#situation.state, event as Event<S>, this.#out);
      this.#phase = 'executing';
      for (const effect of this.#out.take()) this.#execute(effect);
    } catch (error) {
      // A step that throws has no effects: a node whose invariant is broken must not speak any more.
      this.#failure = error ?? new Error('thrown without a value');
      this.#out.take();
      throw error;
    } finally {
      this.#phase = 'idle';
    }
  }

  #execute(effect: Effect<S>): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect);
        return;
      case 'set-timer':
        this.#setTimer(effect.timer, effect.delay);
        return;
      case 'cancel-timer':
        this.#cancelTimer(effect.timer);
        return;
      case 'persist':
        this.#persist(effect.token, effect.record);
        return;
      case 'apply':
        this.#host.apply(effect.command, effect.token);
        return;
      case 'reply':
        this.#host.reply(effect.id, effect.reply);
        return;
      case 'indicate':
        this.#host.indicate(effect.indication);
        return;
      case 'request':
        this.#host.request(effect.request, effect.token);
        return;
      case 'ignore':
        this.#count(effect.reason);
        return;
    }
  }

  #send(effect: Send<S>): void {
    const verdict = effect.after === undefined ? 'free' : passGate(this.#situation.gate, labelOf(effect.after), effect);
    if (verdict === 'free') {
      this.#host.send(effect.to, effect.message);
    } else if (verdict === 'dropped') {
      this.#count(PERSIST_FAILED);
    } else if (this.#situation.gate.waiting > WAITING_SENDS_MAX) {
      throw new TroupeError(
        'TROUPE_CORE_OVERLOADED',
        `Expected at most ${WAITING_SENDS_MAX} sends that wait for a persist, got one more. The disk has stalled.`,
      );
    }
  }

  #setTimer(timer: S['Timer'], delay: Ticks): void {
    const ticket = this.#situation.nextTicket++;
    const label = labelOf(timer);
    const old = this.#situation.timers.get(label)?.ticket;
    this.#situation.timers.set(label, { ticket, timer });
    this.#labels.set(ticket, label);
    if (old === undefined) return this.#host.setTimer(ticket, delay);
    this.#labels.delete(old);
    if (this.#host.resetTimer !== undefined) return this.#host.resetTimer(old, ticket, delay);
    this.#host.cancelTimer(old);
    this.#host.setTimer(ticket, delay);
  }

  #cancelTimer(timer: S['Timer']): void {
    const label = labelOf(timer);
    const entry = this.#situation.timers.get(label);
    if (entry === undefined) return;
    this.#situation.timers.delete(label);
    this.#labels.delete(entry.ticket);
    this.#host.cancelTimer(entry.ticket);
  }

  #persist(token: S['Token'], record: S['Record']): void {
    if (this.#core.fold === undefined) throw contractBroken('a core that persists to have fold', this.#core.name);
    const sequence = this.#situation.nextSequence++;
    const label = labelOf(token);
    this.#situation.persists.push({ sequence, token, label });
    persistStarted(this.#situation.gate, label);
    this.#host.persist(sequence, record);
  }

  #expectAcknowledgement(sequence: number): void {
    if (this.#phase !== 'idle')
      throw contractBroken('an acknowledgement on a later turn than its persist', this.#phase);
    const oldest = this.#situation.persists[0];
    if (oldest === undefined || sequence < oldest.sequence || sequence >= this.#situation.nextSequence) {
      throw contractBroken(`the acknowledgement of a persist under way, from ${oldest?.sequence} up`, sequence);
    }
  }

  /** Clocks of hosts may jump back; a core's time does not. */
  #advance(now: Ticks): Ticks {
    if (now > this.#situation.now) this.#situation.now = now;
    return this.#situation.now;
  }

  #count(reason: string): void {
    const known = this.#ignored.has(reason) || this.#ignored.size < IGNORE_REASONS_MAX;
    const key = known ? reason : 'other';
    this.#ignored.set(key, (this.#ignored.get(key) ?? 0) + 1);
  }
}

function contractBroken(expected: string, got: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_CORE_DRIVER',
    `Expected ${expected}, got ${String(got)}. Correct the host of this core.`,
    {
      data: { expected, got },
    },
  );
}
