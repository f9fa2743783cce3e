/**
 * Perfect failure detector (P) by exclusion on timeout (PFD1–PFD2; Cachin, Guerraoui, Rodrigues, §2.6.2, Algorithm 2.5):
 * every crash is detected, and nobody is detected who has not crashed.
 *
 * Holds in a synchronous system alone: a request and its reply must take less than `periodTicks` together, over links
 * that lose nothing. Where messages may be later, accuracy is lost: use the eventually perfect one.
 */
import { assertOption, type Core, type Effects, type NodeId, type Shape, type Ticks } from '@troupe/protocol';
import type { CrashIndication, HeartbeatMessage } from './failure-detector.ts';
import { type GroupOptions, sortedGroup } from './group.ts';

export interface PerfectFailureDetectorOptions extends GroupOptions {
  /** From request to verdict; longer than any round trip. */
  readonly periodTicks: Ticks;
}

interface PerfectState {
  readonly periodTicks: Ticks;
  readonly others: readonly NodeId[];
  readonly alive: Set<NodeId>;
  readonly detected: Set<NodeId>;
}

export type PerfectFailureDetector = Shape<{
  Options: PerfectFailureDetectorOptions;
  State: PerfectState;
  Message: HeartbeatMessage;
  Timer: 'period';
  Indication: CrashIndication;
}>;

export const perfectFailureDetector: Core<PerfectFailureDetector> = {
  name: 'perfect-failure-detector',
  init(options) {
    const { self, periodTicks } = options;
    assertOption(Number.isSafeInteger(periodTicks) && periodTicks >= 1, 'periodTicks from 1 up', periodTicks);
    const others = sortedGroup(options).filter((id) => id !== self);
    return { periodTicks, others, alive: new Set(), detected: new Set() };
  },
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        beginPeriod(state, out);
        break;
      case 'timeout':
        for (const id of state.others) {
          if (state.alive.has(id) || state.detected.has(id)) continue;
          state.detected.add(id);
          out.indicate({ kind: 'crash', node: id });
        }
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

function beginPeriod(state: PerfectState, out: Effects<PerfectFailureDetector>): void {
  state.alive.clear();
  for (const to of state.others) if (!state.detected.has(to)) out.send(to, { kind: 'heartbeat-request' });
  out.setTimer('period', state.periodTicks);
}
