import { describe, expect, it } from 'vitest';
import { RandomChooser } from './choices/random-chooser.ts';
import { checkDefinition } from './definition.ts';
import { coreRunnable } from './run/runnable.ts';
import { defineSimulation, type Simulation } from './simulation.ts';
import { type Mutex, mutexSimulation } from './testing/mutual-exclusion.fixture.ts';
import { CoreRun } from './world/core-run.ts';

type Sim = Simulation<Mutex, { entries: number }>;

const run = (part: Partial<Sim>) => new CoreRun({ ...mutexSimulation(), ...part }, new RandomChooser(1)).run();

describe('properties', () => {
  it('break a run where they say false, or say why', () => {
    expect(run({ always: { no: () => false } }).violation).toMatchObject({
      kind: 'always',
      property: 'no',
      events: 0,
      message: 'it does not hold',
    });
    expect(run({ always: { why: () => 'because' } }).violation).toMatchObject({ property: 'why', message: 'because' });
    expect(run({ finally: { end: () => 'too late' } }).violation).toMatchObject({
      kind: 'finally',
      property: 'end',
      message: 'too late',
    });
  });

  it('must come to hold in the time of calm, and are told with their reason where they do not', () => {
    const { violation, ticks } = run({ eventually: { never: () => 'still waiting' }, livenessTicks: 50 });
    expect(violation).toMatchObject({
      kind: 'eventually',
      property: 'never',
      message: 'it did not come to hold within 50 ticks of calm: still waiting',
    });
    expect(ticks).toBeLessThanOrEqual(350);
  });

  it('are reached once they have held, and not by a text', () => {
    const outcome = run({
      sometimes: {
        'somebody is in': ({ nodes }) => nodes.some(({ state }) => state.phase === 'in'),
        never: () => 'not yet',
      },
    });
    expect(outcome.reached).toEqual(['somebody is in']);
  });

  it('that throw are told apart from a core that throws', () => {
    const bad = (): never => {
      throw new RangeError('oh');
    };
    for (const part of ['always', 'finally', 'sometimes', 'eventually'] as const)
      expect(run({ [part]: { 'bad one': bad } }).violation).toMatchObject({
        kind: 'error',
        property: "TROUPE_SIM_THREW property 'bad one'",
        message: expect.stringContaining('RangeError: oh') as unknown,
      });
    expect(run({ observer: { init: () => ({ entries: 0 }), on: bad } }).violation?.property).toBe(
      'TROUPE_SIM_THREW the observer',
    );
    expect(run({ always: { x: bad } }).violation?.property.split(' ')[0]).toBe('TROUPE_SIM_THREW');
    expect(run({ clients: bad }).violation?.property).toBe('TROUPE_SIM_THREW clients');
    expect(run({ clients: (world) => world.after(5, bad) }).violation).toMatchObject({
      property: 'TROUPE_SIM_THREW a client',
      at: 5,
    });
    const lying = { ...mutexSimulation(), byzantine: { nodes: (n: number) => n, adversary: bad } };
    const told = Array.from({ length: 10 }, (_, seed) => new CoreRun(lying, new RandomChooser(seed)).run().violation);
    expect(told.map((violation) => violation?.property)).toContain('TROUPE_SIM_THREW the adversary');
    const { core } = mutexSimulation();
    expect(run({ core: { ...core, step: bad } }).violation).toMatchObject({ kind: 'error', property: 'RangeError' });
    expect(run({ core: { ...core, init: bad } }).violation).toMatchObject({
      kind: 'error',
      property: 'RangeError',
      states: [],
    });
  });

  it('that give a promise, or nothing, are refused', () => {
    for (const part of ['always', 'finally', 'sometimes', 'eventually'] as const) {
      const promising = { [part]: { async: () => Promise.resolve(true) } } as unknown as Partial<Sim>;
      expect(run(promising).violation).toMatchObject({
        property: 'TROUPE_SIM_DEFINITION',
        message: expect.stringMatching(/property 'async' to give .*, got a promise/) as unknown,
      });
      expect(run({ [part]: { none: () => undefined } } as unknown as Partial<Sim>).violation?.message).toMatch(
        /got undefined/,
      );
    }
  });

  it('find a livelock once faults have ended, which runs without that phase never show', () => {
    // Of two requests of one time both wait for ever: nothing bad happens, and nothing good either.
    const { core } = mutexSimulation();
    const stuck: typeof core = {
      ...core,
      step: (state, event, out) => {
        if (
          event.kind === 'message' &&
          event.message.kind === 'request' &&
          state.phase === 'wants' &&
          state.mine === event.message.at
        )
          state.deferred.push(event.from);
        else core.step(state, event, out);
      },
    };
    const { eventually: _, ...without } = mutexSimulation();
    const count = (simulation: Sim) => {
      let found = 0;
      for (let seed = 0; seed < 100; seed++)
        if (new CoreRun({ ...simulation, core: stuck }, new RandomChooser(seed)).run().violation !== undefined) found++;
      return found;
    };
    expect(count(mutexSimulation())).toBeGreaterThan(10);
    expect(count(without)).toBe(0);
  });
});

