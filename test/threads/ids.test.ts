import type { RefOf } from 'troupe';
import { decodeSnowflake, MachineIds } from 'troupe/clocks';
import { describe, expect, it } from 'vitest';
import { IdMaker } from './fixtures/id-makers.ts';
import { running, settled, until } from './running.ts';

const EACH = 1_000_000;
const NODES = 4;

async function makers(
  system: Awaited<ReturnType<typeof running>>['system'],
): Promise<readonly RefOf<typeof IdMaker>[]> {
  await system.spawn(MachineIds, { first: 8, count: NODES, rest: 50 }, { name: 'machine-ids' });
  return Promise.all(
    Array.from({ length: NODES }, (_, index) => system.spawn(IdMaker, undefined, { node: `n${index + 1}` })),
  );
}

describe('ids of several threads at once', () => {
  it(`are never made twice: ${EACH} Snowflake ids on each of ${NODES}`, async () => {
    await using run = await running({ nodes: NODES });
    const all = await makers(run.system);
    const machines = await Promise.all(all.map((maker) => maker.ask.lease(undefined)));
    expect([...machines].sort((a, b) => a - b)).toEqual([8, 9, 10, 11]);
    const made = await Promise.all(all.map((maker) => maker.ask.snowflakes(EACH, { timeout: 60_000 })));
    const together = new BigUint64Array(NODES * EACH);
    made.forEach((ids, index) => {
      together.set(ids, index * EACH);
      expect(decodeSnowflake(ids[EACH - 1] as bigint).machine).toBe(machines[index]);
    });
    together.sort();
    let repeated = 0;
    for (let i = 1; i < together.length; i++) if (together[i] === together[i - 1]) repeated++;
    expect(repeated).toBe(0);
  });

  it('are never made twice: UUIDs', async () => {
    await using run = await running({ nodes: NODES });
    const all = await makers(run.system);
    const made = await Promise.all(all.map((maker) => maker.ask.uuids(100_000, { timeout: 60_000 })));
    expect(new Set(made.flat()).size).toBe(NODES * 100_000);
  });
});

describe('machine numbers', () => {
  it('are leased to one holder at a time, come back when it stops, and rest before the next gets them', async () => {
    await using run = await running({ nodes: NODES });
    const all = await makers(run.system);
    for (const maker of all) await maker.ask.lease(undefined);
    const [first] = all as [RefOf<typeof IdMaker>];
    const mine = await first.ask.lease(undefined);
    expect(await first.ask.lease(undefined)).toBe(mine);
    const late = await run.system.spawn(IdMaker, undefined, { node: 'n2' });
    expect(await settled(late.ask.lease(undefined))).toBe('TROUPE_REFUSED');
    await run.system.stop(first);
    let got: unknown;
    await until(async () => {
      got = await late.ask.lease(undefined).catch(() => undefined);
      return got !== undefined;
    });
    expect(got).toBe(mine);
  });

  it('of a node that has ended are free again', async () => {
    await using run = await running({ nodes: NODES });
    const all = await makers(run.system);
    for (const maker of all) await maker.ask.lease(undefined);
    const third = all[2] as RefOf<typeof IdMaker>;
    await run.system.kill('n3');
    await run.system.whenUp('n3');
    await until(async () => typeof (await settled(third.ask.lease(undefined))) === 'number');
  });
});
