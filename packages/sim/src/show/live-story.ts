/**
 * From what a live system recorded to a story that diagrams are drawn of.
 *
 * A row is what a node did at one stroke: a message came, its handler was called, it sent messages, an actor started. Events
 * join the row before them only where nothing else happened on their node meanwhile, so no row says more of the order than
 * was recorded. A message whose sending or receipt is not in the history, dropped or never there, is an arrow with an open end.
 */
import type { SystemTrace, TracedActor, TracedMessage, TraceEvent } from '@troupe/actors';
import { type NodeId, nodeId } from '@troupe/protocol';
import type { TracedEvent, TracedSend } from '../trace.ts';
import type { Story } from './story.ts';

export interface LiveStoryOptions {
  /** Default: how many nodes there were. */
  readonly title?: string;
  /**
   * A lane for each life of each node, or for each actor, where messages between actors of one node show, too. Default: nodes,
   * or actors where the system has one node.
   */
  readonly lanes?: 'nodes' | 'actors';
  /** Also what nodes say to one another for themselves: claims of names, offers, watches. Default false. */
  readonly housekeeping?: boolean;
}

/** What one kernel says to another that is shown in any case. */
const TOLD_CONTROL: ReadonlySet<string> = new Set(['start', 'spawn', 'stop', 'exit', 'down']);

type Draft = { -readonly [K in keyof TracedEvent]: TracedEvent[K] } & { sent: TracedSend[]; told: string[] };

/** A row that may grow, and what it is about. */
interface Row {
  readonly draft: Draft;
  /** Whose handler runs in it, as `actorKey` says; undefined: nobody's yet. */
  actor: string | undefined;
  message: string | undefined;
  /** The program, or its node itself, sends in it. */
  isAside: boolean;
  hasEnded: boolean;
}

export function liveStory(trace: SystemTrace, options: LiveStoryOptions = {}): Story {
  const nodes = new Set(trace.lives.map(({ node }) => node));
  const lanes = options.lanes ?? (nodes.size === 1 ? 'actors' : 'nodes');
  const title = options.title ?? `A system of ${nodes.size} node${nodes.size === 1 ? '' : 's'}`;
  const writer = new StoryWriter(trace, lanes === 'actors', options.housekeeping === true);
  for (const event of trace.events) writer.take(event);
  return { title, unit: 'ms', events: writer.events };
}

class StoryWriter {
  readonly events: Draft[] = [];
  readonly #byActor: boolean;
  readonly #housekeeping: boolean;
  readonly #startedAt: number;
  readonly #leftOut: number;
  /** Sendings by the id of their message. */
  readonly #sendings = new Map<string, TraceEvent>();
  /** Messages by number, as diagrams have them. */
  readonly #numbers = new Map<string, number>();
  /** The last row of each life of a node. */
  readonly #rows = new Map<string, Row>();

  constructor({ events, lives }: SystemTrace, byActor: boolean, housekeeping: boolean) {
    this.#byActor = byActor;
    this.#housekeeping = housekeeping;
    this.#startedAt = events.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    this.#leftOut = lives.reduce((sum, { dropped }) => sum + dropped, 0);
    for (const event of events)
      if (event.kind === 'send' && event.message !== undefined) this.#sendings.set(event.message.id, event);
  }

  take(event: TraceEvent): void {
    const row = this.#rows.get(processOf(event));
    switch (event.kind) {
      case 'start':
        return this.#start(event);
      case 'crash':
        this.#newRow(event, { kind: 'fault', text: event.text, life: 'crash' });
        return;
      case 'send':
        return this.#send(event, row);
      case 'receive':
        return this.#receive(event);
      case 'begin':
        return this.#begin(event, row);
      case 'end':
        return this.#end(event, row);
      case 'timer':
        this.#newRow(event, { kind: 'timeout', text: `${this.#who(event)}timer ${event.text}` }).actor =
          actorKey(event);
        return;
      case 'spawn':
      case 'stop':
      case 'fail':
      case 'restart':
        return this.#life(event, row);
      case 'node-down':
        this.#newRow(event, { kind: 'other', text: `learns that ${event.peer} is down: ${event.text}` });
        return;
      case 'node-up':
        this.#newRow(event, { kind: 'other', text: `learns that ${event.peer} is up` });
        return;
      default:
        return event.kind satisfies never;
    }
  }

