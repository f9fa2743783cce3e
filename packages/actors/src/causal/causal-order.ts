/**
 * One order of the events of all nodes in which no effect stands before its cause, and otherwise as they came by the clock on
 * the wall: the histories of lives, each in its own order, are merged by taking again and again the earliest event that may come.
 *
 * A receipt waits for the sending, and the news of a node's end for that end. Where a life has dropped events, what it had
 * received is not known: its first event waits for all that have a lesser Lamport time.
 */

import type { TraceEvent } from './system-trace.ts';

export interface LifeEvents {
  readonly node: string;
  /** In the order of their Lamport times. */
  readonly events: readonly TraceEvent[];
  /** There were others before. */
  readonly isCut: boolean;
}

class Queue {
  readonly life: LifeEvents;
  at = 0;

  constructor(life: LifeEvents) {
    this.life = life;
  }

  get head(): TraceEvent | undefined {
    return this.life.events[this.at];
  }

  /** Something of it, up to this time, has not come yet. */
  holdsBefore(lamport: number): boolean {
    return this.head !== undefined && this.head.lamport < lamport;
  }
}

export function causalOrder(lives: readonly LifeEvents[]): TraceEvent[] {
  const queues = lives.map((life) => new Queue(life));
  /** Messages that have been recorded as sent, and have not been in the order yet. */
  const unsent = new Set<string>();
  for (const { events } of lives)
    for (const { kind, message } of events) if (kind === 'send' && message !== undefined) unsent.add(message.id);
  const order: TraceEvent[] = [];
  for (let next = earliest(queues, unsent); next !== undefined; next = earliest(queues, unsent)) {
    const event = next.head as TraceEvent;
    next.at++;
    if (event.kind === 'send' && event.message !== undefined) unsent.delete(event.message.id);
    order.push(event);
  }
  return order;
}

/** Where nodes that say anything have made a ring of causes, the least Lamport time ends it. */
function earliest(queues: readonly Queue[], unsent: ReadonlySet<string>): Queue | undefined {
  let ready: Queue | undefined;
  let least: Queue | undefined;
  for (const queue of queues) {
    const { head } = queue;
    if (head === undefined) continue;
    if (least?.head === undefined || head.lamport < least.head.lamport) least = queue;
    if (ready?.head !== undefined && ready.head.at <= head.at) continue;
    if (mayCome(queue, head, queues, unsent)) ready = queue;
  }
  return ready ?? least;
}

function mayCome(queue: Queue, head: TraceEvent, queues: readonly Queue[], unsent: ReadonlySet<string>): boolean {
  const { kind, message, peer, lamport } = head;
  if (queue.at === 0 && queue.life.isCut) return !queues.some((other) => other !== queue && other.holdsBefore(lamport));
  if (kind === 'node-down')
    return !queues.some((other) => other.life.node === peer && other.holdsBefore(lamport) && hasCrashed(other));
  return kind === 'send' || message === undefined || !unsent.has(message.id);
}

const hasCrashed = ({ life }: Queue): boolean => life.events.at(-1)?.kind === 'crash';
