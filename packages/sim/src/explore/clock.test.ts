/** A lease: who has been granted it holds it for a while, by its own clock; who granted it grants again after as long. */
import type { Core, NodeId, Shape, Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { defineSimulation, type ExplorationClock } from '../simulation.ts';
import { explore } from './explore.ts';

const LEASE = 20;

type Lease = Shape<{
  Options: { readonly server: NodeId };
  State: { readonly server: NodeId; isGranted: boolean; until: number };
  Message: { readonly kind: 'ask' | 'grant'; readonly asked: number };
  Timer: 'over';
  Request: 'ask';
}>;

/** `from`: a lease counts from when it was asked for, or (wrongly) from when it arrives. */
const lease = (from: 'asked' | 'granted'): Core<Lease> => ({
  name: 'lease',
  init: ({ server }) => ({ server, isGranted: false, until: 0 }),
  step: (state, event, out) => {
    if (event.kind === 'request') out.send(state.server, { kind: 'ask', asked: event.now });
    if (event.kind === 'timeout') state.isGranted = false;
    if (event.kind !== 'message') return;
    const { kind, asked } = event.message;
    if (kind === 'grant') {
      state.until = LEASE + (from === 'asked' ? asked : event.now);
    } else if (!state.isGranted) {
      state.isGranted = true;
      out.setTimer('over', LEASE as Ticks);
      out.send(event.from, { kind: 'grant', asked });
    }
  },
});

const leasing = (from: 'asked' | 'granted', clock: ExplorationClock) =>
  defineSimulation<Lease>({
    name: 'leasing',
    core: lease(from),
    nodes: 3,
    options: (_self, nodes) => ({ server: nodes[0] as NodeId }),
    always: {
      'one holder': ({ nodes }) => nodes.filter(({ state, now }) => state.until > now).length <= 1,
    },
    sometimes: {
      'the lease is held': ({ nodes }) => nodes.some(({ state, now }) => state.until > now),
      'and held by another': ({ nodes }) => nodes.every(({ id, state }) => id === 'n1' || state.until > 0),
    },
    exploration: {
      nodes: 3,
      requests: ([, ...others]) => others.map((node) => ({ node, request: 'ask' as const })),
      clock,
    },
  });

const step = 10 as Ticks;

describe('an exploration with clocks', () => {
  it('shows that a lease counted from when it was asked for has one holder, where clocks agree', () => {
    const report = explore(leasing('asked', { step, steps: 5 }));
    expect(report).toMatchObject({ verdict: 'holds', neverHeld: [] });
    expect(report.states).toBe(2_275);
  });

  it('finds that one counted from its arrival has two: by time alone, in the fewest steps', () => {
    const { verdict, violation } = explore(leasing('granted', { step, steps: 5 }));
    expect(verdict).toBe('violated');
    expect(violation?.trace.steps.map(({ action }) => action)).toEqual([
      'n2 is asked for ask',
      'n1 receives ask {asked: 0} from n2',
      'n3 is asked for ask',
      'time passes: it was 0',
      'n2 receives grant {asked: 0} from n1',
      'time passes: it was 10',
      'n1: timer over fires',
      'n1 receives ask {asked: 0} from n3',
      'n3 receives grant {asked: 0} from n1',
    ]);
  });

  it('finds that one that allows for no drift has two where clocks drift', () => {
    const { violation } = explore(leasing('asked', { step, steps: 5, skew: 1 }));
    expect(violation?.property).toBe('one holder');
    expect(violation?.trace.steps.some(({ action }) => action.includes('its clock goes on'))).toBe(true);
  });

  it('fires no timer before it is due', () => {
    // Nothing is granted again.
    expect(explore(leasing('asked', { step, steps: 1 })).neverHeld).toEqual(['and held by another']);
  });

  it('does not decide what must come to hold, and leaves nothing out', () => {
    const timed = { ...leasing('asked', { step, steps: 2 }), eventually: { never: () => false } };
    const report = explore(timed);
    expect(report.undecided).toEqual({ never: 'exploration.clock ends' });
    expect(explore(timed, { reduction: true }).states).toBe(report.states);
  });

  it('refuses a clock that stands still', () => {
    expect(() => explore(leasing('asked', { step: 0 as Ticks, steps: 1 }))).toThrow(
      expect.objectContaining({ code: 'TROUPE_CORE_OPTIONS' }),
    );
  });
});
