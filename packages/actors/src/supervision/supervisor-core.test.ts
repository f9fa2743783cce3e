import { describe, expect, it } from 'vitest';
import type { StopReason } from '../reason.ts';
import type { AutoShutdown, RestartType, Strategy } from './policy.ts';
import { BACKOFF_DEFAULTS, SUPERVISION_DEFAULTS } from './policy.ts';
import {
  addRestart,
  backoffDelay,
  onChildEnd,
  type Plan,
  type SupervisedChild,
  supervisorState,
} from './supervisor-core.ts';

const STRATEGIES: readonly Strategy[] = ['one-for-one', 'one-for-all', 'rest-for-one'];
const AUTO_SHUTDOWNS: readonly AutoShutdown[] = ['never', 'any-significant', 'all-significant'];
const REASONS: readonly StopReason['kind'][] = ['normal', 'shutdown', 'error', 'killed'];
/** What a child may be: a permanent one is never significant. */
const CHILDREN: readonly { readonly restart: RestartType; readonly significant: boolean }[] = [
  { restart: 'permanent', significant: false },
  { restart: 'transient', significant: false },
  { restart: 'transient', significant: true },
  { restart: 'temporary', significant: false },
  { restart: 'temporary', significant: true },
];

type Kind = (typeof CHILDREN)[number];
interface NamedChild extends SupervisedChild {
  readonly name: number;
}

const tame = () => 0;

function child({ restart, significant }: Kind, name: number): NamedChild {
  const policy = { restart, significant, shutdown: 5_000, backoff: { ...BACKOFF_DEFAULTS, min: 0 } } as const;
  return { name, policy, attempts: 0, startedAt: 0 };
}

function plan(
  strategy: Strategy,
  autoShutdown: AutoShutdown,
  kinds: readonly Kind[],
  failed: number,
  kind: StopReason['kind'],
) {
  const state = supervisorState({ ...SUPERVISION_DEFAULTS, strategy, autoShutdown, intensity: 10 });
  const children = kinds.map(child);
  return onChildEnd(state, children, children[failed] as NamedChild, { kind }, 1_000, tame);
}

/** OTP's manual, read sentence by sentence, by a reader who knows nothing of the implementation. */
function oracle(
  strategy: Strategy,
  autoShutdown: AutoShutdown,
  kinds: readonly Kind[],
  failed: number,
  reason: string,
) {
  const it = kinds[failed] as Kind;
  const abnormal = reason === 'error' || reason === 'killed';
  // "A permanent child process is always restarted. A temporary child process is never restarted. A transient child
  // process is restarted only if it terminates abnormally."
  const restarts = { permanent: true, temporary: false, transient: abnormal }[it.restart];
  if (!restarts) {
    const othersSignificant = kinds.filter((kind, index) => index !== failed && kind.significant).length;
    const shuts =
      it.significant &&
      (autoShutdown === 'any-significant' || (autoShutdown === 'all-significant' && othersSignificant === 0));
    return shuts ? 'shutdown' : 'forget';
  }
  const names = kinds.map((_, index) => index);
  // "one_for_all: … all other child processes are terminated and then all child processes, including the terminated one,
  // are restarted." "rest_for_one: … the child processes after the terminated process in start order …"
  const group = { 'one-for-one': [failed], 'one-for-all': names, 'rest-for-one': names.slice(failed) }[strategy];
  const siblings = group.filter((name) => name !== failed);
  const isTemporary = (name: number) => kinds[name]?.restart === 'temporary';
  // "Children are terminated in the reverse order of their start", and temporary ones are not started again.
  return {
    stop: siblings.toReversed(),
    forget: siblings.filter(isTemporary),
    start: group.filter((name) => name === failed || !isTemporary(name)),
  };
}

function shape(made: Plan<NamedChild>) {
  if (made.do !== 'restart') return made.do;
  const names = (children: readonly NamedChild[]) => children.map(({ name }) => name);
  return { stop: names(made.stop), forget: names(made.forget), start: names(made.start) };
}

