import { pathToFileURL } from 'node:url';
import { runSeeds, simTest } from 'troupe/vitest';
import { expect, it } from 'vitest';

const MUTEX = pathToFileURL('examples/mutual-exclusion/simulation.ts');

simTest('two-phase commit holds, as a test of its name', { seeds: 200 }, 'commit');
simTest('a module by its URL holds', { seeds: 100, workers: 1, strategy: 'random' }, MUTEX);

it('fails with the seed, what broke, the diagram and the command that replays it', async () => {
  const failing = runSeeds({ seeds: 200, bug: 'wrong-tie', workers: 1 }, MUTEX);
  await expect(failing).rejects.toThrow(/Seed \d+ breaks 'at most one is inside'/);
  await expect(failing).rejects.toThrow(
    /Made small: \d+ events[\s\S]*●[\s\S]*npx troupe sim \S+simulation.ts --bug wrong-tie --seed \d+/,
  );
});

it('fails where what should hold sometimes never did', async () => {
  await expect(runSeeds({ seeds: 1, workers: 1 }, 'commit')).rejects.toThrow(/Never reached: 'a transaction /);
});

it('refuses what is no simulation', async () => {
  await expect(runSeeds({ seeds: 1 }, 'nonsense')).rejects.toMatchObject({ code: 'TROUPE_SIM_DEFINITION' });
});
