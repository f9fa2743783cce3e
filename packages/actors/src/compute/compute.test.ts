import { describe, expect, it } from 'vitest';
import { defineActor } from '../definition.ts';
import { testSystem } from '../testkit/index.ts';
import { defineTask } from './task.ts';

const double = defineTask(import.meta, 'double', async (n: number) => n * 2);
const none = defineTask(import.meta, 'none', () => 'nothing needed');

const Doubler = defineActor(import.meta, 'Doubler', {
  init: () => ({}),
  on: {
    double: (_state, n: number, ctx) => ctx.compute(double, n),
  },
});

describe('tasks, where the host has no pool', () => {
  it('run in the thread of the node, under its virtual time', async () => {
    await using system = testSystem();
    const doubler = await system.spawn(Doubler);
    const answer = doubler.ask.double(21);
    await system.settle();
    expect(await answer).toBe(42);
  });

  it('are refused where they are none, or where their input can’t be sent', async () => {
    await using system = testSystem();
    await expect(system.compute({ key: 'x' } as never)).rejects.toMatchObject({ code: 'TROUPE_DEFINITION_INVALID' });
    await expect(system.compute(double, (() => 1) as never)).rejects.toMatchObject({
      code: 'TROUPE_VALUE_REFUSED',
      data: { path: 'input' },
    });
  });

  it('need a name and a function, and a name of their own', () => {
    expect(() => defineTask(import.meta, '', () => 1)).toThrow(/Expected import.meta, a name and a function/);
    expect(() => defineTask(import.meta, 'double', () => 1)).toThrow(/got a second/);
  });

  it('take an input where they have one, and none where they have none', async () => {
    await using system = testSystem();
    const answer = system.compute(none);
    await system.settle();
    expect(await answer).toBe('nothing needed');
    // @ts-expect-error a task's input is of its type
    const wrong = system.compute(double, 'text');
    // @ts-expect-error a task's input is needed
    const missing = system.compute(double);
    await system.settle();
    expect(await Promise.all([wrong, missing])).toEqual([Number.NaN, Number.NaN]);
  });
});
