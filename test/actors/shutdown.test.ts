import { createSystem, type System } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Journal } from './fixtures/journal.ts';
import { Leaf } from './fixtures/tree.ts';
import { Caller, Worker } from './fixtures/worker.ts';
import { onEveryHost, SILENT } from './hosts.ts';

onEveryHost('late words', {}, (stage) => {
  describe('of an incarnation that did not stop in time', () => {
    it('are dropped and counted: neither its sends nor its reply arrive', async () => {
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there, shutdown: 20 });
      const answer = expect(worker.ask.hangThenSend(600)).rejects.toMatchObject({ code: 'TROUPE_ASK_LOST' });
      await stage.lines(1);
      const [revoked, dead] = [stage.count('revoked'), stage.count('deadRevoked')];
      await stage.system.stop(worker);
      await answer;
      await stage.until(() => stage.count('revoked') - revoked >= 2);
      expect(stage.count('deadRevoked') - dead).toBe(1);
      expect(await stage.journal.ask.lines()).toEqual(['begun']);
    });
  });

  describe('a handler that is told to stop while it waits', () => {
    // Its stop would never resolve if it went on waiting.
    const patient = { shutdown: 'infinity' } as const;

    it('for an answer waits no longer, and neither does who should answer; it may still ask to clean up', async () => {
      const other = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.here, ...patient });
      worker.tell.askUntilStopped(other);
      await stage.lines(2);
      await stage.system.stop(worker);
      expect((await stage.lines(5)).toSorted()).toEqual([
        'TROUPE_ASK_CANCELLED because of TROUPE_STOPPED',
        'aborted: TROUPE_ASK_CANCELLED',
        'asks',
        'begun',
        'sum: 0',
      ]);
    });

    it('for an answer, and is asked itself, tells who asked', async () => {
      const other = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const caller = await stage.system.spawn(Caller, undefined, { node: stage.here, ...patient });
      const asked = caller.ask.passOn({ to: other });
      await stage.lines(1);
      await Promise.all([
        expect(asked).rejects.toMatchObject({ code: 'TROUPE_ASK_CANCELLED' }),
        stage.system.stop(caller),
      ]);
    });

    it('for a stream reads it no longer', async () => {
      const other = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.here, ...patient });
      worker.tell.readUntilStopped(other);
      await stage.lines(1);
      await stage.system.stop(worker);
      expect(await stage.lines(2)).toEqual(['reads', 'TROUPE_STOPPED']);
    });

    it('and asks on, waits no longer than its time to shut down', async () => {
      const other = await stage.system.spawn(Worker, stage.journal, { node: stage.there, shutdown: 20 });
      const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.here, shutdown: 20 });
      const revoked = stage.count('revoked');
      worker.tell.askForEver(other);
      await stage.lines(1);
      await stage.system.stop(worker);
      expect(await stage.lines(2)).toEqual(['asks', 'TROUPE_ASK_CANCELLED']);
      // Its handler has ended, though nobody waited for that.
      await stage.until(() => stage.count('revoked') - revoked >= 1);
      await stage.system.stop(other);
    });
  });

  it('stopping waits for the handler that runs, and aborts its signal', async () => {
    const worker = await stage.system.spawn(Worker, stage.journal, { node: stage.there });
    const answer = worker.ask.waitForAbort();
    await stage.lines(1);
    await stage.system.stop(worker);
    await answer;
    expect(await stage.lines(2)).toEqual(['begun', 'aborted: TROUPE_STOPPED']);
  });
});

describe.each([
  { name: 'inline', nodes: 'inline', node: 'main' },
  { name: 'threads', nodes: 2, node: 'n2' },
] as const)('the end of a system, $name', ({ nodes, node }) => {
  const create = () => createSystem({ nodes, logger: SILENT, handleSigterm: false, drainTimeout: 10_000 });

  it('leaves nobody waiting: what is asked of it, or of its actors, afterwards settles at once, and keeps no timer', async () => {
    const system = await create();
    const worker = await system.spawn(Worker, undefined, { node });
    expect(await worker.ask.sum()).toBe(0);
    await system[Symbol.asyncDispose]();
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    await system.stop(worker);
    await worker[Symbol.asyncDispose]();
    const stopped = { code: 'TROUPE_STOPPED' };
    await expect(worker.room()).rejects.toMatchObject(stopped);
    await expect(system.spawn(Worker)).rejects.toMatchObject(stopped);
    // Inline it is known that the actor itself is no more.
    const ended = nodes === 'inline' ? { code: 'TROUPE_DEAD_REF' } : stopped;
    await expect(worker.ask.sum(undefined, { timeout: 60_000 })).rejects.toMatchObject(ended);
    if (nodes !== 'inline') await expect(system.whenUp(node)).rejects.toMatchObject(stopped);
    expect(timers()).toBe(before);
    expect(system.nodes).toEqual(['main']);
  });

  it('stops all actors in order, and refuses new ones', async () => {
    const system = await create();
    const journal = await system.spawn(Journal, undefined, { node: 'main' });
    const said: string[] = [];
    system.onEvent((event) => {
      if (event.type === 'stopped') said.push(`${event.actor.name}`);
    });
    for (const name of ['first', 'second', 'third'])
      await system.spawn(Leaf, { id: name, journal }, { name, node: 'main' });
    await system[Symbol.asyncDispose]();
    expect(said.slice(0, 3)).toEqual(['third', 'second', 'first']);
    await expect(system.spawn(Journal)).rejects.toMatchObject({ code: 'TROUPE_STOPPED' });
    await expect(journal.ask.lines()).rejects.toMatchObject({
      code: expect.stringMatching(/TROUPE_(DEAD_REF|STOPPED)/),
    });
    expect(await system.whenEnded).toEqual({ kind: 'shutdown' });
  });

  it('may be asked for twice, and by a block', async () => {
    const system: System = await create();
    await Promise.all([system[Symbol.asyncDispose](), system[Symbol.asyncDispose]()]);
    await system.drain();
    expect((await system.whenEnded).kind).toBe('shutdown');
  });

  it('by drain lets the mailboxes empty first, and takes no new actors meanwhile', async () => {
    const system = await create();
    const journal = await system.spawn(Journal, undefined, { node: 'main' });
    const worker = await system.spawn(Worker, journal, { node });
    for (let n = 0; n < 20; n++) worker.tell.halves(`${n}`);
    let ended = 0;
    const draining = system.drain();
    await expect(system.spawn(Journal)).rejects.toMatchObject({ code: 'TROUPE_STOPPED' });
    ended = (await journal.ask.lines()).length;
    await draining;
    expect(ended).toBeLessThanOrEqual(40);
    const counters = [...system.counters().values()];
    expect(counters.reduce((sum, counts) => sum + counts.deadLetters, 0)).toBe(0);
  });

  it('by drain is bounded in time', async () => {
    const system = await create();
    const worker = await system.spawn(Worker, undefined, { node, shutdown: 20 });
    worker.tell.hang();
    worker.tell.add(1);
    await system.drain(50);
    expect((await system.whenEnded).kind).toBe('shutdown');
  });

  it('of an owned ref’s block ends its actor', async () => {
    await using system = await create();
    let left: { ask: { sum(): Promise<number> } };
    {
      await using worker = await system.spawn(Worker, undefined, { node });
      expect(await worker.ask.sum()).toBe(0);
      left = worker;
    }
    await expect(left.ask.sum()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
  });
});
