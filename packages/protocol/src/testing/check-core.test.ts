import { describe, expect, it } from 'vitest';
import { type NodeId, nodeId, type Ticks } from '../brand.ts';
import type { Core } from '../core.ts';
import { isTroupeError } from '../error.ts';
import type { Shape } from '../shape.ts';
import { checkCore } from './check-core.ts';

interface State {
  seen: string[];
  extra?: unknown;
}
type Simple = Shape<{ Options: { nodes: NodeId[] }; State: State; Message: string[]; Request: string[] }>;

const run = {
  options: { nodes: [nodeId('a'), nodeId('b')] },
  durable: undefined,
  events: [['x'], ['y'], ['z']].map((request) => ({ kind: 'request' as const, now: 1 as Ticks, id: null, request })),
  choices: [],
};

const core = (step: Core<Simple>['step'], init: Core<Simple>['init'] = () => ({ seen: [] })): Core<Simple> => ({
  name: 'simple',
  init,
  step,
});
const ruleBroken = (broken: Core<Simple>) => {
  try {
    checkCore(broken, [run]);
  } catch (error) {
    if (isTroupeError(error, 'TROUPE_CORE_NOT_CONFORMING')) return error.data['rule'];
    return isTroupeError(error) ? error.code : error;
  }
  return 'none';
};

const B = nodeId('b');

describe('checkCore', () => {
  it('passes a core that keeps the rules', () => {
    const good = core((state, event, out) => {
      if (event.kind !== 'request') return;
      state.seen.push(...event.request);
      out.send(B, [...state.seen]);
    });
    expect(ruleBroken(good)).toBe('none');
  });

  it('finds state outside the state', () => {
    let calls = 0;
    expect(ruleBroken(core((_state, _event, out) => out.send(B, [`${calls++}`])))).toMatch(/^the same effects/);
    expect(ruleBroken(core((state) => void state.seen.push(`${calls++}`)))).toMatch(/^the same state/);
  });

  it('finds a core that goes by identity', () => {
    const known = new WeakSet<State>();
    const broken = core((state, _event, out) => {
      if (known.has(state)) out.send(B, []);
      known.add(state);
    });
    expect(ruleBroken(broken)).toMatch(/^the same effects/);
  });

  it('finds state that is no plain data', () => {
    expect(ruleBroken(core((state) => void (state.extra = () => 1)))).toBe('TROUPE_NOT_PLAIN_DATA');
  });

  it('finds an event that the step mutates', () => {
    const broken = core((_state, event) => void (event.kind === 'request' && event.request.push('mine')));
    expect(ruleBroken(broken)).toBe('an event that the step leaves as it is');
  });

  it('finds an event that a later step mutates', () => {
    const broken = core((state, event) => {
      (state.extra as string[] | undefined)?.push('later');
      if (event.kind === 'request') state.extra = event.request;
    });
    expect(ruleBroken(broken)).toBe('events that share no structure with what the state mutates');
  });

  it('finds a message that shares structure with the state', () => {
    const broken = core((state, _event, out) => {
      state.seen.push('more');
      out.send(B, state.seen);
    });
    expect(ruleBroken(broken)).toBe('effects that share no structure with the state');
  });

  it('finds effects in the order in which nodes were listed', () => {
    const broken = core(
      (state, _event, out) => {
        for (const id of state.seen) out.send(id as NodeId, []);
      },
      ({ nodes }) => ({ seen: [...nodes] }),
    );
    expect(ruleBroken(broken)).toMatch(/sort ids$/);
  });

  it('finds an init that changes its options', () => {
    const broken = core(
      () => {},
      ({ nodes }) => ({ seen: nodes.splice(0) }),
    );
    expect(ruleBroken(broken)).toBe('options that init leaves as they are');
  });
});
