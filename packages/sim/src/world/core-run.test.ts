import type { NodeId, Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { RandomChooser } from '../choices/random-chooser.ts';
import { RecordingChooser } from '../choices/recording-chooser.ts';
import { ReplayingChooser } from '../choices/replaying-chooser.ts';
import type { RunOutcome } from '../outcome.ts';
import { chooserOf } from '../run/strategy.ts';
import { defineSimulation, type Simulation } from '../simulation.ts';
import { partiallySynchronous, synchronous } from '../system-model.ts';
import { type Probe, probeSimulation } from '../testing/probe.fixture.ts';
import type { Occurrence, View } from '../view.ts';
import { CoreRun } from './core-run.ts';

interface Seen {
  now: number;
  readonly all: { readonly now: number; readonly what: Occurrence<Probe> }[];
}

type Part = Partial<Simulation<Probe, Seen>>;

/** Runs seeds of the probe, mixed between strategies; `look` is an invariant. */
function runs(part: Part, look: (view: View<Probe, Seen>) => boolean | string, seeds = 50): RunOutcome[] {
  const simulation = defineSimulation<Probe, Seen>({
    ...probeSimulation,
    observer: {
      init: () => ({ now: 0, all: [] }),
      on: (seen, what, now) => {
        seen.now = now;
        seen.all.push({ now, what });
      },
    },
    ...part,
    always: { looked: look },
  });
  return Array.from({ length: seeds }, (_, seed) => {
    const outcome = new CoreRun(simulation, chooserOf(seed, 'mixed')).run();
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    return outcome;
  });
}

const reliable = { lossPerMille: 0, duplicatePerMille: 0, partitions: false };
const steady = { driftPerMillion: 0, offsetMax: 0 as Ticks };
const healthy = { crashes: () => 0, pauses: false, slow: false, omission: false };

describe('messages', () => {
  const holdsFrom = (from: number, delta: number) => (view: View<Probe, Seen>) => {
    for (const { state } of view.nodes)
      for (const list of state.received.values()) {
        const { sentAt, at } = list.at(-1) ?? { sentAt: 0, at: 0 };
        if (at > Math.max(sentAt, from) + delta) return `sent at ${sentAt}, received at ${at}`;
      }
    return true;
  };

  it('arrive within delta in the synchronous model, also at nodes that crash and come back', () => {
    const outcomes = runs({ model: synchronous(6), faults: { clocks: steady } }, holdsFrom(0, 6));
    expect(outcomes.some(({ faults }) => (faults['crash'] ?? 0) > 0)).toBe(true);
    for (const { faults } of outcomes)
      expect(Object.keys(faults).filter((kind) => !['crash', 'duplicate', 'lost record'].includes(kind))).toEqual([]);
  });

  it.each([false, true])('arrive within delta from stabilisation on, whatever went wrong before (fifo: %s)', (fifo) => {
    const outcomes = runs(
      { model: partiallySynchronous(300, 6), faults: { links: { fifo, delayMax: 400 as Ticks }, clocks: steady } },
      holdsFrom(300, 6),
      120,
    );
    for (const kind of ['pause', 'slow', 'partition', 'crash', 'omission'])
      expect(
        outcomes.some(({ faults }) => (faults[kind] ?? 0) > 0),
        kind,
      ).toBe(true);
  });

  it('keep their order on links that are FIFO, and every one arrives where nothing loses any', () => {
    const inOrder = ({ nodes }: View<Probe, Seen>) => {
      for (const { state } of nodes)
        for (const list of state.received.values())
          for (const [index, { n }] of list.entries()) if (n !== index) return `${n} came as number ${index}`;
      return true;
    };
    runs(
      {
        faults: {
          links: { ...reliable, fifo: true, delayMax: 100 as Ticks },
          processes: { ...healthy, pauses: true, slow: true },
        },
      },
      inOrder,
    );
  });

  it('all arrive in the end where none is lost, in the asynchronous model', () => {
    const simulation = defineSimulation<Probe>({
      ...probeSimulation,
      faults: { links: { ...reliable, delayMax: 200 as Ticks }, processes: { ...healthy, pauses: true, slow: true } },
      eventually: {
        'the first 30 numbers of each are at all others': ({ nodes }) =>
          nodes.every(({ state }) =>
            nodes.every(({ id }) => {
              const got = new Set(state.received.get(id)?.map(({ n }) => n));
              return id === state.self || Array.from({ length: 30 }, (_, n) => n).every((n) => got.has(n));
            }),
          ),
      },
    });
    for (let seed = 0; seed < 100; seed++)
      expect(new CoreRun(simulation, chooserOf(seed, 'mixed')).run().violation).toBeUndefined();
  });
});

describe('a schedule that was cut', () => {
  const cutting = (part: Part, seed: number, look: (view: View<Probe, undefined>) => boolean | string) => {
    const simulation = defineSimulation<Probe>({ ...probeSimulation, ...(part as object), always: { look } });
    const recorder = new RecordingChooser(chooserOf(seed, 'mixed'));
    new CoreRun(simulation, recorder).run();
    const random = new RandomChooser(seed);
    const spans = recorder.spans.map((span) =>
      span.origin === 'node' && random.choose('cut', 10) === 0 ? { ...span, choices: [], skipped: true } : span,
    );
    expect(new CoreRun(simulation, new ReplayingChooser(spans)).run().violation, `seed ${seed}`).toBeUndefined();
  };

  it('leaves no gap on a FIFO link: what comes after a message that is late is late too', () => {
    for (const model of [undefined, partiallySynchronous(300, 6)])
      for (let seed = 0; seed < 60; seed++)
        cutting(
          { ...(model && { model }), faults: { links: { ...reliable, fifo: true }, processes: healthy } },
          seed,
          ({ nodes }) => {
            for (const { state } of nodes)
              for (const list of state.received.values())
                for (const [index, { n }] of list.entries()) if (n !== index) return `${n} came as number ${index}`;
            return true;
          },
        );
  });

  it('keeps the bounds of the model: what is late arrives after stabilisation', () => {
    for (let seed = 0; seed < 60; seed++)
      cutting(
        { model: partiallySynchronous(200, 6), faults: { links: reliable, processes: healthy, clocks: steady } },
        seed,
        ({ nodes }) =>
          nodes.every(({ state }) =>
            [...state.received.values()].every((list) =>
              list.every(({ sentAt, at }) => at <= Math.max(sentAt, 200) + 6),
            ),
          ) &&
          nodes.every(({ state }) => {
            const now = state.times.at(-1) ?? 0;
            // The last may still be under way.
            const isThere = (from: NodeId, sent: number) => (state.received.get(from)?.length ?? 0) >= sent - 1;
            return now < 220 || nodes.every(({ id, state: other }) => id === state.self || isThere(id, other.sent));
          }),
      );
  });

  it('acknowledges records in order, each after those before it are durable', () => {
    for (let seed = 0; seed < 60; seed++)
      cutting({ faults: { disks: { failurePerMille: 200, full: true } } }, seed, ({ nodes }) =>
        nodes.every(({ state: { appended, acknowledged, failed } }) => {
          const ended = [...acknowledged, ...failed].sort((a, b) => a - b);
          return ended.every((record, index) => record === appended[index]);
        }),
      );
  });
});

describe('a node that crashes', () => {
  const disks = { delayMax: 40 as Ticks, failurePerMille: 100, full: true };

  it('comes back with every record that was acknowledged, in order, and of the others with a prefix', () => {
    const outcomes = runs(
      { faults: { disks, clocks: { jumpMax: 0 as Ticks } } },
      ({ nodes, observed }) => {
        const last = observed.all.at(-1)?.what;
        if (last?.kind !== 'indication' || last.indication.kind !== 'began') return true;
        const { records } = last.indication;
        const mine = observed.all.filter(({ what }) => what.node === last.node);
        const promised = mine.flatMap(({ what }) =>
          what.kind === 'indication' && what.indication.kind === 'durable' ? [what.indication.record] : [],
        );
        if (!promised.every((record) => records.includes(record)))
          return `${promised} were promised, ${records} are left`;
        return nodes.length > 0 && records.every((record, index) => index === 0 || record > (records[index - 1] ?? 0));
      },
      100,
    );
    expect(outcomes.some(({ faults }) => (faults['lost record'] ?? 0) > 0)).toBe(true);
    expect(outcomes.some(({ faults }) => (faults['failed write'] ?? 0) > 0)).toBe(true);
    expect(outcomes.some(({ faults }) => (faults['disk full'] ?? 0) > 0)).toBe(true);
  });

  it('shows what is durable: all that was acknowledged, and what its next life begins with at the least', () => {
    const atCrash = new Map<string, number>();
    runs({ faults: { disks } }, ({ nodes, observed }) => {
      for (const { id, isUp, durable = [], state } of nodes) {
        if (isUp && !state.acknowledged.every((record) => durable.includes(record))) return `${id} shows ${durable}`;
        if (!isUp) atCrash.set(id, durable.length);
      }
      const last = observed.all.at(-1)?.what;
      if (last?.kind !== 'indication' || last.indication.kind !== 'began' || last.indication.records.length === 0)
        return true;
      return last.indication.records.length >= (atCrash.get(last.node) ?? 0);
    });
    expect(atCrash.size).toBeGreaterThan(0);
  });

  it('begins anew: no timer, no write, no result of an earlier life reaches it, and its clock goes on', () => {
    runs({ faults: { disks } }, ({ nodes }) =>
      nodes.every(({ state: { appended, acknowledged, failed, applied, sent, times } }) => {
        const isOwn = [...acknowledged, ...failed].every((record) => appended.includes(record));
        const isForwards = (times.at(-1) ?? 0) >= (times.at(-2) ?? 0);
        // Its timer is set once a tick: two lives' timers would make it send twice as often.
        const life = (times.at(-1) ?? 0) - (times[0] ?? 0);
        return isOwn && isForwards && applied.length <= sent && sent <= life / 10 + 1;
      }),
    );
  });

  it('has a clock that is not frozen when it comes back', () => {
    let restarts = 0;
    runs(
      { faults: { links: reliable, processes: { ...healthy, crashes: () => 1 }, clocks: { jumpMax: 500 as Ticks } } },
      ({ observed }) => {
        const { what } = observed.all.at(-2) ?? {};
        if (what?.kind === 'restart') restarts++;
        return true;
      },
    );
    expect(restarts).toBeGreaterThan(20);
    const simulation = defineSimulation<Probe>({
      ...probeSimulation,
      faults: { processes: { ...healthy, crashes: () => 1 }, clocks: { jumpMax: 500 as Ticks } },
      eventually: {
        'every node that is up goes on to send': ({ nodes }) =>
          nodes.every(({ isUp, state }) => !isUp || state.sent >= 3),
      },
    });
    for (let seed = 0; seed < 60; seed++)
      expect(new CoreRun(simulation, chooserOf(seed, 'mixed')).run().violation).toBeUndefined();
  });

  it('gets nothing that came while it was down, also where it was slow', () => {
    runs(
      { faults: { links: { ...reliable, delayMax: 0 as Ticks }, clocks: steady } },
      ({ nodes, observed }) => {
        const last = observed.all.at(-1);
        if (last?.what.kind !== 'indication' || last.what.indication.kind !== 'got') return true;
        const { sentAt } = last.what.indication;
        const down = observed.all.findLast(({ what }) => what.node === last.what.node && what.kind === 'crash');
        const up = observed.all.findLast(({ what }) => what.node === last.what.node && what.kind === 'restart');
        if (down === undefined || up === undefined) return nodes.length > 0;
        return (
          !(sentAt + 1 > down.now && sentAt + 1 < up.now) || `sent at ${sentAt}, down from ${down.now} to ${up.now}`
        );
      },
      100,
    );
  });
});

describe('faults', () => {
  const minority = (nodes: number) => Math.ceil(nodes / 2) - 1;

  it('never make more nodes faulty at once than the bounds say, and leave a quorum after healing, over 2,000 seeds', () => {
    let most = 0;
    runs(
      {
        nodes: 5,
        byzantine: { nodes: () => 1, adversary: (sent) => [sent] },
        safetyTicks: 200,
        livenessTicks: 5,
        finally: {
          'a quorum is up': ({ nodes }) => nodes.filter(({ isUp }) => !isUp).length <= 2,
        },
      },
      ({ nodes }) => {
        const down = nodes.filter(({ isUp }) => !isUp).length;
        most = Math.max(most, down);
        return down <= minority(nodes.length);
      },
      2_000,
    );
    expect(most).toBe(2);
  });

  it('end: healed, all that are up hear one another, and what stays down is within the bounds beside Byzantine nodes', () => {
    const simulation = defineSimulation<Probe, { calm: Set<string> }>({
      ...probeSimulation,
      nodes: 5,
      byzantine: { nodes: () => 1, adversary: (sent) => [sent] },
      observer: {
        init: () => ({ calm: new Set() }),
        on: ({ calm }, occurrence, now) => {
          if (now > 605 && occurrence.kind === 'indication' && occurrence.indication.kind === 'got')
            calm.add(`${occurrence.indication.from} ${occurrence.node}`);
        },
      },
      eventually: {
        'all that are up hear one another': ({ nodes, observed }) =>
          nodes.every((a) => nodes.every((b) => a === b || !a.isUp || !b.isUp || observed.calm.has(`${a.id} ${b.id}`))),
        'enough are up': ({ nodes }) => nodes.filter(({ isUp }) => !isUp).length <= 1,
      },
    });
    let stayed = 0;
    for (let seed = 0; seed < 120; seed++) {
      const outcome = new CoreRun(simulation, chooserOf(seed, 'mixed')).run();
      expect(outcome.violation, `seed ${seed}`).toBeUndefined();
      stayed += outcome.faults['crash'] ?? 0;
    }
    expect(stayed).toBeGreaterThan(20);
  });

  it('may have all nodes down at once, and leave no more down than they are let', () => {
    let allDown = 0;
    const outcomes = runs(
      {
        nodes: 3,
        faults: { processes: { crashes: (nodes) => nodes, staysDown: () => 1 } },
        eventually: { 'most are up': ({ nodes }) => nodes.filter(({ isUp }) => !isUp).length <= 1 },
        livenessTicks: 0,
      },
      ({ nodes }) => {
        if (nodes.every(({ isUp }) => !isUp)) allDown++;
        return true;
      },
      120,
    );
    expect(outcomes.some(({ faults }) => (faults['crash'] ?? 0) > 0)).toBe(true);
    expect(allDown).toBeGreaterThan(0);
  });

  it('come about in some seeds and not in others, every kind', () => {
    const outcomes = runs(
      { faults: { disks: { failurePerMille: 50, full: true }, clocks: { jumpMax: 50 as Ticks } } },
      () => true,
      200,
    );
    const kinds = ['crash', 'pause', 'slow', 'omission', 'partition', 'disk full', 'clock jump', 'loss', 'duplicate'];
    for (const kind of [...kinds, 'lost record', 'failed write']) {
      const seeds = outcomes.filter(({ faults }) => (faults[kind] ?? 0) > 0).length;
      expect(seeds, kind).toBeGreaterThan(5);
      expect(seeds, kind).toBeLessThan(195);
    }
  });

  it('are none by tame choices', () => {
    const { faults, violation } = new CoreRun(defineSimulation<Probe>(probeSimulation), new ReplayingChooser([])).run();
    expect([faults, violation]).toEqual([{}, undefined]);
  });

  it('make a node that omits an incorrect one', () => {
    const only = defineSimulation<Probe>({
      ...probeSimulation,
      faults: { processes: { ...healthy, crashes: () => 1, recovery: false, omission: true } },
      sometimes: { 'up, but not correct': ({ nodes }) => nodes.some(({ isUp, isCorrect }) => isUp && !isCorrect) },
    });
    const reached = Array.from({ length: 50 }, (_, seed) => new CoreRun(only, new RandomChooser(seed)).run().reached);
    expect(reached.flat().length).toBeGreaterThan(2);
  });
});

describe('options', () => {
  it('are drawn once for all nodes of a run, and anew for each', () => {
    const drawn: number[][] = [];
    for (let seed = 0; seed < 20; seed++) {
      const some: number[] = [];
      const options = (self: NodeId, nodes: readonly NodeId[], draw: (label: string, n: number) => number) => {
        some.push(draw('size', 3));
        return { self, nodes };
      };
      new CoreRun(defineSimulation<Probe>({ ...probeSimulation, options }), new RandomChooser(seed));
      drawn.push(some);
    }
    expect(drawn.every((some) => some.length >= 2 && new Set(some).size === 1)).toBe(true);
    expect(new Set(drawn.map(([first]) => first)).size).toBe(3);
  });
});

describe('clients', () => {
  it('may ask again as soon as they have a reply, and time goes on', () => {
    let replies = 0;
    const simulation = defineSimulation<Probe>({
      ...probeSimulation,
      clients: (world) => {
        const ask = (): void => {
          world.request(world.nodes[0] as NodeId, { kind: 'echo' }, () => {
            replies++;
            ask();
          });
        };
        ask();
      },
      faults: { processes: healthy },
    });
    expect(new CoreRun(simulation, new RandomChooser(1)).run().violation).toBeUndefined();
    expect(replies).toBeGreaterThan(100);
  });
});