  #start(event: TraceEvent): void {
    const { life, message, peer } = event;
    const restart = life === 1 ? {} : { life: 'restart' as const };
    if (message === undefined) this.#newRow(event, { kind: 'start', text: 'starts', ...restart });
    else
      this.#newRow(event, {
        kind: 'deliver',
        text: life === 1 ? 'start' : `start of life ${life}`,
        received: this.#number(message.id),
        ...(peer === undefined ? {} : { from: nodeId(peer) }),
        ...restart,
      });
  }

  #send(event: TraceEvent, row: Row | undefined): void {
    const { message, peer, node } = event;
    if (message === undefined || peer === undefined || !this.#isTold(message, event.text)) return;
    // Lanes of nodes show what goes from one to another.
    if (!this.#byActor && peer === node) return;
    const to = this.#byActor && message.target !== undefined ? laneOfActor(peer, message.target) : peer;
    const text = `${wordsOf(message, event.text)}${this.#byActor ? '' : targetOf(message)}`;
    const sent: TracedSend = { id: this.#number(message.id), to: nodeId(to), text, fate: 'sent' };
    const key = actorKey(event);
    const isOfThis = key === undefined ? row?.isAside === true : row?.actor === key;
    if (row !== undefined && !row.hasEnded && isOfThis && this.#isLast(event, row)) row.draft.sent.push(sent);
    else {
      const begun = this.#newRow(event, { kind: 'other', text: `${this.#who(event)}sends` });
      begun.draft.sent.push(sent);
      begun.actor = key;
      begun.isAside = key === undefined;
    }
  }

  #receive(event: TraceEvent): void {
    const { message, peer, actor } = event;
    if (message === undefined) return;
    const sending = this.#sendings.get(message.id);
    const text = sending?.text ?? event.text;
    if (!this.#isTold(message, text)) return;
    // A lane of an actor gets a message when it is handled; an answer when it comes.
    if (this.#byActor && (message.frame === 'tell' || message.frame === 'ask' || actor === undefined)) return;
    const row = this.#newRow(event, {
      kind: 'deliver',
      text: `${wordsOf(message, text)}${targetOf(sending?.message ?? message)}`,
      received: this.#number(message.id),
      ...this.#cameFrom(sending, peer),
    });
    row.message = message.id;
  }

  #begin(event: TraceEvent, row: Row | undefined): void {
    const { message, text } = event;
    const key = actorKey(event);
    if (row !== undefined && !row.hasEnded && this.#isLast(event, row)) {
      const isNext = row.message !== undefined && row.message === message?.id;
      // A timer's message to its own actor.
      const isTimers = row.draft.kind === 'timeout' && row.actor === key && !this.#byActor;
      if (isNext || isTimers) {
        row.actor = key;
        return;
      }
    }
    const sending = message === undefined ? undefined : this.#sendings.get(message.id);
    const received =
      this.#byActor && message !== undefined
        ? { kind: 'deliver' as const, received: this.#number(message.id), ...this.#cameFrom(sending, undefined) }
        : { kind: 'other' as const };
    const begun = this.#newRow(event, { ...received, text: `${this.#who(event)}${text}` });
    begun.actor = key;
  }

  #end(event: TraceEvent, row: Row | undefined): void {
    if (row !== undefined && row.actor === actorKey(event) && this.#isLast(event, row)) row.hasEnded = true;
    else this.#newRow(event, { kind: 'other', text: `${this.#who(event)}${event.text} has ended` }).hasEnded = true;
  }

  #life(event: TraceEvent, row: Row | undefined): void {
    const { kind, text } = event;
    const words = { spawn: 'starts', stop: 'stops', fail: 'fails', restart: 'restarts' }[kind as 'spawn'];
    const told = `${labelOf(event.actor)} ${words}${text === '' ? '' : `: ${text}`}`;
    if (row !== undefined && !row.hasEnded && this.#isLast(event, row)) row.draft.told.push(told);
    else this.#newRow(event, { kind: 'other', text: told });
  }

  #newRow(event: TraceEvent, what: Pick<TracedEvent, 'kind' | 'text'> & Partial<TracedEvent>): Row {
    const draft: Draft = {
      index: this.#leftOut + this.events.length,
      at: Math.round((event.at - this.#startedAt) * 10) / 10,
      node: this.#lane(event),
      ...what,
      sent: [],
      told: [],
    };
    this.events.push(draft);
    const row: Row = { draft, actor: undefined, message: undefined, isAside: false, hasEnded: false };
    this.#rows.set(processOf(event), row);
    return row;
  }

  /** Whether the row is of the lane that the event belongs to: it is the last of its node already. */
  #isLast(event: TraceEvent, row: Row): boolean {
    return row.draft.node === this.#lane(event);
  }

  #lane({ node, actor }: TraceEvent): NodeId {
    return nodeId(this.#byActor && actor !== undefined ? laneOfActor(node, actor) : node);
  }

  /** In a lane of its own an actor need not be named. */
  #who({ actor }: TraceEvent): string {
    if (this.#byActor) return '';
    return actor === undefined ? '' : `${labelOf(actor)}: `;
  }

  #cameFrom(sending: TraceEvent | undefined, peer: string | undefined): { readonly from?: NodeId } {
    if (sending !== undefined) return { from: this.#lane(sending) };
    return peer === undefined ? {} : { from: nodeId(peer) };
  }

  #isTold({ frame }: TracedMessage, text: string): boolean {
    return this.#housekeeping || frame !== 'control' || TOLD_CONTROL.has(text);
  }

  #number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(id, number);
    return number;
  }
}

const processOf = ({ node, life }: TraceEvent): string => `${node}#${life}`;
const actorKey = ({ actor }: TraceEvent): string | undefined => (actor === undefined ? undefined : String(actor.id));
const labelOf = (actor: TracedActor | undefined): string =>
  actor === undefined ? 'an actor' : (actor.name ?? `${actor.type}#${actor.id}`);
const laneOfActor = (node: string, actor: TracedActor): string => `${node}/${labelOf(actor)}`;
const targetOf = ({ target }: TracedMessage): string => (target === undefined ? '' : ` to ${labelOf(target)}`);
const wordsOf = ({ frame }: TracedMessage, text: string): string =>
  frame === 'reply' ? 'answer' : frame === 'control' ? text || 'control' : `${frame} ${text}`;
