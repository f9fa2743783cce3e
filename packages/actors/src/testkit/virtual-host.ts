/**
 * A host under virtual time: one node in the calling thread, whose clock moves only when a test moves it.
 *
 * Messages are handled in microtasks as on other hosts, so `await ref.ask.get()` works without moving the clock.
 * Randomness comes from a seed. Equal programs with equal seeds run alike.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { actorError } from '../errors.ts';
import type { Alarm, AsyncScope, Choose, Clock, Host, Logger, LogLevel, Milliseconds, Turns } from '../host.ts';
import { loggerOf } from '../logger.ts';
import { uniform } from '../uniform.ts';

export interface LogEntry {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string | undefined;
}

/** Where virtual time begins. Not at 0, which stands for "no deadline". */
const START: Milliseconds = 1_000_000;
/** 2024-01-01T00:00:00Z, for wall clocks. */
const EPOCH: Milliseconds = 1_704_067_200_000;
/** Rounds of the event loop that a system may take to come to rest. */
const ROUNDS_MAX = 200;
/** Log entries kept; older ones are let go. */
const LOGS_MAX = 10_000;

class VirtualAlarm implements Alarm {
  readonly ring: () => void;
  at: Milliseconds = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  set(at: Milliseconds): void {
    this.at = at;
  }

  clear(): void {
    this.at = Number.POSITIVE_INFINITY;
  }
}

export class VirtualHost implements Host {
  readonly logs: LogEntry[] = [];
  readonly clock: Clock = { now: () => this.time, wall: () => EPOCH + this.time - START };
  readonly turns: Turns = {
    soon: (run) => queueMicrotask(this.turn(run)),
    later: (run) => void this.round().then(this.turn(run)),
  };
  readonly choose: Choose;
  readonly scope: AsyncScope;
  readonly inspector = { isProxy: types.isProxy };
  readonly log: Logger;
  readonly transport = {
    send: (node: number): never => {
      throw new RangeError(`Expected no frame to leave a system of one node, got one for node ${node}.`);
    },
    flush: () => {},
    hasRoom: () => true,
    onRoom: (_node: number, resume: () => void) => resume(),
  };
  private time: Milliseconds = START;
  private readonly alarms: VirtualAlarm[] = [];
  private readonly loop = new EventLoop();
  private turnsWaiting = 0;
  private turnsTaken = 0;

  constructor(seed: number) {
    this.choose = seeded(seed);
    const storage = new AsyncLocalStorage<object>();
    this.scope = { run: (value, body) => storage.run(value, body), get: () => storage.getStore() };
    this.log = loggerOf((level) => (fields, text) => {
      this.logs.push({ level, fields, text });
      if (this.logs.length > LOGS_MAX) this.logs.shift();
    });
  }

  alarm(ring: () => void): Alarm {
    const alarm = new VirtualAlarm(ring);
    this.alarms.push(alarm);
    return alarm;
  }

  load(url: string): Promise<unknown> {
    return import(url);
  }

  /** When the next timer is due; infinite where there is none. */
  get nextAlarm(): Milliseconds {
    return this.alarms.reduce((least, alarm) => Math.min(least, alarm.at), Number.POSITIVE_INFINITY);
  }

  /** Resolves when no message can be handled before the clock moves. @throws (rejects) TROUPE_TEST_RESTLESS */
  async settle(): Promise<void> {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      const before = this.turnsTaken;
      // Whatever microtasks there are, and those that they make, are done within one round.
      await this.round();
      if (this.turnsTaken === before && this.turnsWaiting === 0) return;
    }
    throw actorError(
      'TROUPE_TEST_RESTLESS',
      `Expected the system to come to rest, got messages without end (${ROUNDS_MAX} rounds of the event loop). Let actors that send to one another for ever wait for a timer in between.`,
    );
  }

  /** Moves the clock to the next timer, if that is due by `until`, and lets the system come to rest. */
  async step(until: Milliseconds): Promise<boolean> {
    const at = this.nextAlarm;
    if (at > until) return false;
    this.time = Math.max(this.time, at);
    for (const alarm of this.alarms) {
      if (alarm.at > at) continue;
      alarm.clear();
      alarm.ring();
    }
    await this.settle();
    return true;
  }

  /** Moves the clock, from timer to timer. */
  async advance(by: Milliseconds): Promise<void> {
    if (!(by >= 0)) throw actorError('TROUPE_OPTION_INVALID', `Expected 0 ms or more to advance by, got ${by}.`);
    const until = this.time + by;
    await this.settle();
    while (await this.step(until));
    this.time = until;
  }

  private round(): Promise<void> {
    return this.loop.round();
  }

  private turn(run: () => void): () => void {
    this.turnsWaiting++;
    return () => {
      this.turnsWaiting--;
      this.turnsTaken++;
      run();
    };
  }
}

/** Waits for one round of the real event loop, without a timer. */
class EventLoop {
  private readonly channel = new MessageChannel();
  private waiting: (() => void)[] = [];

  constructor() {
    this.channel.port1.on('message', () => {
      const waiting = this.waiting;
      this.waiting = [];
      // Alive only while somebody waits: a system under test leaves nothing behind.
      this.channel.port1.unref();
      for (const resolve of waiting) resolve();
    });
    this.channel.port1.unref();
    this.channel.port2.unref();
  }

  round(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.push(resolve) > 1) return;
      this.channel.port1.ref();
      this.channel.port2.postMessage(undefined);
    });
  }
}

/** A small generator (mulberry32). */
function seeded(seed: number): Choose {
  let state = seed >>> 0;
  return uniform(() => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  });
}
