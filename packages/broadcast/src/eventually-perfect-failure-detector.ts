/**
 * Eventually perfect failure detector (◇P) by increasing timeout (EPFD1–EPFD2; Cachin, Guerraoui, Rodrigues, §2.6.4,
 * Algorithm 2.7): every crash is suspected for good, and after some time nobody is suspected who has not crashed.
 * Each wrong suspicion makes the period longer.
 *
 * Holds in a partially synchronous system. Deviations: the period is bounded by `periodTicksMax` (accuracy holds where
 * a round trip stays below it), and late replies of an earlier period count, as in the textbook.
 */
import { assertOption, type Core, type Effects, type NodeId, type Shape, type Ticks } from '@troupe/protocol';
import type { HeartbeatMessage, SuspicionIndication } from './failure-detector.ts';
import { type GroupOptions, sortedGroup } from './group.ts';

export interface EventuallyPerfectOptions extends GroupOptions {
  /** The first period, and by how much it grows at each wrong suspicion. */
  readonly periodTicks: Ticks;
  /** The longest period; default `PERIOD_GROWTH_MAX` times the first. */
  readonly periodTicksMax?: Ticks;
}
export const PERIOD_GROWTH_MAX = 1_000;

interface EventuallyPerfectState {
  readonly others: readonly NodeId[];
  readonly growthTicks: number;
  readonly periodTicksMax: number;
  periodTicks: number;
  readonly alive: Set<NodeId>;
  readonly suspected: Set<NodeId>;
}

export type EventuallyPerfectFailureDetector = Shape<{
  Options: EventuallyPerfectOptions;
  State: EventuallyPerfectState;
  Message: HeartbeatMessage;
  Timer: 'period';
  Indication: SuspicionIndication;
}>;

export const eventuallyPerfectFailureDetector: Core<EventuallyPerfectFailureDetector> = {
  name: 'eventually-perfect-failure-detector',
  init(options) {
    const { self, periodTicks, periodTicksMax = periodTicks * PERIOD_GROWTH_MAX } = options;
    assertOption(Number.isSafeInteger(periodTicks) && periodTicks >= 1, 'periodTicks from 1 up', periodTicks);
    assertOption(
      Number.isSafeInteger(periodTicksMax) && periodTicksMax >= periodTicks,
      'periodTicksMax from periodTicks up',
      periodTicksMax,
    );
    const others = sortedGroup(options).filter((id) => id !== self);
    // Everyone counts as alive until a first period has passed.
    return {
      others,
      growthTicks: periodTicks,
      periodTicksMax,
      periodTicks,
      alive: new Set(others),
      suspected: new Set(),
    };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        beginPeriod(state, out);
        break;
      case 'timeout':
        judge(state, out);
        state.alive.clear();
        beginPeriod(state, out);
        break;
      case 'message':
        if (!state.others.includes(event.from)) out.ignore('a message from outside the group');
        else if (event.message?.kind === 'heartbeat-request') out.send(event.from, { kind: 'heartbeat-reply' });
        else if (event.message?.kind === 'heartbeat-reply') state.alive.add(event.from);
        else out.ignore('a message of an unknown kind');
        break;
    }
  },
};

function judge(state: EventuallyPerfectState, out: Effects<EventuallyPerfectFailureDetector>): void {
  const mistaken = state.others.some((id) => state.alive.has(id) && state.suspected.has(id));
  if (mistaken) state.periodTicks = Math.min(state.periodTicks + state.growthTicks, state.periodTicksMax);
  for (const id of state.others) {
    if (state.alive.has(id) && state.suspected.delete(id)) {
      out.indicate({ kind: 'restore', node: id });
    } else if (!state.alive.has(id) && !state.suspected.has(id)) {
      state.suspected.add(id);
      out.indicate({ kind: 'suspect', node: id });
    }
  }
}

function beginPeriod(state: EventuallyPerfectState, out: Effects<EventuallyPerfectFailureDetector>): void {
  for (const to of state.others) out.send(to, { kind: 'heartbeat-request' });
  out.setTimer('period', state.periodTicks as Ticks);
}
