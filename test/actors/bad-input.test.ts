import { type Context, createSystem, defineActor, type Logger, type TroupeError } from 'troupe';
import { describe, expect, it, vi } from 'vitest';
import { Careless } from './fixtures/careless.ts';
import { makeDefinition } from './fixtures/factory.ts';
import { Unsendable } from './fixtures/misfits.ts';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

const invalid = expect.objectContaining({ code: 'TROUPE_DEFINITION_INVALID' });

onEveryHost('bad input', { supervision: { intensity: 1_000 } }, (stage) => {
  it('a definition made in a function is not found on another node, and the error says what to do', async () => {
    const definition = makeDefinition(`Made${stage.here}`);
    const spawning = stage.system.spawn(definition, undefined, { node: stage.there });
    if (stage.isThreaded)
      await expect(spawning).rejects.toMatchObject({
        code: 'TROUPE_DEFINITION_MISSING',
        message: expect.stringContaining('top level'),
        data: { node: stage.there },
      });
    else expect(await (await spawning).ask.ping()).toBe('pong');
  });

  it('a module that can’t be loaded on another node says why', async () => {
    (globalThis as { mayLoad?: boolean }).mayLoad = true;
    const { Unloadable } = await import('./fixtures/broken-module.ts');
    const spawning = stage.system.spawn(Unloadable, undefined, { node: stage.there });
    if (stage.isThreaded)
      await expect(spawning).rejects.toMatchObject({
        code: 'TROUPE_MODULE_LOAD',
        cause: { message: 'this module can not be loaded here' },
      });
    else expect(await (await spawning).ask.ping()).toBe('pong');
  });

  it('what is no definition is refused', async () => {
    for (const definition of [null, {}, Worker.name, () => {}])
      await expect(stage.system.spawn(definition as never)).rejects.toMatchObject({
        code: 'TROUPE_DEFINITION_INVALID',
      });
  });

  it('an unknown node is refused, with those that exist', async () => {
    await expect(stage.system.spawn(Worker, undefined, { node: 'nowhere' })).rejects.toMatchObject({
      code: 'TROUPE_NODE_UNKNOWN',
      message: expect.stringContaining('main'),
    });
  });

  it('an argument that can’t be sent is refused, with the path', async () => {
    await expect(stage.system.spawn(Worker, { tell: () => {} } as never, { node: stage.there })).rejects.toMatchObject({
      code: 'TROUPE_VALUE_REFUSED',
      message: expect.stringContaining('argument.tell'),
    });
  });

  it('a ref of another system is refused, with the path: its address means another actor here', async () => {
    await using other = await createSystem({ nodes: stage.isThreaded ? 1 : 'inline', logLevel: 'fatal' });
    const stranger = await other.spawn(Worker);
    const worker = await stage.system.spawn(Worker, undefined, { node: stage.there });
    const refused = { code: 'TROUPE_VALUE_REFUSED', message: expect.stringContaining('a ref of another system') };
    expect(() => worker.tell.put({ to: [stranger] })).toThrow(expect.objectContaining(refused));
    await expect(worker.ask.echo(stranger)).rejects.toMatchObject(refused);
    await expect(stage.system.spawn(Worker, stranger as never, { node: stage.there })).rejects.toMatchObject(refused);
    expect(await worker.ask.items()).toEqual([]);
  });

  it('what is no ref is refused wherever one is wanted, and stops nobody', async () => {
    const refused = { code: 'TROUPE_OPTION_INVALID', message: expect.stringContaining('to be a ref') };
    const clumsy = await stage.system.spawn(Clumsy, undefined, { node: 'main' });
    for (const wrong of [undefined, null, 5, 'counter', {}, []]) {
      await expect(stage.system.stop(wrong as never)).rejects.toMatchObject(refused);
      expect(() => stage.system.router([wrong] as never, 'random')).toThrow(expect.objectContaining(refused));
      for (const what of ['stop', 'link', 'unlink', 'monitor', 'demonitor'] as const)
        expect(await clumsy.ask.use({ what, wrong }), `${what} ${wrong}`).toMatchObject(refused);
    }
    expect(await clumsy.ask.use({ what: 'choose', wrong: 0 })).toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    for (const what of ['publish', 'subscribe', 'unsubscribe'] as const)
      for (const wrong of [undefined, null, 5, {}, 'topic'])
        expect(await clumsy.ask.use({ what, wrong }), what).toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
    expect(stage.events.filter(({ type }) => type === 'failed' || type === 'stopped')).toEqual([]);
  });

  it('a listener that is no function is refused', () => {
    const { system } = stage;
    for (const listen of [
      () => system.onEvent(5 as never),
      () => system.subscribe({ name: 'topic' }, undefined as never),
      () => system.subscribe(undefined as never, () => {}),
      () => system.publish({} as never, 1),
      () => system.watch('key', 5 as never),
    ])
      expect(listen).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
  });

  it('wrong options of a spawn are refused', async () => {
    const wrong = [
      null,
      'n1',
      5,
      { mailbox: 5 },
      { mailbox: { kinds: 5 } },
      { mailbox: { kinds: { add: 'x' } } },
      { backoff: 5 },
      { restrat: 'permanent' },
      { mailbox: { capcity: 5 } },
      { mailbox: { kinds: { add: { overfow: 'fail' } } } },
      { backoff: { mim: 5 } },
    ];
    for (const options of wrong)
      await expect(stage.system.spawn(Worker, undefined, options as never), String(options)).rejects.toMatchObject({
        code: 'TROUPE_OPTION_INVALID',
      });
    await expect(stage.system.drain(Number.NaN)).rejects.toMatchObject({ code: 'TROUPE_OPTION_INVALID' });
  });

  it('what can’t be sent is told with the same path on every node', async () => {
    const worker = await stage.system.spawn(Unsendable, undefined, { node: stage.there });
    const path = (of: Promise<unknown>) => of.catch((error: { data?: { path?: string } }) => error.data?.path);
    expect(await path(worker.ask.deep())).toBe('reply.a[1].b');
    expect(await path(worker.stream.items().next())).toBe('item.a[1].b');
    expect(await path(worker.ask.take({ a: [() => {}] }))).toBe('payload.a[0]');
  });

  it('an init that throws, or is async, is refused, with the cause', async () => {
    await expect(stage.system.spawn(Throwing, undefined, { node: 'main' })).rejects.toMatchObject({
      code: 'TROUPE_INIT_FAILED',
      cause: { message: 'no state' },
    });
    await expect(stage.system.spawn(Async, undefined, { node: 'main' })).rejects.toMatchObject({
      code: 'TROUPE_INIT_FAILED',
      cause: { code: 'TROUPE_DEFINITION_INVALID' },
    });
  });

  it('what is no ref is refused where it is linked or monitored, and other actors of the node never hear of it', async () => {
    const given = { node: stage.here, restart: 'permanent' } as const;
    const [careless, other] = [
      await stage.system.spawn(Careless, undefined, given),
      await stage.system.spawn(Careless),
    ];
    for (const method of ['link', 'unlink', 'monitor', 'demonitor'] as const)
      await expect(careless.ask.call({ method, args: [undefined] }), method).rejects.toMatchObject({
        code: 'TROUPE_OPTION_INVALID',
      });
    expect([await careless.ask.ping(), await other.ask.ping()]).toEqual(['pong', 'pong']);
  });

  it('a time that is no number is refused, and the other timers of the node go on', async () => {
    const careless = await stage.system.spawn(Careless, undefined, { node: stage.there, restart: 'permanent' });
    const refused = { code: 'TROUPE_OPTION_INVALID' };
    for (const delay of [Number.NaN, 'x', '5', undefined]) {
      await expect(careless.ask.call({ method: 'sleep', args: [delay] })).rejects.toMatchObject(refused);
      await expect(careless.ask.after(delay)).rejects.toMatchObject(refused);
      await expect(careless.ask.every(delay)).rejects.toMatchObject(refused);
    }
    for (const delay of [1, 0, -1]) expect(await careless.ask.call({ method: 'sleep', args: [delay] })).toBeUndefined();
  });

  it('a watcher that throws is no matter of those that it watches', async () => {
    const seen: number[] = [];
    using _ = stage.system.watch('careless', (refs) => {
      seen.push(refs.length);
      throw new Error('the watcher');
    });
    const careless = await stage.system.spawn(Careless, undefined, { node: stage.there, offer: 'careless' });
    await stage.until(() => seen.length === 2);
    await stage.system.stop(careless);
    await stage.until(() => seen.length === 3);
    expect(seen).toEqual([0, 1, 0]);
  });
});