function* families(most: number): Generator<Kind[]> {
  let level: Kind[][] = [[]];
  for (let size = 1; size <= most; size++) {
    level = level.flatMap((family) => CHILDREN.map((kind) => [...family, kind]));
    yield* level;
  }
}

describe('what a supervisor decides', () => {
  it('is what the manual says, for every family of up to four children', () => {
    let cases = 0;
    for (const family of families(4))
      for (let failed = 0; failed < family.length; failed++)
        for (const strategy of STRATEGIES)
          for (const autoShutdown of AUTO_SHUTDOWNS)
            for (const reason of REASONS) {
              cases++;
              const got = shape(plan(strategy, autoShutdown, family, failed, reason));
              const expected = oracle(strategy, autoShutdown, family, failed, reason);
              if (JSON.stringify(got) !== JSON.stringify(expected))
                expect.fail(
                  `${strategy}, ${autoShutdown}, ${JSON.stringify(family)}, ${failed} ends by ${reason}: ${JSON.stringify(got)}`,
                );
            }
    expect(cases).toBe((5 + 2 * 25 + 3 * 125 + 4 * 625) * 36);
  });

  it('gives up exactly where the restarts within the period exceed the intensity, for every short history', () => {
    const PERIOD = 3;
    for (let intensity = 0; intensity <= 3; intensity++)
      for (const times of histories(6, 2)) {
        const state = supervisorState({ ...SUPERVISION_DEFAULTS, intensity, period: PERIOD });
        for (const [index, now] of times.entries()) {
          const within = times.slice(0, index + 1).filter((at) => now - at <= PERIOD).length;
          expect(addRestart(state, now), `${times} at ${index}, intensity ${intensity}`).toBe(within <= intensity);
          if (within > intensity) break;
        }
      }
  });

  it('keeps no more times of restarts than the intensity and one', () => {
    const state = supervisorState({ ...SUPERVISION_DEFAULTS, intensity: 3, period: 10 });
    for (let now = 0; now < 1_000; now += 4) addRestart(state, now);
    expect(state.restarts.length).toBeLessThanOrEqual(4);
  });
});

/** Times that never go back, by steps of 0 to `step`. */
function histories(length: number, step: number): number[][] {
  let all: number[][] = [[0]];
  for (let size = 1; size < length; size++)
    all = all.flatMap((times) => Array.from({ length: step + 1 }, (_, by) => [...times, (times.at(-1) ?? 0) + by]));
  return all;
}

describe('the delay before a restart', () => {
  const backoff = { min: 100, max: 1_000, factor: 2, jitter: 0 };

  it('doubles with each restart in a row, up to its bound', () => {
    expect([1, 2, 3, 4, 5, 60].map((attempt) => backoffDelay(backoff, attempt, tame))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  it('is shortened by its jitter, never lengthened, and the tame choice leaves it whole', () => {
    const jittery = { ...backoff, jitter: 0.5 };
    expect(backoffDelay(jittery, 1, tame)).toBe(100);
    for (let drawn = 0; drawn < 1_000; drawn += 37) {
      const delay = backoffDelay(jittery, 2, () => drawn);
      expect(delay).toBeGreaterThan(100);
      expect(delay).toBeLessThanOrEqual(200);
    }
  });

  it('begins anew for a child that has run for longer than the period', () => {
    const state = supervisorState({ ...SUPERVISION_DEFAULTS, intensity: 10, period: 1_000 });
    const policy = { restart: 'permanent', significant: false, shutdown: 0, backoff } as const;
    const one: SupervisedChild = { policy, attempts: 0, startedAt: 0 };
    const delayAt = (now: number) => {
      const made = onChildEnd(state, [one], one, { kind: 'error' }, now, tame);
      one.startedAt = now;
      return made.do === 'restart' ? made.delay : made.do;
    };
    expect([delayAt(10), delayAt(20), delayAt(30), delayAt(2_000)]).toEqual([100, 200, 400, 100]);
  });
});
