import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineActor, move, type System } from 'troupe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failing } from './fixtures/modules/failing.ts';
import { Mapped } from './fixtures/modules/mapped.js';
import { Plain } from './fixtures/modules/plain.js';
import { Victim } from './fixtures/victims.ts';
import { type Running, running, settled } from './running.ts';

let run: Running;
let system: System;
beforeAll(async () => {
  run = await running({ nodes: 2 });
  ({ system } = run);
});
afterAll(async () => {
  await run[Symbol.asyncDispose]();
});

const moduleUrl = (name: string): string => new URL(`./fixtures/modules/${name}`, import.meta.url).href;
/** A definition as this thread has it, of a module that only nodes load. */
const define = (url: string, name: string) =>
  defineActor({ url }, name, { init: () => ({}), on: { ping: () => 'pong' } });

describe('a module that a node can’t use gives a typed error to whoever spawned from it:', () => {
  const failure = async (url: string, name: string) =>
    system.spawn(define(url, name), undefined, { node: 'n1' }).then(
      () => undefined,
      (error) => error,
    );

  it('one that does not exist', async () => {
    const error = await failure(moduleUrl('missing.ts'), 'Thing');
    expect(error).toMatchObject({ code: 'TROUPE_MODULE_LOAD', data: { node: 'n1', url: moduleUrl('missing.ts') } });
    expect(error.cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });

  it('one that throws', async () => {
    const error = await failure(moduleUrl('throws.ts'), 'Thing');
    expect(error).toMatchObject({ code: 'TROUPE_MODULE_LOAD' });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause.stack).toContain('throws.ts:1');
  });

  it('one that does not define the actor', async () => {
    expect(await failure(moduleUrl('empty.ts'), 'Thing')).toMatchObject({
      code: 'TROUPE_DEFINITION_MISSING',
      data: { name: 'Thing', node: 'n1' },
    });
  });

  it('one that defines it twice, each time', async () => {
    expect(await failure(moduleUrl('twice.ts'), 'Twice')).toMatchObject({ code: 'TROUPE_DEFINITION_DUPLICATE' });
    expect(await failure(moduleUrl('twice.ts'), 'Other')).toMatchObject({ code: 'TROUPE_DEFINITION_DUPLICATE' });
  });

  for (const name of ['system-awaited.ts', 'system-in-main.ts']) {
    it(`one that makes a system when it is loaded (${name}), and the node lives on`, async () => {
      const first = await failure(moduleUrl(name), 'Thing');
      expect(first).toMatchObject({ code: 'TROUPE_SYSTEM_IN_NODE', data: { url: moduleUrl(name), node: 'n1' } });
      expect(first.message).toMatch(/module of their own/);
      expect(await failure(moduleUrl(name), 'Thing2')).toMatchObject({ code: 'TROUPE_SYSTEM_IN_NODE' });
      expect(run.events.some(({ type }) => type === 'node-down')).toBe(false);
    });
  }
});

describe('across threads', () => {
  it('modules are TypeScript or JavaScript', async () => {
    const plain = await system.spawn(Plain, 'hello', { node: 'n1' });
    expect(await plain.ask.greet('world')).toBe('hello, world');
  });

  it('an error keeps class, message, properties, cause and stack, and shows both sides of the ask', async () => {
    const failing = await system.spawn(Failing, undefined, { node: 'n1', name: 'failing' });
    const error = await failing.ask.pay(5).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.constructor.name).toBe('PaymentError');
    expect(error).toMatchObject({ message: "can't pay 5", code: 'E_PAYMENT', amount: 5 });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.cause.message).toBe('no money');
    // The line of the source as it was written, whatever the thread made of it.
    const source = readFileSync(fileURLToPath(moduleUrl('failing.ts')), 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('throw new PaymentError')) + 1;
    expect(error.stack).toContain(`failing.ts:${line}`);
    expect(error.stack).toContain("in answer to 'pay', asked of n1/failing by main");
  });

  it('a stack of compiled code names the lines of its source', async () => {
    const mapped = await system.spawn(Mapped, undefined, { node: 'n1' });
    const error = await mapped.ask.fail().catch((thrown: Error) => thrown);
    expect(error.stack).toMatch(/original\.ts:18/);
  });

  it('a refusal stays one, and the actor goes on', async () => {
    const failing = await system.spawn(Failing, undefined, { node: 'n1' });
    const error = await failing.ask.refuse().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'TROUPE_REFUSED', message: 'not today', data: { until: 'tomorrow' } });
    expect(await failing.ask.length('abc')).toBe(3);
  });

  it('what is thrown and is no error, or can’t be sent whole, arrives as what can', async () => {
    const failing = await system.spawn(Failing, undefined, { node: 'n1', restart: 'permanent' });
    expect(await failing.ask.throwText().catch((thrown) => thrown)).toBe('a text');
    const bare = await failing.ask.throwUnsendable().catch((thrown) => thrown);
    expect(bare).toBeInstanceOf(Error);
    expect(bare.message).toContain('with a function');
    expect(bare.unsent).toMatch(/\.helper, got a function/);
    expect(bare.cause).toMatchObject({ name: 'TypeError', message: 'why' });
  });

  it('a buffer that is moved is detached here, and arrives', async () => {
    const failing = await system.spawn(Failing, undefined, { node: 'n2' });
    const buffer = new ArrayBuffer(1_000_000);
    new Uint8Array(buffer)[0] = 42;
    expect(await failing.ask.bytes(move(buffer) as never)).toEqual([1_000_000, 42]);
    expect(buffer.detached).toBe(true);
    const copied = new ArrayBuffer(8);
    expect(await failing.ask.bytes(copied)).toEqual([8, 0]);
    expect(copied.detached).toBe(false);
  });

  it('large and small messages keep their order, and so do large answers', async () => {
    const failing = await system.spawn(Failing, undefined, { node: 'n1' });
    const lengths = Array.from({ length: 200 }, (_, i) => (i % 7 === 3 ? 300_000 + i : i));
    const answers: number[] = [];
    await Promise.all(
      lengths.map((length) =>
        failing.ask.length('x'.repeat(length)).then((answer) => {
          answers.push(answer);
        }),
      ),
    );
    expect(answers).toEqual(lengths);
    expect((await failing.ask.large(2_000_000)).length).toBe(2_000_000);
  });

  it('what is too large for any frame is refused where it is sent', async () => {
    const victim = await system.spawn(Victim, undefined, { node: 'n1' });
    const text = 'x'.repeat(300 * 1024 * 1024);
    expect(await settled(victim.ask.add(text as never))).toMatch(/TROUPE_(FRAME_TOO_LARGE|VALUE_REFUSED)/);
    expect(await victim.ask.get()).toBe(0);
  });
});
