/**
 * What happened in a run, for people: events by node, and the messages between them. Recorded only for a run that is to be
 * shown.
 */
import type { NodeId } from '@troupe/protocol';
import type { WorldEvent } from './world/agenda.ts';

export interface TracedSend {
  /** Of the message: its delivery carries the same number. */
  readonly id: number;
  readonly to: NodeId;
  readonly text: string;
  readonly fate: 'sent' | 'lost';
}

/** A part of a node's state, by its path: `peers.n2.acked`. */
export interface StateField {
  readonly name: string;
  readonly text: string;
}

export interface TracedEvent {
  readonly index: number;
  /** Virtual ticks; of a live system, milliseconds since its history begins. */
  readonly at: number;
  /** Where it happened; undefined for what concerns the world: a partition. */
  readonly node: NodeId | undefined;
  readonly kind: 'start' | 'deliver' | 'timeout' | 'request' | 'disk' | 'applied' | 'client' | 'fault' | 'other';
  /** A line. */
  readonly text: string;
  /** The message that was delivered, and who had sent it. */
  readonly received?: number;
  readonly from?: NodeId;
  /** What was delivered reached nobody: the node was down. */
  readonly missed?: boolean;
  /** The node went down here, or came back. */
  readonly life?: 'crash' | 'restart';
  readonly sent: readonly TracedSend[];
  /** What the node told: replies, indications, as text. */
  readonly told: readonly string[];
  /** The state of the node afterwards, as text, where it changed. */
  readonly state?: string;
  /** The same by its parts. */
  readonly fields?: readonly StateField[];
}

/** What an event says of itself to whoever records it. */
export interface EventDescription {
  readonly node: NodeId | undefined;
  readonly kind: TracedEvent['kind'];
  readonly text: string;
  readonly received?: number;
  readonly from?: NodeId;
  readonly missed?: boolean;
}

/** An event that can be shown. */
export interface Describable {
  describe(): EventDescription;
}

/** Bounds what is kept: of a longer run, the end. */
export const TRACE_EVENTS_MAX = 10_000;

type Draft = { -readonly [K in keyof TracedEvent]: TracedEvent[K] } & { sent: TracedSend[]; told: string[] };

export class Tracer {
  readonly #events: Draft[] = [];
  #index = 0;
  #nextMessage = 0;

  get events(): readonly TracedEvent[] {
    return this.#events;
  }

  begin(at: number, event: WorldEvent, happens: boolean): void {
    if (!happens) return;
    const described: EventDescription =
      'describe' in event
        ? (event as unknown as Describable).describe()
        : { node: undefined, kind: 'other', text: event.label() };
    this.open(at, described);
  }

  /** What follows belongs to this: also what happens outside of events, as a node's start. */
  open(at: number, described: EventDescription): void {
    this.#events.push({ index: this.#index++, at, ...described, sent: [], told: [] });
    if (this.#events.length > TRACE_EVENTS_MAX) this.#events.shift();
  }

  /** @returns the message's number */
  send(to: NodeId, text: string, fate: TracedSend['fate']): number {
    const id = this.#nextMessage++;
    this.#events.at(-1)?.sent.push({ id, to, text, fate });
    return id;
  }

  tell(text: string): void {
    this.#events.at(-1)?.told.push(text);
  }

  /** A node went down or came back: as a part of its own event, or as one that something else brought about. */
  life(at: number, node: NodeId, life: NonNullable<TracedEvent['life']>): void {
    if (this.#events.at(-1)?.node !== node) this.open(at, { node, kind: 'fault', text: life });
    const last = this.#events.at(-1);
    if (last !== undefined) last.life = life;
  }

  state(text: string, fields?: readonly StateField[]): void {
    const last = this.#events.at(-1);
    if (last === undefined) return;
    last.state = text;
    if (fields !== undefined) last.fields = fields;
  }
}