const Clumsy = defineActor(import.meta, 'Clumsy', {
  init: () => ({}),
  on: {
    none: () => {},
    /** Does it, and says what came of it. */
    async use(_state, { what, wrong }: { what: keyof typeof DEEDS; wrong: unknown }, ctx) {
      try {
        await DEEDS[what](ctx, wrong as never);
      } catch (error) {
        return { code: (error as TroupeError).code, message: (error as TroupeError).message };
      }
      return 'done';
    },
  },
});
const DEEDS = {
  stop: (ctx: Context, ref: never) => ctx.stop(ref),
  link: (ctx: Context, ref: never) => ctx.link(ref),
  unlink: (ctx: Context, ref: never) => ctx.unlink(ref),
  monitor: (ctx: Context, ref: never) => ctx.monitor(ref),
  demonitor: (ctx: Context, ref: never) => ctx.demonitor(ref),
  choose: (ctx: Context, n: never) => ctx.choose('n', n),
  publish: (ctx: Context, topic: never) => ctx.publish(topic, 1),
  subscribe: (ctx: Context, topic: never) => ctx.subscribe(topic, 'none'),
  unsubscribe: (ctx: Context, topic: never) => ctx.unsubscribe(topic),
};
const throwing = (): unknown =>
  new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('the disk is full');
      },
    },
  );

