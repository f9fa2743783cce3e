/**
 * Lets events happen one by one: the next one only when all that the last one made run has come to rest, the continuations
 * of async handlers included.
 *
 * Whether there may be any is seen by the hooks that V8 calls when a promise is made or settled. So synchronous handlers
 * run in a plain loop; the others cost a microtask and a tick of Node, which comes when there is no microtask left.
 */
import { promiseHooks } from 'node:v8';

export interface Steps {
  /** Lets the next event happen. False: there is none, or no more is wanted. */
  step(): boolean;
  /** Nothing that the event made run is left. */
  rested(): void;
}

// The originals: guards may stand in their places while events happen.
const { nextTick } = process;
const later = setImmediate;
const settled = Promise.resolve();

/** Events before the process's own event loop is let go on. */
const EVENTS_A_TURN = 1_024;

export class EventLoop {
  /** Within an event, or what it made run. */
  isRunning = false;
  private tasks: (() => void)[] = [];
  private isDirty = false;
  private readonly mark = (): void => {
    this.isDirty = true;
  };

  /** After the event, before the next. */
  soon(run: () => void): void {
    this.tasks.push(run);
  }

  /** Something was planned that no promise tells of: a tick, or a microtask. */
  disturb(): void {
    this.isDirty = true;
  }

  /** Resolves when a step says that there is no more. Rejects with whatever is thrown. */
  async run(steps: Steps): Promise<void> {
    const unhook = promiseHooks.createHook({ init: this.mark, settled: this.mark }) as unknown as () => void;
    try {
      await new Promise<void>((resolve, reject) => {
        later(() => this.turn(steps, resolve, reject));
      });
    } finally {
      this.isRunning = false;
      this.tasks = [];
      unhook();
    }
  }

  private turn(steps: Steps, resolve: () => void, reject: (error: unknown) => void): void {
    const goOn = (): void => {
      this.isDirty = false;
      advance();
    };
    const hop = (): void => nextTick(goOn);
    let left = EVENTS_A_TURN;
    const advance = (): void => {
      try {
        for (;;) {
          this.runTasks();
          if (this.isDirty) return void settled.then(hop);
          if (this.isRunning) steps.rested();
          this.isRunning = false;
          if (--left < 0) return void later(() => this.turn(steps, resolve, reject));
          this.isRunning = true;
          this.isDirty = false;
          if (!steps.step()) return resolve();
        }
      } catch (error) {
        reject(error);
      }
    };
    goOn();
  }

  private runTasks(): void {
    const { tasks } = this;
    if (tasks.length === 0) return;
    // It may grow while it is run.
    for (let next = 0; next < tasks.length; next++) (tasks[next] as () => void)();
    tasks.length = 0;
  }
}
