/** The world as Node gives it to a kernel: clock, turns, randomness, async scope, values, modules. Any thread. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
// The global of this name is a getter.
import { performance } from 'node:perf_hooks';
import * as util from 'node:util';
import {
  type Alarm,
  type Choose,
  type ComputePool,
  type Host,
  type Logger,
  type Transport,
  uniform,
} from '@troupe/actors';
import { valueInspector } from '@troupe/codec';
import { totalLogger } from './log.ts';
import { loadModule } from './node-thread.ts';
import { soon } from './soon.ts';

export interface NodeHost extends Host {
  /** Timers of the kernel keep the process alive, or no longer do. */
  setRef(isRef: boolean): void;
}

// performance.now() counts from each thread's own start: from the common origin, clocks of all threads agree.
const origin = performance.timeOrigin;

const inspector = valueInspector(util);

export function nodeHost(transport: Transport, log: Logger, compute?: ComputePool): NodeHost {
  const storage = new AsyncLocalStorage<object>();
  const alarms = new Set<NodeAlarm>();
  return {
    clock: { now: () => origin + performance.now(), wall: () => Date.now() },
    turns: {
      soon,
      later: (run) => {
        setImmediate(run);
      },
    },
    choose: entropy(),
    scope: { run: (value, body) => storage.run(value, body), get: () => storage.getStore() },
    inspector,
    log: totalLogger(log),
    transport,
    alarm: (ring) => {
      const alarm = new NodeAlarm(ring);
      alarms.add(alarm);
      return alarm;
    },
    ...(compute === undefined ? {} : { compute }),
    load: loadModule,
    setRef: (isRef) => {
      for (const alarm of alarms) alarm.setRef(isRef);
    },
  };
}

/** setTimeout counts in 32 bits and whole milliseconds; longer delays are taken in steps. */
const DELAY_MAX = 2 ** 31 - 1;

class NodeAlarm implements Alarm {
  private readonly ring: () => void;
  private timeout: NodeJS.Timeout | undefined = undefined;
  private isRef = true;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  set(at: number): void {
    clearTimeout(this.timeout);
    const delay = at - (origin + performance.now());
    this.timeout = setTimeout(this.ring, Math.min(Math.max(0, Math.ceil(delay)), DELAY_MAX));
    if (!this.isRef) this.timeout.unref();
  }

  clear(): void {
    clearTimeout(this.timeout);
    this.timeout = undefined;
  }

  setRef(isRef: boolean): void {
    this.isRef = isRef;
    if (isRef) this.timeout?.ref();
    else this.timeout?.unref();
  }
}

/** Draws from the system's entropy, 1,024 words at a time. */
function entropy(): Choose {
  const pool = new Uint32Array(1_024);
  let at = pool.length;
  return uniform(() => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    return pool[at++] as number;
  });
}
