/** The words of supervision, with their defaults. The specification is OTP's `supervisor`. */

import type { Milliseconds } from '../host.ts';
import { mustBeObject, mustHaveOnly, optionInvalid } from '../overflow.ts';

/** - `one-for-one`: the failed child alone. - `one-for-all`: all children. - `rest-for-one`: it, and those started after it. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';
/** - `permanent`: always restarted. - `transient`: only after an abnormal end. - `temporary`: never. */
export type RestartType = 'permanent' | 'transient' | 'temporary';
/** Ends the supervisor when a significant child (`any`), or the last one (`all`), ends by itself. */
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

export interface SupervisionOptions {
  /** Default `one-for-one`. */
  readonly strategy?: Strategy;
  /** More restarts than this within `period` end the supervisor itself. Default 1, as OTP's. */
  readonly intensity?: number;
  /** Milliseconds. Default 5,000. */
  readonly period?: Milliseconds;
  /** Default `never`. */
  readonly autoShutdown?: AutoShutdown;
}

export interface BackoffOptions {
  /** The delay of the first restart. Milliseconds, default 0: at once. */
  readonly min?: Milliseconds;
  /** Default 30,000, or `min` where that is longer. */
  readonly max?: Milliseconds;
  /** How much longer each next one waits. Default 2. */
  readonly factor?: number;
  /** The part of the delay that is drawn at random, 0 to 1. Default 0.2. */
  readonly jitter?: number;
}

export interface ChildOptions {
  /** Default `transient`. */
  readonly restart?: RestartType;
  /** How long it may take to stop: milliseconds, `infinity`, or `kill` at once. Default 5,000. */
  readonly shutdown?: Milliseconds | 'infinity' | 'kill';
  /** Its own end may end the supervisor, see `autoShutdown`. Not with `permanent`. Default false. */
  readonly significant?: boolean;
  readonly backoff?: BackoffOptions;
}

export type SupervisionPolicy = Required<SupervisionOptions>;
export type Backoff = Required<BackoffOptions>;
export interface ChildPolicy {
  readonly restart: RestartType;
  readonly shutdown: Milliseconds | 'infinity' | 'kill';
  readonly significant: boolean;
  readonly backoff: Backoff;
}

export const SUPERVISION_DEFAULTS: SupervisionPolicy = {
  strategy: 'one-for-one',
  intensity: 1,
  period: 5_000,
  autoShutdown: 'never',
};
export const BACKOFF_DEFAULTS: Backoff = { min: 0, max: 30_000, factor: 2, jitter: 0.2 };
export const CHILD_DEFAULTS: ChildPolicy = {
  restart: 'transient',
  shutdown: 5_000,
  significant: false,
  backoff: BACKOFF_DEFAULTS,
};

/** @throws TROUPE_OPTION_INVALID */
export function supervisionPolicy(
  options: SupervisionOptions = {},
  defaults = SUPERVISION_DEFAULTS,
): SupervisionPolicy {
  mustBeObject('supervision', options);
  mustHaveOnly('supervision', options, Object.keys(SUPERVISION_DEFAULTS));
  const {
    strategy = defaults.strategy,
    intensity = defaults.intensity,
    period = defaults.period,
    autoShutdown = defaults.autoShutdown,
  } = options;
  const policy = { strategy, intensity, period, autoShutdown };
  oneOf('supervision.strategy', policy.strategy, ['one-for-one', 'one-for-all', 'rest-for-one']);
  oneOf('supervision.autoShutdown', policy.autoShutdown, ['never', 'any-significant', 'all-significant']);
  if (!Number.isInteger(policy.intensity) || policy.intensity < 0)
    throw optionInvalid('supervision.intensity', 'a non-negative integer', policy.intensity);
  if (!(policy.period > 0))
    throw optionInvalid('supervision.period', 'a positive number of milliseconds', policy.period);
  return policy;
}

/** @throws TROUPE_OPTION_INVALID */
export function childPolicy(options: ChildOptions | undefined): ChildPolicy {
  if (options === undefined) return CHILD_DEFAULTS;
  const { restart, shutdown, significant, backoff } = options;
  // Most spawns name a node or a name and nothing else: they share one policy.
  if (restart === undefined && shutdown === undefined && significant === undefined && backoff === undefined)
    return CHILD_DEFAULTS;
  const policy = {
    restart: restart ?? CHILD_DEFAULTS.restart,
    shutdown: shutdown ?? CHILD_DEFAULTS.shutdown,
    significant: significant ?? false,
    backoff: backoffPolicy(backoff),
  };
  oneOf('restart', policy.restart, ['permanent', 'transient', 'temporary']);
  if (
    typeof policy.shutdown === 'number'
      ? !(policy.shutdown >= 0)
      : policy.shutdown !== 'infinity' && policy.shutdown !== 'kill'
  ) {
    throw optionInvalid('shutdown', "milliseconds, 'infinity' or 'kill'", policy.shutdown);
  }
  if (policy.significant && policy.restart === 'permanent')
    throw optionInvalid('significant', 'false for a permanent child, which never ends by itself', true);
  return policy;
}

/** @throws TROUPE_OPTION_INVALID */
export function backoffPolicy(
  options: BackoffOptions | undefined,
  defaults = BACKOFF_DEFAULTS,
  name = 'backoff',
): Backoff {
  if (options === undefined) return defaults;
  mustBeObject(name, options);
  mustHaveOnly(name, options, Object.keys(BACKOFF_DEFAULTS));
  const { min = defaults.min, max = Math.max(min, defaults.max) } = options;
  const { factor = defaults.factor, jitter = defaults.jitter } = options;
  const backoff = { min, max, factor, jitter };
  if (!(min >= 0 && max >= min && factor >= 1 && jitter >= 0 && jitter <= 1))
    throw optionInvalid(name, '0 ≤ min ≤ max, factor ≥ 1 and jitter from 0 to 1', JSON.stringify(backoff));
  return backoff;
}

function oneOf(option: string, got: string, expected: readonly string[]): void {
  if (!expected.includes(got)) throw optionInvalid(option, `one of ${expected.join(', ')}`, got);
}
