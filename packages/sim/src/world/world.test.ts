import { describe, expect, it } from 'vitest';
import { type Chooser, tameChooser } from '../choices/chooser.ts';
import { RandomChooser } from '../choices/random-chooser.ts';
import { Agenda, WorldEvent } from './agenda.ts';
import { World } from './world.ts';

class Note extends WorldEvent {
  readonly origin: 'node' | 'client';
  readonly #name: string;
  readonly #act: () => void;

  constructor(name: string, act: () => void, origin: 'node' | 'client' = 'node') {
    super();
    this.#name = name;
    this.#act = act;
    this.origin = origin;
  }

  override get mayBeLate(): boolean {
    return true;
  }

  label(): string {
    return this.#name;
  }

  happen(): void {
    this.#act();
  }
}

const leavesOut: Chooser = { choose: () => 0, begin: ({ mustHappen }) => mustHappen === true };

describe('an agenda', () => {
  it('is a stable sort by time, as a naive one, whatever is added between', () => {
    for (let seed = 0; seed < 200; seed++) {
      const chooser = new RandomChooser(seed);
      const agenda = new Agenda();
      const naive: WorldEvent[] = [];
      for (let i = 0; i < 100; i++) {
        if (chooser.choose('take', 3) === 0) {
          naive.sort((a, b) => a.at - b.at);
          expect(agenda.first).toBe(naive[0]);
          expect(agenda.take()).toBe(naive.shift());
        } else {
          const event = new Note(String(i), () => {});
          agenda.add(chooser.choose('at', 8), event);
          naive.push(event);
        }
        expect(agenda.size).toBe(naive.length);
      }
    }
  });
});

describe('a world', () => {
  const log: string[] = [];
  const note = (name: string, origin?: 'node' | 'client') => new Note(name, () => log.push(name), origin);

  it('lets what is due happen by time, and at one time in the order of planning; none that was cancelled', () => {
    log.length = 0;
    const world = new World(tameChooser);
    const cancelled = note('cancelled');
    world.at(5, note('b'));
    world.at(3, note('a'));
    world.at(5, cancelled);
    world.at(5, note('c'));
    world.at(9, note('later'));
    cancelled.isCancelled = true;
    while (world.step(5));
    expect(log).toEqual(['a', 'b', 'c']);
    expect([world.now, world.events, world.nextAt]).toEqual([5, 3, 9]);
  });

  it('plans nothing in the past', () => {
    const world = new World(tameChooser);
    world.at(5, new Note('a', () => world.at(2, note('b'))));
    while (world.step(10));
    expect(world.now).toBe(5);
  });

  it('lets an event of a node that is left out come as late as may be, and then it must', () => {
    log.length = 0;
    const world = new World(leavesOut);
    world.lateUntil = 50;
    world.at(5, note('node'));
    world.at(5, note('client', 'client'));
    world.at(60, note('after'));
    while (world.step(49));
    expect(log).toEqual([]);
    while (world.step(100));
    expect(log).toEqual(['node', 'after']);
    expect(world.now).toBe(60);
  });

  it('lets it never come where nothing bounds how late it may be', () => {
    log.length = 0;
    const world = new World(leavesOut);
    world.lateUntil = Number.POSITIVE_INFINITY;
    world.at(5, note('node'));
    while (world.step(1e9));
    expect([log, world.events]).toEqual([[], 0]);
  });

  it('names what makes time stand still', () => {
    const world = new World(tameChooser);
    const again = () => world.at(world.now, new Note('n1 timeout tick', again));
    world.at(3, new Note('first', again));
    expect(() => {
      while (world.step(10));
    }).toThrow(
      expect.objectContaining({
        code: 'TROUPE_SIM_ZENO',
        message: expect.stringContaining("at tick 3; the next is 'n1 timeout tick'") as unknown,
      }) as Error,
    );
  });

  it('hashes what happens, in order, and what is chosen', () => {
    const hash = (chooser: Chooser, times: number[]) => {
      const world = new World(chooser);
      for (const at of times) world.at(at, new Note('x', () => world.choose('y', 100)));
      while (world.step(100));
      return world.hash;
    };
    expect(hash(tameChooser, [1, 2])).toBe(hash(tameChooser, [1, 2]));
    expect(hash(tameChooser, [1, 2])).not.toBe(hash(tameChooser, [1, 3]));
    expect(hash(tameChooser, [1, 2])).not.toBe(hash(new RandomChooser(1), [1, 2]));
  });
});
