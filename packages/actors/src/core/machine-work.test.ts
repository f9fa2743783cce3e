import { expect, it } from 'vitest';
import { MachineWork } from './machine-work.ts';

it('a machine gets what one turn hands to it together and in order, once that turn is over', async () => {
  const applied: (readonly number[])[] = [];
  const work = new MachineWork<number>((commands) => applied.push(commands));
  work.add(1);
  work.add(2);
  expect(applied).toEqual([]);
  await Promise.resolve();
  expect(applied).toEqual([[1, 2]]);
  work.add(3);
  await Promise.resolve();
  expect(applied).toEqual([[1, 2], [3]]);
});
