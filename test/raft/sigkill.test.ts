/**
 * A whole process ends by SIGKILL at a random moment, under load, and starts again from its disk: nothing that was
 * acknowledged is lost. `TROUPE_KILLS=200` for a long run. What a kill leaves behind is in the page cache, so this shows
 * what a crash of the process does, and not a loss of power: for that, see the tests of `@troupe/storage`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from 'troupe/raft';
import { expect, it } from 'vitest';

const KILLS = Number(process.env['TROUPE_KILLS'] ?? 4);
const CHILD = fileURLToPath(new URL('./fixtures/crash-child.ts', import.meta.url));
const LIFE_MILLISECONDS_MAX = 400;
const SECONDS_PER_KILL = 30;

it(
  `a process ended by SIGKILL ${KILLS} times under load loses no acknowledged write`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'troupe-sigkill-'));
    await bootstrap({ cluster: 'Store', nodes: ['n1', 'n2', 'n3'], directory });
    const acknowledged = new Map<string, number>();
    let writes = 0;
    let startMilliseconds = 0;
    for (let life = 0; life <= KILLS; life++) {
      const notes = await open(join(directory, `notes-${life}`), 'w+');
      const began = performance.now();
      // Values go up: what a former life has put, and not heard of, is below.
      const child = spawn(process.execPath, [CHILD, directory, String(life * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit', notes.fd],
      });
      child.stdout?.once('data', () => {
        startMilliseconds += performance.now() - began;
        setTimeout(() => child.kill('SIGKILL'), Math.random() * LIFE_MILLISECONDS_MAX);
      });
      const [code, signal] = await once(child, 'exit');
      expect({ code, signal }, `life ${life}`).toEqual({ code: null, signal: 'SIGKILL' });
      const found = new Map<string, number>();
      const heard = new Map<string, number>();
      for (const line of String(await readFile(join(directory, `notes-${life}`))).split('\n')) {
        const [word, key = '', value] = line.split(' ');
        if (word === 'found') found.set(key, Number(value));
        if (word === 'acknowledged') heard.set(key, Number(value));
        if (word === 'acknowledged') writes++;
      }
      await notes.close();
      for (const [key, value] of acknowledged)
        expect(found.get(key), `${key} in life ${life}`).toBeGreaterThanOrEqual(value);
      for (const [key, value] of heard) acknowledged.set(key, value);
    }
    expect(writes).toBeGreaterThan(0);
    console.log(
      `${KILLS} kills, ${writes} writes acknowledged, none lost; started in ${Math.round(startMilliseconds / (KILLS + 1))} ms`,
    );
    await rm(directory, { recursive: true });
  },
  (KILLS + 1) * SECONDS_PER_KILL * 1_000,
);
