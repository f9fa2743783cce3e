/**
 * Virtual time: a run is one loop over what is planned, in which nothing waits and nothing happens by itself. Everything
 * that is not determined is chosen here. Cores and actors live on it alike.
 */
import type { Chooser } from '../choices/chooser.ts';
import { simError } from '../errors.ts';
import type { Tracer } from '../trace.ts';
import { Agenda, type Plan, type WorldEvent } from './agenda.ts';

/** More events within one tick are taken for an endless row in which time stands still. */
export const EVENTS_OF_TICK_MAX = 1_000_000;

export class World {
  readonly tracer: Tracer | undefined;
  /** Virtual ticks since the start of the run. */
  now = 0;
  /** That have happened. */
  events = 0;
  /** Up to then the model lets an event of a node come as late as may be: only then may a strategy leave it out. */
  lateUntil = 0;
  /** Events that have begun, those that were left out among them: the span that it is. */
  #span = 0;
  /** Of the tick that it is. */
  #eventsOfTick = 0;
  readonly #agenda: Plan;
  readonly #chooser: Chooser;
  #hash = 0x811c9dc5 | 0;

  constructor(chooser: Chooser, tracer?: Tracer, agenda: Plan = new Agenda()) {
    this.#chooser = chooser;
    this.#agenda = agenda;
    this.tracer = tracer;
  }

  /** Equal for two runs in which the same happened, in the same order, by the same choices: 8 hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get nextAt(): number | undefined {
    return this.#agenda.first?.at;
  }

  choose(label: string, n: number): number {
    const value = this.#chooser.choose(label, n);
    this.mix(value);
    return value;
  }

  /** Plans an event; of those at one time, the one that was planned first happens first. */
  at(time: number, event: WorldEvent): void {
    event.cause = this.#span;
    this.#agenda.add(time > this.now ? time : this.now, event);
  }

  /** Lets the next event happen, if it is due until then (inclusive). False where there is none. */
  step(until: number): boolean {
    for (;;) {
      const event = this.#agenda.first;
      if (event === undefined || event.at > until) return false;
      this.#agenda.take();
      if (event.isCancelled) continue;
      if (event.at > this.now) {
        this.now = event.at;
        this.#eventsOfTick = 0;
      } else if (++this.#eventsOfTick > EVENTS_OF_TICK_MAX) {
        throw zeno(this.now, event);
      }
      if (event.isInternal) event.happen();
      else if (!event.defer()) this.happen(event);
      return true;
    }
  }

  /** Lets an event happen here and now: for those that waited for their node. */
  happen(event: WorldEvent): void {
    if (event.isBehindLate()) {
      this.#postpone(event);
      return;
    }
    event.mustHappen = event.origin === 'node' && (this.now >= this.lateUntil || !event.mayBeLate);
    this.#span++;
    const happens = this.#chooser.begin(event) || event.mustHappen;
    this.tracer?.begin(this.now, event, happens);
    if (!happens) {
      if (event.origin === 'node') this.#postpone(event);
      return;
    }
    this.events++;
    this.mix(this.now);
    event.happen();
  }

  /** As late as may be; where nothing bounds that, it is under way for ever. */
  #postpone(event: WorldEvent): void {
    if (event.leaveOut(this.lateUntil)) this.at(this.lateUntil, event);
  }

  /** Takes something of what happens into the hash: a whole number. */
  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193) ^ (this.#hash >>> 15);
  }
}

function zeno(now: number, event: WorldEvent): Error {
  return simError(
    'TROUPE_SIM_ZENO',
    `Expected time to go on, got more than ${EVENTS_OF_TICK_MAX} events at tick ${now}; the next is '${event.label()}'. Look for a timer of 0 ticks that is set again and again.`,
  );
}
