/** Topics: what is published reaches every subscriber on every node, in order for each publisher. */

import type { Cell } from './cell.ts';
import { Flag } from './cell.ts';
import type { Kernel } from './kernel.ts';
import { optionInvalid } from './overflow.ts';

declare const payloadBrand: unique symbol;

/** A topic with payloads of type T. Equal names are the same topic on all nodes. */
export interface Topic<T> {
  readonly name: string;
  readonly [payloadBrand]?: (payload: T) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: any topic at all
export type AnyTopic = Topic<any>;

/** @throws TROUPE_OPTION_INVALID */
export function defineTopic<T>(name: string): Topic<T> {
  if (typeof name !== 'string' || name === '') throw optionInvalid("a topic's name", 'a non-empty string', name);
  return { name };
}

/** @throws TROUPE_OPTION_INVALID */
function nameOf(topic: AnyTopic): string {
  const name: unknown = topic?.name;
  if (typeof topic !== 'object' || typeof name !== 'string' || name === '')
    throw optionInvalid('the topic', 'one made by defineTopic', topic);
  return name;
}

export class Topics {
  private readonly kernel: Kernel;
  private readonly subscribers = new Map<string, Map<Cell, number>>();
  private readonly listeners = new Map<string, Set<(payload: unknown) => void>>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  publish(topic: AnyTopic, payload: unknown): void {
    const name = nameOf(topic);
    const value = this.kernel.copy(payload, 'payload');
    this.deliver(name, value);
    for (const node of this.kernel.nodes.othersUp())
      this.kernel.departures.control(node, { op: 'publish', topic: name, payload: value });
  }

  subscribe(topic: AnyTopic, cell: Cell, kind: number): void {
    const name = nameOf(topic);
    let cells = this.subscribers.get(name);
    if (cells === undefined) this.subscribers.set(name, (cells = new Map()));
    if (!cells.has(cell)) (cell.extra.ends ??= new Set()).add(() => this.unsubscribe(topic, cell));
    cells.set(cell, kind);
  }

  unsubscribe(topic: AnyTopic, cell: Cell): void {
    const name = nameOf(topic);
    const cells = this.subscribers.get(name);
    cells?.delete(cell);
    if (cells?.size === 0) this.subscribers.delete(name);
  }

  /** What an actor has subscribed to, with the kinds that it is told. */
  of(cell: Cell): readonly (readonly [topic: string, kind: number])[] {
    return [...this.subscribers].flatMap(([topic, cells]) => {
      const kind = cells.get(cell);
      return kind === undefined ? [] : [[topic, kind] as const];
    });
  }

  /** For programs outside actors. @returns a function that ends the subscription */
  listen<T>(topic: Topic<T>, listener: (payload: T) => void): () => void {
    const name = nameOf(topic);
    let listeners = this.listeners.get(name);
    if (listeners === undefined) this.listeners.set(name, (listeners = new Set()));
    listeners.add(listener as (payload: unknown) => void);
    return () => listeners.delete(listener as (payload: unknown) => void);
  }

  /** What was published anywhere reaches this node's subscribers, each with a copy of its own. */
  deliver(topic: string, payload: unknown): void {
    for (const [cell, kind] of this.subscribers.get(topic) ?? []) {
      if ((cell.flags & Flag.Stopped) === 0)
        this.kernel.tellUnattended(cell, kind, this.kernel.copy(payload, 'payload'));
    }
    for (const listener of this.listeners.get(topic) ?? []) {
      try {
        listener(this.kernel.copy(payload, 'payload'));
      } catch (error) {
        this.kernel.host.log.error({ topic, err: error }, 'a listener of a topic threw');
      }
    }
  }
}
