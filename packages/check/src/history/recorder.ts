/** Makes a history of events, one after another: pairs each completion with the invocation of its process. */
import { TroupeError } from '@troupe/protocol';
import type { History, HistoryEvent, Operation, Process } from './history.ts';

/** An operation whose end is still to come. */
type Draft<Input, Output> = { -readonly [K in keyof Operation<Input, Output>]: Operation<Input, Output>[K] };

export class HistoryRecorder<Input = unknown, Output = unknown> {
  readonly #operations: Draft<Input, Output>[] = [];
  readonly #running = new Map<Process, Draft<Input, Output>>();
  readonly #events: HistoryEvent<Input, Output>[] = [];

  /** All that was recorded, in order: what `writeHistory` writes. */
  get events(): readonly HistoryEvent<Input, Output>[] {
    return this.#events;
  }

  /** @throws TROUPE_HISTORY_EVENT where the process already runs an operation */
  invoke(process: Process, input: Input): void {
    this.record({ type: 'invoke', process, input });
  }

  /** It happened. @throws TROUPE_HISTORY_EVENT where the process runs none */
  ok(process: Process, output: Output): void {
    this.record({ type: 'ok', process, output });
  }

  /** It did not happen, for certain: a timeout is no such thing. @throws TROUPE_HISTORY_EVENT */
  fail(process: Process): void {
    this.record({ type: 'fail', process });
  }

  /** Nobody knows whether it happened, or will: a timeout, a lost connection. @throws TROUPE_HISTORY_EVENT */
  info(process: Process): void {
    this.record({ type: 'info', process });
  }

  /** @throws TROUPE_HISTORY_EVENT */
  record(event: HistoryEvent<Input, Output>): void {
    const { process } = event;
    const running = this.#running.get(process);
    if (event.type === 'invoke') {
      if (running !== undefined) throw this.#misfit(event, `process ${process} to complete operation ${running.index}`);
      const draft: Draft<Input, Output> = {
        index: this.#operations.length,
        process,
        input: event.input,
        outcome: 'info',
        output: undefined,
        invoked: this.#events.length,
        completed: undefined,
      };
      this.#operations.push(draft);
      this.#running.set(process, draft);
    } else {
      if (running === undefined) throw this.#misfit(event, `process ${process} to invoke an operation first`);
      running.outcome = event.type;
      running.completed = this.#events.length;
      if (event.type === 'ok') running.output = event.output;
      this.#running.delete(process);
    }
    this.#events.push(event);
  }

  /** What was recorded until now; what is recorded later doesn't change it. Operations that still run are `info`. */
  history(): History<Input, Output> {
    return { operations: this.#operations.map((draft) => ({ ...draft })), eventCount: this.#events.length };
  }

  #misfit({ type, process }: HistoryEvent<Input, Output>, expected: string): TroupeError {
    const event = this.#events.length;
    return new TroupeError('TROUPE_HISTORY_EVENT', `Expected ${expected}, got ${type} as event ${event}.`, {
      data: { event, process, type },
    });
  }
}

/** @throws TROUPE_HISTORY_EVENT */
export function historyOf<Input, Output>(events: Iterable<HistoryEvent<Input, Output>>): History<Input, Output> {
  const recorder = new HistoryRecorder<Input, Output>();
  for (const event of events) recorder.record(event);
  return recorder.history();
}
