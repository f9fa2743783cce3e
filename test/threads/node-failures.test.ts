import { describe, expect, it } from 'vitest';
import { Victim } from './fixtures/victims.ts';
import { running, settled, until } from './running.ts';

describe('a node that ends is restarted, and its supervised actors with it, when it', () => {
  const ways: readonly [name: string, kill: (victim: Awaited<ReturnType<typeof spawn>>) => unknown, reason: RegExp][] =
    [
      ['calls process.exit in a handler', (victim) => victim.tell.exit(3), /code 3/],
      ['throws in a timer', (victim) => victim.tell.throwInTimer(), /TypeError: thrown by a timer/],
      ['rejects a promise that nobody handles', (victim) => victim.tell.rejectUnhandled(), /RangeError: rejected/],
      ['exceeds its resource limits', (victim) => victim.tell.fillHeap(), /resourceLimits/],
      [
        'hangs in a loop',
        (victim) => victim.tell.hang(),
        /no sign of life for \d+ ms.*in a loop that takes \d+% of a CPU/,
      ],
    ];
  const spawn = async (system: Awaited<ReturnType<typeof running>>['system']) =>
    system.spawn(Victim, undefined, { node: 'n1', name: 'victim', restart: 'permanent' });

  for (const [name, kill, reason] of ways) {
    it(name, async () => {
      await using run = await running({
        nodes: [{ name: 'n1', resourceLimits: { maxOldGenerationSizeMb: 24 }, hangTimeout: 300 }, { name: 'n2' }],
      });
      const { system } = run;
      const victim = await spawn(system);
      victim.tell.add(3);
      expect(await victim.ask.get()).toBe(3);
      const down = run.event('node-down');
      const up = run.event('node-up');
      const bystander = await system.spawn(Victim, undefined, { node: 'n1' });
      const open = settled(bystander.ask.never());
      kill(victim);
      expect((await down).reason).toMatch(reason);
      expect(await open).toBe('TROUPE_NODE_DOWN');
      await up;
      // A new life from init, under the ref and the name of the old one.
      await until(async () => (await settled(victim.ask.get())) === 0);
      expect(await system.whereis('victim')).toBe(victim);
      victim.tell.add(4);
      expect(await victim.ask.get()).toBe(4);
    });
  }

  it('is killed by order, twice in a row', async () => {
    await using run = await running({ nodes: 2 });
    const victim = await spawn(run.system);
    for (let life = 1; life <= 2; life++) {
      const up = run.event('node-up');
      await run.system.kill('n1');
      await up;
      await until(async () => (await settled(victim.ask.get())) === 0);
      victim.tell.add(1);
    }
    expect(run.events.filter(({ type }) => type === 'node-down')).toHaveLength(2);
  });
});
