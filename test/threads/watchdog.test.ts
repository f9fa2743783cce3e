import inspector from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { Victim } from './fixtures/victims.ts';
import { running, settled, until } from './running.ts';

const hasEnded = ({ events }: { events: readonly { type: string }[] }): boolean =>
  events.some(({ type }) => type === 'node-down');

describe('the watchdog', () => {
  it('ends a node whose thread waits for ever, and says so', async () => {
    await using run = await running({ nodes: [{ name: 'n1', hangTimeout: 200 }] });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent' });
    const down = run.event('node-down');
    victim.tell.wait(60_000);
    expect((await down).reason).toMatch(/waiting, with \d+% of a CPU/);
    await until(async () => (await settled(victim.ask.get())) === 0);
  });

  it('says when a node that is to end lingers in a native call, by an event and in the log', async () => {
    await using run = await running({ nodes: [{ name: 'n1', hangTimeout: 200 }] });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1', restart: 'permanent' });
    const [lingers, down] = [run.event('node-lingers'), run.event('node-down')];
    // Seconds on any machine; how many does not matter.
    victim.tell.hash(12_000_000);
    expect(await lingers).toMatchObject({ node: 'n1', reason: expect.stringMatching(/native call/) });
    expect(run.log.some(({ level, text }) => level === 'warn' && text?.includes('native call'))).toBe(true);
    expect(hasEnded(run)).toBe(false);
    await down;
    await until(async () => (await settled(victim.ask.get())) === 0);
  });

  it('leaves alone a node that works hard and still turns its loop, and one that sleeps', async () => {
    await using run = await running({
      nodes: [
        { name: 'n1', hangTimeout: 1_000 },
        { name: 'n2', hangTimeout: 1_000 },
      ],
    });
    const busy = await run.system.spawn(Victim, undefined, { node: 'n1' });
    // Longer than its time. A machine that gives a thread nothing for so long is taken for a hang.
    for (let i = 0; i < 50; i++) await busy.ask.spin(30);
    expect(hasEnded(run)).toBe(false);
  });

  it('takes its own stall for what it is', async () => {
    await using run = await running({ nodes: [{ name: 'n1', hangTimeout: 1_000 }] });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1' });
    // Node and watchdog are silent for longer than its time. The watchdog looks again before the node has turned its loop.
    const spin = victim.ask.spin(1_400);
    const until = performance.now() + 1_300;
    await new Promise((resolve) => setTimeout(resolve, 50));
    while (performance.now() < until);
    expect(await spin).toBe('done');
    expect(hasEnded(run)).toBe(false);
  });

  it('is off under a debugger', async () => {
    await using run = await running({ nodes: [{ name: 'n1', hangTimeout: 200 }] });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1' });
    inspector.open(0);
    try {
      expect(await victim.ask.spin(1_000)).toBe('done');
    } finally {
      inspector.close();
    }
    expect(hasEnded(run)).toBe(false);
  });

  it('is off for a node that says so', async () => {
    await using run = await running({ nodes: [{ name: 'n1', hangTimeout: false }] });
    const victim = await run.system.spawn(Victim, undefined, { node: 'n1' });
    expect(await victim.ask.spin(700)).toBe('done');
    expect(hasEnded(run)).toBe(false);
  });
});
