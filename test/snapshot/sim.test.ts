/** Snapshots in the simulator, many seeds of them; and the simulator that goes on from one. */

import { RandomChooser, runActors } from 'troupe/sim';
import { decodeSnapshot, encodeSnapshot, type SystemSnapshot } from 'troupe/snapshot';
import { expect, test } from 'vitest';
import { banking, goingOn, type Taken } from './fixtures/simulated-bank.ts';

const SEEDS = 200;

async function run(
  crashes: number,
  seeds: number,
  whenIdle = false,
): Promise<{ taken: Taken[]; reached: Set<string> }> {
  const taken: Taken[] = [];
  const reached = new Set<string>();
  for (let seed = 0; seed < seeds; seed++) {
    // Every other seed: a marker may come again in the next life of its node.
    const simulation = banking(crashes, whenIdle, seed % 2 === 0 ? 'none' : 'begun');
    const observed = simulation.observed?.() as Taken;
    const outcome = await runActors({ ...simulation, observed: () => observed }, new RandomChooser(seed));
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    for (const name of outcome.reached) reached.add(name);
    taken.push(observed);
  }
  return { taken, reached };
}

test('no snapshot of a bank has money twice, or none, whatever is delayed, paused and slow', async () => {
  const { taken, reached } = await run(0, SEEDS);
  expect(taken.every(({ snapshots, aborted }) => snapshots.length === 4 && aborted.length === 0)).toBe(true);
  expect([...reached]).toHaveLength(1);
});

test('a node that ends meanwhile ends the snapshot, which names it; every one that is asked for comes to an end', async () => {
  const { taken, reached } = await run(2, SEEDS);
  const aborted = taken.flatMap((all) => all.aborted);
  expect(aborted.some((why) => /^a node ended: n[123]$/.test(why))).toBe(true);
  expect(aborted.filter((why) => why.startsWith('timed out'))).toEqual([]);
  expect([...reached]).toHaveLength(2);
});

async function oneToGoOnFrom(): Promise<SystemSnapshot> {
  const { taken } = await run(0, 40, true);
  const snapshots = taken.flatMap((all) => all.snapshots);
  expect(snapshots.every(({ suspended }) => suspended.length === 0)).toBe(true);
  const found = snapshots.find(({ channels, nodes }) => channels.length >= 2 && nodes.length === 3);
  return decodeSnapshot(encodeSnapshot(found as SystemSnapshot));
}

test('from a snapshot the simulator goes on in many ways, and all of them conserve what was there', async () => {
  const from = await oneToGoOnFrom();
  const ends = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const outcome = await runActors(goingOn(from), new RandomChooser(seed));
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    ends.add(outcome.hash);
  }
  expect(ends.size).toBeGreaterThan(50);
});
