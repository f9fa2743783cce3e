/**
 * What clients asked of a simulated core and what they were told, as a history that `troupe/check` judges. Each request is
 * an operation: it begins when it reaches its node and ends with the reply; one that is never answered may have happened.
 * That is no longer than its client sees it run, so what is linearizable here was so for clients.
 *
 * It is a history variable, of plain data: an observer by itself, or a part of one's own by `noteCall`. Runs and the
 * explorer know it alike.
 */
import {
  type Call,
  checkLinearizability,
  type HistoryEvent,
  historyOf,
  type Model,
  type Process,
  reportLinearizability,
} from '@troupe/check';
import { type CoreShape, labelOf, type RequestId } from '@troupe/protocol';
import type { Observer, Occurrence } from '@troupe/sim';

export interface ClientHistory {
  readonly events: HistoryEvent<Call, unknown>[];
  /** Operations that have begun and not ended. */
  readonly running: Set<Process>;
}

export interface CallsOf<S extends CoreShape> {
  /** The operation that a request asks for; undefined for what is none. */
  readonly call: (request: S['Request']) => Call | undefined;
  /** What its client learns: it happened, and this came of it; it did not happen, for certain; or nobody knows. */
  readonly answer: (
    reply: S['Reply'],
  ) => { readonly type: 'ok'; readonly output: unknown } | { readonly type: 'fail' | 'info' };
}

/** Bytes that the judgement of one history may take. */
const JUDGE_BYTES = 2 ** 28;

export const newHistory = (): ClientHistory => ({ events: [], running: new Set() });

export function noteCall<S extends CoreShape>(
  { events, running }: ClientHistory,
  occurrence: Occurrence<S>,
  { call, answer }: CallsOf<S>,
): void {
  if (occurrence.kind === 'request') {
    const input = call(occurrence.request);
    if (input === undefined) return;
    const process = processOf(occurrence.id);
    events.push({ type: 'invoke', process, input });
    running.add(process);
  } else if (occurrence.kind === 'reply') {
    const process = processOf(occurrence.id);
    // Only the first answer counts; what is no operation has none.
    if (running.delete(process)) events.push({ ...answer(occurrence.reply), process });
  }
}

export function clientHistory<S extends CoreShape>(calls: CallsOf<S>): Observer<S, ClientHistory> {
  return { init: newHistory, on: (history, occurrence) => noteCall(history, occurrence, calls) };
}

/** For `finally`: true, or what no order of the operations explains. */
export function isLinearizable<State>({ events }: ClientHistory, model: Model<State, Call, unknown>): true | string {
  const history = historyOf(events);
  const result = checkLinearizability(history, model, { bytes: JUDGE_BYTES });
  return result.verdict === 'ok' || reportLinearizability(history, model, result).lines.join('\n');
}

const processOf = (id: RequestId): Process => (typeof id === 'number' ? id : labelOf(id));
