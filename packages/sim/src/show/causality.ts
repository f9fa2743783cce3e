/**
 * What happened before what: a vector clock for each event of a trace, by the order of events on a node and by the
 * messages between nodes. What nodes learn from one another outside of messages (through a client) is not seen.
 *
 * @paper Lamport: Time, clocks, and the ordering of events (1978); Fidge (1988); Mattern (1989)
 */
import type { TracedEvent } from '../trace.ts';

/** How many events of each lane had happened, this one included, as far as it can know. */
export type VectorClock = readonly number[];

/** One for each event, in their order; undefined for what happens at no node. */
export function vectorClocks(
  events: readonly TracedEvent[],
  laneOf: ReadonlyMap<string, number>,
): (VectorClock | undefined)[] {
  const latest: number[][] = Array.from({ length: laneOf.size }, () => new Array<number>(laneOf.size).fill(0));
  const ofMessage = new Map<number, number[]>();
  return events.map((event) => {
    const lane = event.node === undefined ? undefined : laneOf.get(event.node);
    if (lane === undefined) return undefined;
    const clock = [...(latest[lane] as number[])];
    const cause = event.received === undefined ? undefined : ofMessage.get(event.received);
    // What reached nobody taught nobody anything.
    if (cause !== undefined && event.missed !== true)
      for (const [other, count] of cause.entries()) if (count > (clock[other] as number)) clock[other] = count;
    clock[lane] = (clock[lane] as number) + 1;
    latest[lane] = clock;
    for (const { id } of event.sent) ofMessage.set(id, clock);
    return clock;
  });
}

/** Whether the event of this lane and clock is the other, or may have caused it. */
export function isInPast(lane: number, clock: VectorClock, of: VectorClock): boolean {
  return (of[lane] as number) >= (clock[lane] as number);
}
