/**
 * What is to happen, in whatever order it can: for an exploration. Messages take no time and arrive in any order, but for
 * those of one lane; time goes on to the next timer when nothing else can happen, or before that as often as timers may be
 * early. Faults strike as often as they may. Which of all that comes next is another's choice.
 */
import type { Plan, WorldEvent } from '../world/agenda.ts';
import { type Cluster, PlannedEvent, PROGRAM, TIMER, TURN, WAKES } from './nodes/cluster.ts';
import { FaultEvent } from './nodes/node-faults.ts';
import type { NodeSupervision } from './nodes/node-supervision.ts';

/** Commutes with no other step. */
export const EVERYWHERE = -1;

export interface Step {
  /** The same step of another order has the same key. */
  readonly key: string;
  /** Steps of two nodes commute. */
  readonly node: number;
}

/** Faults that may strike in a run. */
export interface OrderBudgets {
  readonly crashes: number;
  readonly drops: number;
  /** Timers that fire although something else could happen. */
  readonly timeouts: number;
}

export interface Order {
  /** None until what is explored begins. */
  readonly budgets: OrderBudgets;
  /** Which comes next; undefined: none, the run is over. */
  next(steps: readonly Step[]): number | undefined;
}

interface Candidate extends Step {
  readonly event: WorldEvent;
  readonly fault?: keyof OrderBudgets;
}

/** Of a node, these take their time; everything else happens as soon as it may. */
const TIMED: ReadonlySet<string> = new Set([TIMER, WAKES, PROGRAM]);

export class OpenAgenda implements Plan {
  /** In the order of their planning. */
  private readonly planned = new Set<WorldEvent>();
  private readonly keys = new Map<WorldEvent, string>();
  private readonly counts = new Map<string, number>();
  private readonly used = { crashes: 0, drops: 0, timeouts: 0 };
  private readonly order: Order;
  private cluster: Cluster | undefined = undefined;
  private supervision: NodeSupervision | undefined = undefined;
  private picked: WorldEvent | undefined = undefined;
  private isOver = false;

  constructor(order: Order) {
    this.order = order;
  }

  open(cluster: Cluster, supervision: NodeSupervision): void {
    this.cluster = cluster;
    this.supervision = supervision;
  }

  add(at: number, event: WorldEvent): void {
    event.at = at;
    this.planned.add(event);
    const name = event instanceof PlannedEvent ? `${event.host.life} ${event.label()}` : event.label();
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    this.keys.set(event, `${name} ${count}`);
  }

  get first(): WorldEvent | undefined {
    this.picked ??= this.pick();
    return this.picked;
  }

  take(): WorldEvent | undefined {
    const event = this.first;
    this.picked = undefined;
    if (event !== undefined) this.forget(event);
    return event;
  }

  private pick(): WorldEvent | undefined {
    if (this.isOver) return undefined;
    const { now } = (this.cluster as Cluster).world;
    const soon = new Map<string, Candidate>();
    let timed: Candidate[] = [];
    for (const event of this.planned) {
      if (event.isCancelled || (event instanceof PlannedEvent && !event.host.isAlive)) {
        this.forget(event);
        continue;
      }
      if (event instanceof PlannedEvent && !(this.cluster as Cluster).runs(event.host)) continue;
      if (event instanceof PlannedEvent && event.sort === TURN) return event;
      const candidate = this.candidate(event, now);
      if (isTimed(event) && event.at > now) timed = earliest(timed, candidate);
      else if (!soon.has(event.label())) soon.set(event.label(), candidate);
    }
    const steps = soon.size === 0 ? timed : [...soon.values(), ...timed.flatMap((step) => this.early(step))];
    if (steps.length === 0) return undefined;
    const all = [...steps, ...this.faults([...soon.values()])];
    const chosen = this.order.next(all);
    if (chosen === undefined) {
      this.isOver = true;
      return undefined;
    }
    const { event, fault } = all[chosen] as Candidate;
    if (fault !== undefined) this.used[fault]++;
    if (!isTimed(event) || event.at < now) event.at = now;
    return event;
  }

  private candidate(event: WorldEvent, now: number): Candidate {
    const isLocal = event instanceof PlannedEvent && !event.isGlobal && !(isTimed(event) && event.at > now);
    return { key: this.keys.get(event) as string, node: isLocal ? event.host.index : EVERYWHERE, event };
  }

  private early(step: Candidate): Candidate[] {
    return this.mayStrike('timeouts') ? [{ ...step, fault: 'timeouts' }] : [];
  }

  private faults(soon: readonly Candidate[]): Candidate[] {
    const faults: Candidate[] = [];
    const strike = (fault: keyof OrderBudgets, text: string, act: () => void): void =>
      void faults.push({ key: text, node: EVERYWHERE, event: new FaultEvent(text, act), fault });
    const { names } = this.cluster as Cluster;
    if (this.mayStrike('crashes')) {
      for (let index = 1; index < names.length; index++)
        if (this.supervision?.living(index) !== undefined)
          strike('crashes', `${names[index]} crash`, () => this.supervision?.crash(index, 'a fault of the simulation'));
    }
    if (this.mayStrike('drops')) {
      for (const { event, key } of soon) {
        const lane = event instanceof PlannedEvent ? event.lane : undefined;
        if (lane?.mayLose === true)
          strike('drops', `lost: ${key}`, () => {
            event.isCancelled = true;
            lane.lose();
          });
      }
    }
    return faults;
  }

  private mayStrike(fault: keyof OrderBudgets): boolean {
    return this.used[fault] < this.order.budgets[fault];
  }

  private forget(event: WorldEvent): void {
    this.planned.delete(event);
    this.keys.delete(event);
  }
}

function isTimed(event: WorldEvent): boolean {
  return !(event instanceof PlannedEvent) || TIMED.has(event.sort);
}

function earliest(steps: Candidate[], step: Candidate): Candidate[] {
  const at = steps[0]?.event.at ?? Number.POSITIVE_INFINITY;
  if (step.event.at > at) return steps;
  return step.event.at < at ? [step] : [...steps, step];
}
