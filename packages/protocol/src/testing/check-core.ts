/**
 * Does a core keep the rules of cores? It is replayed over recorded runs in several ways that must agree: what it does
 * may depend on state, event and choices alone. Every core's tests call this with runs from a `TestNetwork`.
 */
import type { Core } from '../core.ts';
import type { Effect } from '../effects.ts';
import { TroupeError } from '../error.ts';
import type { Event } from '../event.ts';
import { clonePlain, fingerprint } from '../plain-data.ts';
import { EffectRecorder } from '../recorder.ts';
import type { CoreShape } from '../shape.ts';

/** What one incarnation was given: enough to replay it. */
export interface CoreRun<S extends CoreShape> {
  readonly options: S['Options'];
  readonly durable: S['Durable'] | undefined;
  readonly events: readonly Event<S>[];
  readonly choices: readonly number[];
}

interface Variation {
  /** The state is cloned before each step: nothing may hang on identity, or live outside the state. */
  readonly cloneState?: boolean;
  /** `options.nodes` is handed over in reverse: effects must not follow its order. */
  readonly reverseNodes?: boolean;
}

/**
 * Replays the runs and compares.
 *
 * @throws TROUPE_CORE_NOT_CONFORMING that names the rule, the step and the event
 */
export function checkCore<S extends CoreShape>(core: Core<S>, runs: readonly CoreRun<S>[]): void {
  for (const run of runs) {
    const plain = new Replay(core, run, {});
    const cloned = new Replay(core, run, { cloneState: true });
    const reversed = new Replay(core, run, { reverseNodes: true });
    for (let step = 0; step < run.events.length; step++) {
      // In lockstep, so that replays which share hidden state disturb one another.
      const effects = plain.step(step);
      const state = plain.state();
      if (cloned.step(step) !== effects)
        throw broken('the same effects for the same state, event and choices', core, run, step);
      if (cloned.state() !== state)
        throw broken('the same state for the same state, event and choices', core, run, step);
      if (reversed.step(step) !== effects)
        throw broken('effects that do not hang on the order of options.nodes: sort ids', core, run, step);
    }
    for (const replay of [plain, cloned]) replay.checkUntouched();
  }
}

class Replay<S extends CoreShape> {
  readonly #core: Core<S>;
  readonly #run: CoreRun<S>;
  readonly #variation: Variation;
  readonly #events: readonly Event<S>[];
  readonly #eventPrints: readonly string[];
  readonly #emitted: { readonly effects: readonly Effect<S>[]; readonly print: string }[] = [];
  readonly #out: EffectRecorder<S>;
  #state: S['State'];
  #choice = 0;

  constructor(core: Core<S>, run: CoreRun<S>, variation: Variation) {
    this.#core = core;
    this.#run = run;
    this.#variation = variation;
    this.#events = clonePlain(run.events);
    this.#eventPrints = run.events.map((event) => fingerprint(event));
    this.#out = new EffectRecorder((_label, n) => (run.choices[this.#choice++] ?? 0) % n);
    const options = clonePlain(run.options);
    if (variation.reverseNodes === true) reverseNodes(options);
    const before = fingerprint(options);
    this.#state = core.init(options, clonePlain(run.durable));
    if (fingerprint(options) !== before) throw broken('options that init leaves as they are', core, run, -1);
  }

  step(index: number): string {
    const event = this.#events[index] as Event<S>;
    if (this.#variation.cloneState === true) this.#state = clonePlain(this.#state);
    this.#core.step(this.#state, event, this.#out);
    if (fingerprint(event) !== this.#eventPrints[index]) {
      throw broken('an event that the step leaves as it is', this.#core, this.#run, index);
    }
    const effects = this.#out.take();
    const print = fingerprint(effects);
    this.#emitted.push({ effects, print });
    return print;
  }

  state(): string {
    return fingerprint(this.#state);
  }

  /** What was emitted or received earlier must not have changed since: the state would share structure with it. */
  checkUntouched(): void {
    this.#emitted.forEach(({ effects, print }, index) => {
      if (fingerprint(effects) !== print) {
        throw broken('effects that share no structure with the state', this.#core, this.#run, index);
      }
    });
    this.#events.forEach((event, index) => {
      if (fingerprint(event) !== this.#eventPrints[index]) {
        throw broken('events that share no structure with what the state mutates', this.#core, this.#run, index);
      }
    });
  }
}

function reverseNodes(options: unknown): void {
  const nodes = (options as { nodes?: unknown }).nodes;
  if (Array.isArray(nodes)) nodes.reverse();
}

function broken<S extends CoreShape>(rule: string, core: Core<S>, run: CoreRun<S>, step: number): TroupeError {
  const event = run.events[step];
  const at = event === undefined ? 'at init' : `at step ${step}, ${fingerprint(event)}`;
  return new TroupeError('TROUPE_CORE_NOT_CONFORMING', `Expected ${rule}, got otherwise from ${core.name} ${at}.`, {
    data: { rule, core: core.name, step, event },
  });
}
