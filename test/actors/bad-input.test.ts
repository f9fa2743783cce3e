import { createSystem, defineActor } from 'troupe';
import { describe, expect, it } from 'vitest';
import { makeDefinition } from './fixtures/factory.ts';
import { Worker } from './fixtures/worker.ts';
import { onEveryHost } from './hosts.ts';

const invalid = expect.objectContaining({ code: 'TROUPE_DEFINITION_INVALID' });

onEveryHost('bad input', {}, (stage) => {
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
});

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
      [import.meta, 'G', { init, on: { async *a() {} }, behaviours: { b: { a() {} } } }],
    ];
    for (const [meta, name, spec] of wrong)
      expect(() => defineActor(meta as never, name as never, spec as never), String(name)).toThrow(invalid);
  });
});

describe('a system', () => {
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
    ])
      await expect(createSystem(options as never), JSON.stringify(options)).rejects.toMatchObject(refused);
    // Nothing of them keeps the process alive.
    expect(timers()).toBe(before);
  });
});