describe('a definition', () => {
  it('that is right is taken', () => {
    expect(() => checkDefinition(mutexSimulation())).not.toThrow();
    expect(() => defineSimulation(mutexSimulation())).not.toThrow();
  });

  it.each<[string, object, RegExp]>([
    ['no name', { name: '' }, /Expected a name in the definition of a simulation, got ''/],
    ['no core', { core: {} }, /a core with init and step/],
    ['no options', { options: 3 }, /options to be a function/],
    ['no nodes', { nodes: 0 }, /nodes to be a count from 1 to 1000, or \[least, most\].*got 0/],
    ['nodes the wrong way round', { nodes: [3, 2] }, /nodes to be .* got \[3,2\]/],
    ['half a node', { nodes: 2.5 }, /nodes to be/],
    ['time that goes back', { safetyTicks: -1 }, /safetyTicks in whole ticks/],
    ['a property that is none', { always: { x: true } }, /always 'x' to be a function/],
    [
      'a loss of more than all',
      { faults: { links: { lossPerMille: 1_001 } } },
      /lossPerMille that is a whole number from 0 to 1000/,
    ],
    [
      'a drift that stops a clock',
      { faults: { clocks: { driftPerMillion: 1_000_000 } } },
      /driftPerMillion that is a whole number from 0 to 999999/,
    ],
    ['unknown faults', { faults: { link: {} } }, /faults of links, processes, disks, clocks.* got 'link'/],
    [
      'more crashes than nodes',
      { faults: { processes: { crashes: (n: number) => n + 1 } } },
      /crashes\(2\) to be a count of nodes.* got 3/,
    ],
    ['crashes that are no function', { faults: { processes: { crashes: 1 } } }, /crashes to be a function/],
    ['an unknown model', { model: { kind: 'quantum' } }, /a model that is asynchronous/],
    ['more liars than nodes', { byzantine: { nodes: () => -1, adversary: () => [] } }, /byzantine.nodes\(2\)/],
    ['an observer without on', { observer: { init: () => ({}) } }, /observer to have init and on/],
  ])('with %s is refused', (_, part, message) => {
    const make = () => coreRunnable({ ...mutexSimulation(), ...part } as Sim);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'TROUPE_SIM_DEFINITION' }) as Error);
  });

  it.each<[string, (world: Parameters<NonNullable<Sim['clients']>>[0]) => void, RegExp]>([
    ['waits for half a tick', (world) => world.after(0.5, () => {}), /after to have whole ticks from 0 up, got 0.5/],
    ['goes back in time', (world) => world.after(-1, () => {}), /got -1/],
    ['chooses among none', (world) => world.choose('x', 0), /choose to have a count from 1/],
    ['asks a stranger', (world) => world.request('n99' as never, { kind: 'enter' }), /a node of this run, got n99/],
  ])('whose client %s is refused when it does', (_, clients, message) => {
    expect(run({ clients }).violation).toMatchObject({
      property: 'TROUPE_SIM_DEFINITION',
      message: expect.stringMatching(message) as unknown,
    });
  });
});
