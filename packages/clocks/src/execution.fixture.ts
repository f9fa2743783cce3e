/** Random executions of nodes that do something, send and receive, whose happened-before relation is known. */
import { clonePlain, type NodeId, nodeId, type Ticks } from '@troupe/protocol';
import { Random } from '@troupe/protocol/testing';
import type { Clock } from './clock.ts';

export interface Happening<State, Stamp> {
  readonly node: NodeId;
  readonly stamp: Stamp;
  /** What the node's clock showed, and the true time. */
  readonly now: number;
  readonly time: number;
  /** All events that happened before this one, by their numbers. */
  readonly past: ReadonlySet<number>;
  /** After it, as a copy. */
  readonly state: State;
}

export interface ExecutionOptions<State> {
  readonly seed: number;
  readonly nodes?: number;
  readonly events?: number;
  /** What a node's own clock shows at a true time. */
  readonly physical?: (node: number, time: number) => number;
  /** After each event. */
  readonly after?: (state: State, node: NodeId) => void;
}

interface UnderWay<Stamp> {
  readonly to: number;
  readonly stamp: Stamp;
  readonly from: number;
}

/** Messages arrive in any order, or never; nothing is refused, or it throws. */
export function execute<State, Stamp>(
  clock: Clock<State, Stamp>,
  { seed, nodes = 4, events = 60, physical = (_node, time) => time, after }: ExecutionOptions<State>,
): Happening<State, Stamp>[] {
  const random = new Random(seed);
  const ids = Array.from({ length: nodes }, (_, index) => nodeId(`n${index + 1}`));
  const states = ids.map((id) => clock.init(id));
  const latest: (number | undefined)[] = ids.map(() => undefined);
  const underWay: UnderWay<Stamp>[] = [];
  const happened: Happening<State, Stamp>[] = [];
  for (let time = 1; happened.length < events; time += random.below(4)) {
    const at = random.below(nodes);
    const state = states[at] as State;
    const now = Math.max(0, Math.floor(physical(at, time))) as Ticks;
    const arrival = underWay.findIndex(({ to }) => to === at);
    const past = new Set<number>();
    const addPast = (event: number | undefined) => {
      if (event === undefined) return;
      past.add(event);
      for (const earlier of happened[event]?.past ?? []) past.add(earlier);
    };
    addPast(latest[at]);
    let stamp: Stamp;
    if (arrival >= 0 && random.below(3) > 0) {
      const [message] = underWay.splice(arrival, 1) as [UnderWay<Stamp>];
      const refusal = clock.refusal(state, message.stamp, now);
      if (refusal !== undefined) throw new Error(`refused: ${refusal}`);
      addPast(message.from);
      stamp = clock.receive(state, message.stamp, now);
    } else {
      stamp = clock.tick(state, now);
      if (random.below(2) === 0) underWay.push({ to: random.below(nodes), stamp, from: happened.length });
    }
    latest[at] = happened.length;
    happened.push({ node: ids[at] as NodeId, stamp, now, time, past, state: clonePlain(state) });
    after?.(state, ids[at] as NodeId);
  }
  return happened;
}

/** Every ordered pair of different events, and whether the first happened before the second. */
export function* pairs<State, Stamp>(
  happened: readonly Happening<State, Stamp>[],
): Generator<[Happening<State, Stamp>, Happening<State, Stamp>, boolean]> {
  for (const [i, e] of happened.entries())
    for (const [j, f] of happened.entries()) if (i !== j) yield [e, f, f.past.has(i)];
}