const Throwing = defineActor(import.meta, 'Throwing', {
  init: () => {
    throw new Error('no state');
  },
  on: {},
});
const Async = defineActor(import.meta, 'Async', { init: async () => ({}), on: {} });

describe('a definition', () => {
  it('of a name that its module has already is refused', () => {
    defineActor(import.meta, 'Twice', { init: () => ({}), on: {} });
    expect(() => defineActor(import.meta, 'Twice', { init: () => ({}), on: {} })).toThrow(
      expect.objectContaining({ code: 'TROUPE_DEFINITION_DUPLICATE' }),
    );
  });

  it('that is not of the expected form is refused, with what was expected', () => {
    const init = () => ({});
    const wrong: readonly (readonly [unknown, unknown, unknown])[] = [
      [{}, 'A', { init, on: {} }],
      [import.meta, '', { init, on: {} }],
      [import.meta, 'B', { on: {} }],
      [import.meta, 'C', { init }],
      [import.meta, 'D', { init, on: { a: 5 } }],
      [import.meta, 'E', { init, on: { toString() {} } }],
      [import.meta, 'F', { init, on: { a() {} }, behaviours: { b: { c() {} } } }],
      [undefined, 'H', { init, on: {} }],
      [import.meta, 'I', { init, on: [] }],
      [import.meta, 'J', { init, on: {}, hooks: 'x' }],
      [import.meta, 'K', { init, on: {}, hooks: { started: 5 } }],
      [import.meta, 'L', { init, on: {}, hooks: { strated() {} } }],
      [import.meta, 'M', { init, on: {}, signals: { down: 5 } }],
      [import.meta, 'N', { init, on: { b() {} }, behaviours: { a: null } }],
      [import.meta, 'O', { init, on: { b() {} }, behaviours: { a: { b: 5 } } }],
      [import.meta, 'P', { init, on: {}, behaviours: 5 }],
      [import.meta, 'G', { init, on: { async *a() {} }, behaviours: { b: { a() {} } } }],
    ];
    for (const [meta, name, spec] of wrong)
      expect(() => defineActor(meta as never, name as never, spec as never), String(name)).toThrow(invalid);
  });
});

describe('a system', () => {
  it.each([
    ['inline', throwing()],
    [1, throwing()],
  ] as const)('on %s whose logger throws goes on, and says so once', async (nodes, logger) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await using system = await createSystem({ nodes, logger: logger as Logger, handleSigterm: false });
    const careless = await system.spawn(Careless);
    for (let time = 0; time < 2; time++)
      await expect(careless.ask.crash()).rejects.toMatchObject({ message: 'crashed' });
    expect(await careless.ask.ping()).toBe('pong');
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('logger.error'), 'TroupeLoggerWarning');
    warned.mockRestore();
  });

  it.each(['inline', 1] as const)('on %s takes an option that is undefined as one that is not given', async (nodes) => {
    const none = undefined as never;
    const given = { askTimeout: none, slowMessage: none, drainTimeout: none, supervision: { intensity: none } };
    await using system = await createSystem({ ...given, nodes, handleSigterm: false });
    const careless = await system.spawn(Careless);
    expect(await careless.ask.ping()).toBe('pong');
    expect(await careless.ask.call({ method: 'sleep', args: [1] })).toBeUndefined();
    await expect(careless.ask.call({ method: 'sleep', args: [1_000] }, { timeout: 1 })).rejects.toMatchObject({
      code: 'TROUPE_ASK_TIMEOUT',
    });
  });

  it('with wrong options is refused', async () => {
    const refused = { code: 'TROUPE_OPTION_INVALID' };
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    for (const options of [
      { nodes: 0 },
      { nodes: [] },
      { supervision: { intensity: -1 } },
      { nodes: 1, supervision: { intensity: -1 } },
      { askTimeout: -1 },
      { nodes: 1, slowMessage: 'soon' },
      { slowHandler: Number.NaN },
      { drainTimeout: -1 },
      { nodes: 1, ringBytes: 1_000 },
      { nodes: null },
      { node: 2 },
      null,
      5,
      'inline',
      [],
      { supervision: 'x' },
      { compute: 5 },
      { logger: {} },
      { logger: 5 },
      { logLevel: 'loud' },
      { handleSigterm: 'no' },
      { drainTimeout: 'x' },
      { nodes: [5] },
      { nodes: [{ name: 'n1', resourceLimits: 5 }] },
      { nodes: [{ name: 'n1', resourceLimits: { maxOldGenerationSizeMb: 'x' } }] },
      { nodes: [{ name: 'n1', resourceLimits: { maxHeap: 5 } }] },
    ])
      await expect(createSystem(options as never), JSON.stringify(options)).rejects.toMatchObject(refused);
    // Nothing of them keeps the process alive.
    expect(timers()).toBe(before);
  });
});
