/** The mistakes of a first hour: what each error says must be enough to mend it. */

import { createSystem, defineActor, defineTask, defineTopic } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

const init = () => ({});
const Nothing = defineTask(import.meta, 'Nothing', () => {});

/** What a definition, or a system, is refused with. */
function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}
const define = (meta: unknown, name: unknown, spec: unknown): string =>
  refusal(() => defineActor(meta as never, name as never, spec as never));
const start = (options: unknown): Promise<string> =>
  createSystem(options as never).then(
    async (system) => {
      await system[Symbol.asyncDispose]();
      return 'nothing';
    },
    (error: Error) => error.message,
  );

describe('a definition', () => {
  it('without import.meta says what stands in its place', () => {
    expect(define('Counter', { init, on: {} }, undefined)).toBe(
      'Expected import.meta as the first argument, with the url of the module, got url: undefined, in a definition.',
    );
  });

  it('without a name, or without a body, says which argument is wrong', () => {
    expect(define(import.meta, { init, on: {} }, undefined)).toMatch(/as the second argument, got an object/);
    expect(define(import.meta, '', { init, on: {} })).toMatch(/a non-empty string, .*got ''/);
    expect(define(import.meta, 'Mute', undefined)).toMatch(/an object with init and on .*got undefined/);
  });

  it.each([
    [
      { init, on: {}, mailbx: {} },
      "a definition of init, on, behaviours, hooks, signals, mailbox, supervision, resume, got 'mailbx'",
    ],
    [{ init, on: {}, restart: 'permanent' }, "got 'restart'"],
    [
      { init, on: {}, mailbox: { capcity: 3 } },
      "the options of mailbox to be among capacity, overflow, kinds, got 'capcity'",
    ],
    [
      { init, on: { a() {} }, mailbox: { kinds: { a: { overflw: 'fail' } } } },
      "mailbox.kinds.a to be among overflow, key, got 'overflw'",
    ],
    [
      { init, on: {}, supervision: { strtegy: 'one-for-all' } },
      "supervision to be among strategy, intensity, period, autoShutdown, got 'strtegy'",
    ],
  ])('with a misspelt option names it, and those that exist: %o', (spec, message) => {
    expect(define(import.meta, 'Misspelt', spec)).toContain(message);
  });
});

describe('createSystem', () => {
  it.each([
    [
      { supervision: { intensty: 3 } },
      "the options of supervision to be among strategy, intensity, period, autoShutdown, got 'intensty'",
    ],
    [{ nodes: 1, compute: { thread: 3 } }, "the options of compute to be among threads, queueMax, got 'thread'"],
    [
      { nodes: [{ name: 'a', redelivr: 'begun' }] },
      "the options of a node to be among name, resourceLimits, restarts, restartPeriod, backoff, hangTimeout, redeliver, got 'redelivr'",
    ],
    [
      { nodes: [{ name: 'a', backoff: { minimum: 5 } }] },
      "the options of the backoff of node a to be among min, max, factor, jitter, got 'minimum'",
    ],
    [{ nodes: [{ name: 'a', backoff: { factor: 0 } }] }, 'the backoff of node a to be 0 ≤ min ≤ max, factor ≥ 1'],
    [{ nodes: ['a', 'b'] }, "each of nodes to be an object of options, got 'a'"],
    [{ nodes: [{}] }, 'the name of a node to be up to 64 letters'],
  ])('with a misspelt or misplaced option names it, and those that exist: %o', async (options, message) => {
    expect(await start(options)).toContain(message);
  });
});

