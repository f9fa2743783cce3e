import type { NodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { RandomChooser } from '../choices/random-chooser.ts';
import { chooserOf } from '../run/strategy.ts';
import { defineSimulation } from '../simulation.ts';
import { type Probe, probeSimulation } from '../testing/probe.fixture.ts';
import {
  type Adversary,
  type AdversaryContext,
  allOf,
  equivocate,
  replay,
  SEEN_MAX,
  type Sent,
  withhold,
} from './byzantine.ts';
import { CoreRun } from './core-run.ts';

const [a, b, c] = ['n1', 'n2', 'n3'] as unknown as readonly [NodeId, NodeId, NodeId];
const message = (n: number) => ({ kind: 'number', n, sentAt: 0 }) as const;
const sent: Sent<Probe> = { to: b, message: message(1) };

const context = (seen: readonly Sent<Probe>[], choose: AdversaryContext<Probe>['choose']): AdversaryContext<Probe> => ({
  self: a,
  nodes: [a, b, c],
  seen,
  choose,
});
const draws = (seed: number): AdversaryContext<Probe>['choose'] => {
  const chooser = new RandomChooser(seed);
  return (label, n) => chooser.choose(label, n);
};
const lie = equivocate<Probe>((said, choose) => ({ ...said, n: 100 + choose('lie', 5) }));

/** What leaves, over many draws. */
function acts(adversary: Adversary<Probe>, seen: readonly Sent<Probe>[] = []): (readonly Sent<Probe>[])[] {
  return Array.from({ length: 200 }, (_, seed) => adversary(sent, context(seen, draws(seed))));
}

describe('an adversary', () => {
  it('that withholds sends what it was to, or nothing', () => {
    expect(new Set(acts(withhold()).map(({ length }) => length))).toEqual(new Set([0, 1]));
  });

  it('that replays sends something of old besides, to anybody', () => {
    const old = { to: c, message: message(77) };
    const all = acts(replay(), [old]);
    for (const [first, second] of all) {
      expect(first).toBe(sent);
      if (second !== undefined) expect(second.message).toBe(old.message);
    }
    expect(new Set(all.map(([, second]) => second?.to))).toEqual(new Set([undefined, a, b, c]));
    expect(acts(replay()).every(({ length }) => length === 1)).toBe(true);
  });

  it('that equivocates tells some what another is not told', () => {
    const told = acts(lie).map(([first]) => first?.message.n);
    expect(told.some((n) => n === 1)).toBe(true);
    expect(new Set(told).size).toBe(6);
    expect(sent.message.n).toBe(1);
  });

  it('may be several, one after another', () => {
    const all = acts(allOf(lie, withhold()));
    expect(all.some(({ length }) => length === 0)).toBe(true);
    expect(all.some(([first]) => (first?.message.n ?? 0) >= 100)).toBe(true);
  });

  it.each([
    ['withhold', withhold<Probe>()],
    ['replay', replay<Probe>()],
    ['equivocate', lie],
    ['all', allOf<Probe>(withhold(), replay(), lie)],
  ])('is honest by tame choices (%s)', (_, adversary) => {
    expect(
      adversary(
        sent,
        context([{ to: c, message: message(5) }], () => 0),
      ),
    ).toEqual([sent]);
  });

  it('stands before as many nodes as a seed draws, which are not correct, and remembers what they sent and heard', () => {
    const liars = new Set<number>();
    let most = 0;
    let heard = 0;
    for (let seed = 0; seed < 40; seed++) {
      const simulation = defineSimulation<Probe>({
        ...probeSimulation,
        nodes: 4,
        byzantine: {
          nodes: () => 1,
          adversary: (message_, { self, seen }) => {
            most = Math.max(most, seen.length);
            if (seen.some(({ to }) => to === self)) heard++;
            return lie(
              message_,
              context(seen, () => 1),
            );
          },
        },
        faults: { processes: { crashes: () => 0 } },
        always: {
          'only Byzantine nodes lie': ({ nodes }) => {
            const incorrect = nodes.filter(({ isCorrect }) => !isCorrect).map(({ id }) => id);
            liars.add(incorrect.length);
            return nodes.every(({ state }) =>
              [...state.received].every(([from, list]) => incorrect.includes(from) || list.every(({ n }) => n < 100)),
            );
          },
        },
      });
      expect(new CoreRun(simulation, chooserOf(seed, 'random')).run().violation).toBeUndefined();
    }
    expect(liars).toEqual(new Set([0, 1]));
    expect(most).toBeLessThanOrEqual(SEEN_MAX);
    expect(most).toBeGreaterThan(50);
    expect(heard).toBeGreaterThan(0);
  });
});
