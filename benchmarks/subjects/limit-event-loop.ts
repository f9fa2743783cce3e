/**
 * The limit of a simulation: a heap of events and a dispatch to one of five nodes, each event planning the next. No faults,
 * no drivers, no protocols, no checks.
 */
import { type Bench, timed } from '../harness/outcome.ts';
import { SIMULATED_NODES } from '../workloads/sim.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:event-loop',
    kind: 'limit',
    note: 'a prototype: a binary heap and a dispatch, each event plans the next; no faults, no protocol',
    suites: { sim: { events, 'actors-sync': events, 'actors-async': events } },
  },
];

interface Event {
  at: number;
  readonly node: number;
}

/** Events under way at once: as many as the protocol beside it has. */
const UNDER_WAY = 200;
const DELAY_MAX = 20;

function events(): Bench {
  return {
    run(count) {
      const handled = new Array<number>(SIMULATED_NODES).fill(0);
      const heap: Event[] = [];
      let random = 1;
      const delay = () => {
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
        return 1 + ((random >>> 16) % DELAY_MAX);
      };
      for (let index = 0; index < UNDER_WAY; index++) add(heap, { at: delay(), node: index % SIMULATED_NODES });
      return timed(
        count,
        () => {
          for (let done = 0; done < count; done++) {
            const { at, node } = take(heap);
            handled[node] = (handled[node] as number) + 1;
            add(heap, { at: at + delay(), node: (node + 1) % SIMULATED_NODES });
          }
        },
        () => handled.reduce((sum, one) => sum + one, 0),
      );
    },
  };
}

function add(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Event;
    if (above.at <= event.at) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function take(heap: Event[]): Event {
  const first = heap[0] as Event;
  const last = heap.pop() as Event;
  if (heap.length === 0) return first;
  let index = 0;
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    const right = heap[child + 1];
    if (right !== undefined && right.at < (heap[child] as Event).at) child++;
    const least = heap[child] as Event;
    if (least.at >= last.at) break;
    heap[index] = least;
    index = child;
  }
  heap[index] = last;
  return first;
}