onEveryHost('a mistake', { supervision: { intensity: 1_000 } }, (stage) => {
  it('in a payload is reported with a stack that reaches the line that sent it', async () => {
    const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
    const sent = () => worker.tell.put({ to: [() => {}] });
    expect(sent).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('payload.to[0], got a function'),
        stack: expect.stringContaining('mistakes.test.ts'),
      }),
    );
    const { stackTraceLimit } = Error;
    expect(sent).toThrow();
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it('in the definition that is to be spawned says what came instead', async () => {
    const spawn = (definition: unknown) =>
      stage.system.spawn(definition as never).catch((error: Error) => error.message);
    expect(await spawn({})).toBe('Expected a definition made by defineActor, got an object.');
    expect(await spawn('Worker')).toMatch(/got 'Worker'/);
    expect(await spawn(class {})).toMatch(/got a function/);
  });

  it('in a name shows the name', async () => {
    await expect(stage.system.spawn(Worker, undefined, { name: '' })).rejects.toThrow(
      "Expected a name to be a non-empty string, got ''.",
    );
    for (const name of [5, undefined, ''])
      await expect(stage.system.whereis(name as never)).rejects.toThrow('Expected a name to be a non-empty string');
    expect(() => defineTopic('')).toThrow("Expected a topic's name to be a non-empty string, got ''.");
  });

  it('in the time that an answer takes says how to allow more, and whose time was over', async () => {
    const slow = await stage.system.spawn(Worker, undefined, { node: stage.there });
    await expect(slow.ask.nap(200, { timeout: 20 })).rejects.toThrow(
      /'nap' from .* in time, got none: .*a handler is running\. Allow more by \{ timeout \}/,
    );
  });

  it('in the options of an ask, a stream, a timer, a subscription, a router or a task names the option', async () => {
    const { system } = stage;
    const worker = await system.spawn(Worker, undefined, { node: stage.there });
    const router = system.router([worker], 'broadcast');
    const refused = (name: string, known: string) => ({
      code: 'TROUPE_OPTION_INVALID',
      message: expect.stringContaining(`to be among ${known}, got '${name}'`),
    });
    for (const to of [worker, router]) {
      const ask = to.ask.sum(undefined, { timeoutt: 5 } as never);
      await expect(ask).rejects.toMatchObject(refused('timeoutt', 'timeout, signal'));
    }
    for (const options of [5, null, 'fast'])
      await expect(worker.ask.sum(undefined, options as never)).rejects.toMatchObject({
        code: 'TROUPE_OPTION_INVALID',
        message: expect.stringContaining('what follows the payload of an ask'),
      });
    expect(await worker.ask.sum(undefined, {})).toBe(0);
    expect(() => worker.stream.silent(undefined, { credits: 1 } as never)).toThrow(
      expect.objectContaining(refused('credits', 'credit, idle, signal')),
    );
    await expect(worker.ask.setTimer({ nmae: 'x' })).rejects.toMatchObject(refused('nmae', 'name'));
    expect(() => system.onEvent(() => {}, { singal: 1 } as never)).toThrow(
      expect.objectContaining(refused('singal', 'signal')),
    );
    expect(() => system.router([worker], { by: 'consistent-hash', key: () => 1, keys: 2 } as never)).toThrow(
      expect.objectContaining(refused('keys', 'by, key')),
    );
    await expect(system.compute(Nothing, undefined, { timeout: 5 } as never)).rejects.toMatchObject(
      refused('timeout', 'signal'),
    );
  });

  it('in a backoff names the option', async () => {
    const spawning = stage.system.spawn(Worker, undefined, { backoff: { minimum: 5 } as never });
    await expect(spawning).rejects.toThrow(
      "the options of backoff to be among min, max, factor, jitter, got 'minimum'",
    );
  });
});

it('a spawn that is not awaited before the system ends says so', async () => {
  const system = await createSystem({ nodes: 1, logLevel: 'fatal', handleSigterm: false });
  const spawning = system.spawn(Worker, undefined, { node: 'n1' }).catch((error: Error) => error.message);
  await system[Symbol.asyncDispose]();
  expect(await spawning).toBe(
    'Expected the system to run until an actor had started, got its end. spawn returns a promise of a ref: await it.',
  );
});
