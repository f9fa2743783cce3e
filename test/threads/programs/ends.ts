/** A program that ends in the way that its argument names, and says what it found. Run by `ends.test.ts`. */

import { createSystem, type System } from 'troupe';
import { Journal } from '../fixtures/journal.ts';
import { Victim } from '../fixtures/victims.ts';

const say = (what: unknown): void => console.log(JSON.stringify(what));

async function busy(nodes = 2): Promise<System> {
  const system = await createSystem({ nodes });
  const victim = await system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent', shutdown: 100 });
  await victim.ask.get();
  victim.tell.add(1);
  void victim.ask.never(undefined, { timeout: 60_000 }).catch(() => {});
  return system;
}

/** A system whose node has failed to start, and waits for its next start. */
async function inBackoff(): Promise<System> {
  const backoff = { min: 60_000, max: 60_000 };
  const system = await createSystem({ nodes: [{ name: 'n1', restarts: 100, backoff }] });
  const isWaiting = new Promise<void>((resolve) =>
    system.onEvent((event) => {
      if (event.type === 'node-down' && event.delay > 0) resolve();
    }),
  );
  const again = setInterval(() => void system.kill('n1'), 1);
  await isWaiting;
  clearInterval(again);
  return system;
}

const resources = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe|FSReqCallback/.test(name));

const ways: Readonly<Record<string, () => Promise<void>>> = {
  async disposed() {
    const system = await busy();
    await system[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
    say(resources());
  },
  async disposedAfterDeaths() {
    const system = await busy();
    await system.kill('n1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await system.kill('n2');
    await system[Symbol.asyncDispose]();
    say(resources());
  },
  async disposedInBackoff() {
    const system = await inBackoff();
    await system[Symbol.asyncDispose]();
    say(resources());
  },
  async unrefInBackoff() {
    (await inBackoff()).unref();
    say('unref');
  },
  async unref() {
    const system = await busy();
    system.unref();
    say('unref');
  },
  async unrefAfterDeath() {
    const system = await busy();
    system.unref();
    await system.kill('n1');
    say('unref');
  },
  async unrefAndDisposed() {
    const system = await busy();
    system.unref();
    await system[Symbol.asyncDispose]();
    say('disposed');
  },
  async goneForGood() {
    const system = await createSystem({ nodes: [{ name: 'n1', restarts: 0 }] });
    system.unref();
    await system.kill('n1');
    say('gone');
  },
  async running() {
    await busy();
    say('running');
  },
  async failsToStart() {
    await createSystem({ nodes: 2 }).catch((error) => say([error.code, error.message]));
    say(resources());
  },
  async sigterm() {
    const system = await createSystem({ nodes: 1 });
    const file = process.argv[3] as string;
    const journal = await system.spawn(Journal, file, { node: 'n1' });
    journal.tell.sleep(300);
    for (let n = 1; n <= 100; n++) journal.tell.note({ n });
    say('ready');
    await system.whenEnded;
    say('ended');
  },
  async inline() {
    const system = await createSystem();
    const victim = await system.spawn(Victim);
    await victim.ask.get();
    await system[Symbol.asyncDispose]();
    say(resources());
  },
};

await ways[process.argv[2] as string]?.();
