/**
 * One order of the events of all nodes in which no effect stands before its cause, and otherwise as they came by the clock on
 * the wall: the histories of lives, each in its own order, are merged by taking again and again the earliest event that may come.
 *
 * A receipt waits for the sending, and the news of a node's end for that end. Where causes may have been dropped, an event waits
 * for all that have a lesser Lamport time: the first of a life that has dropped events, and the receipt of what nobody recorded.
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
  /** Messages whose sending was recorded, and whether it is in the order already. */
  const sent = new Map<string, boolean>();
  for (const { events } of lives)
    for (const { kind, message } of events) if (kind === 'send' && message !== undefined) sent.set(message.id, false);
  const order: TraceEvent[] = [];
  for (let next = earliest(queues, sent); next !== undefined; next = earliest(queues, sent)) {
    const event = next.head as TraceEvent;
    next.at++;
    if (event.kind === 'send' && event.message !== undefined) sent.set(event.message.id, true);
    order.push(event);
  }
  return order;
}

/** Where nodes that say anything have made a ring of causes, the least Lamport time ends it. */
function earliest(queues: readonly Queue[], sent: ReadonlyMap<string, boolean>): Queue | undefined {
  let ready: Queue | undefined;
  let least: Queue | undefined;
  for (const queue of queues) {
    const { head } = queue;
    if (head === undefined) continue;
    if (least?.head === undefined || head.lamport < least.head.lamport) least = queue;
    if (ready?.head !== undefined && ready.head.at <= head.at) continue;
    if (mayCome(queue, head, queues, sent)) ready = queue;
  }
  return ready ?? least;
}

function mayCome(
  queue: Queue,
  head: TraceEvent,
  queues: readonly Queue[],
  sent: ReadonlyMap<string, boolean>,
): boolean {
  const { kind, message, peer, lamport } = head;
  const isLeast = (): boolean => !queues.some((other) => other !== queue && other.holdsBefore(lamport));
  if (queue.at === 0 && queue.life.isCut) return isLeast();
  if (kind === 'node-down')
    return !queues.some((other) => other.life.node === peer && other.holdsBefore(lamport) && hasCrashed(other));
  if (kind === 'send' || message === undefined) return true;
  return sent.get(message.id) ?? isLeast();
}

const hasCrashed = ({ life }: Queue): boolean => life.events.at(-1)?.kind === 'crash';
