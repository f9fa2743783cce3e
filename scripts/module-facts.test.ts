import { describe, expect, it } from 'vitest';
import { readModuleFacts } from './module-facts.ts';

const names = (uses: readonly { what: string }[]) => [...new Set(uses.map((use) => use.what))];
const read = (text: string) => readModuleFacts('module.ts', text);

describe('the facts of a module', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts'],
    ["import type { A } from '@troupe/codec';", '@troupe/codec'],
    ["import 'node:fs';", 'node:fs'],
    ["export { a } from './a.ts';", './a.ts'],
    ["export * from './a.ts';", './a.ts'],
    ["import a = require('a');", 'a'],
    ["const a = await import('./a.ts');", './a.ts'],
    ["type A = import('./a.ts').A;", './a.ts'],
    ["const a = new URL('./worker.ts', import.meta.url);", './worker.ts'],
    ["const a = import.meta.resolve('a');", 'a'],
    ["const a = require('a');", 'a'],
    ['/// <reference types="node" />', 'node'],
  ])('%s imports %s', (text, specifier) => {
    expect(names(read(text).imports)).toEqual([specifier]);
  });

  it('a computed import counts, without a name', () => {
    expect(read('await import(`./a` + name);').imports).toEqual([{ what: '', line: 1 }]);
  });

  it('words in comments and strings import nothing', () => {
    expect(read("// import 'a';\nconst text = `import 'b'`; const { url } = import.meta;").imports).toEqual([]);
  });

  it.each([
    ['Date.now();', 'Date.now'],
    ["Date['now']();", 'Date.now'],
    ['const { now } = Date;', 'Date.now'],
    ['new Date();', 'new Date()'],
    ['Date();', 'Date()'],
    ['Math.random();', 'Math.random'],
    ['performance.now();', 'performance'],
    ['setTimeout(run, 1);', 'setTimeout'],
    ['globalThis.setImmediate(run);', 'setImmediate'],
    ['type Timer = ReturnType<typeof setInterval>;', 'setInterval'],
    ['const clock = { setTimeout };', 'setTimeout'],
    ['(globalThis as any).setTimeout(run);', 'setTimeout'],
    ['(Date as Clock).now();', 'Date.now'],
    ['const D = Date; D.now();', 'Date under another name'],
    ['const M = Math as Chance;', 'Math under another name'],
    ['const { setTimeout: later } = globalThis;', 'setTimeout'],
  ])('%s touches time or chance as %s', (text, what) => {
    expect(names(read(text).timing)).toEqual([what]);
  });

  it('a member of the same name, a given date and arithmetic are pure', () => {
    const text = `ctx.setTimeout(1); const a = { setTimeout: 1 }; new Date(0); Math.max(1); x instanceof Date;
      interface Clock { setTimeout(): void; performance: number } class C { setInterval() {} }`;
    expect(read(text).timing).toEqual([]);
  });

  it('the process and its like are the world', () => {
    expect(names(read('process.exit(1); new Worker(url); ctx.process.id; globalThis.fetch(url);').world)).toEqual([
      'process',
      'Worker',
      'fetch',
    ]);
  });

  it('so are copies, microtasks, code from text, and the main object under another name', () => {
    const text =
      "structuredClone(a); queueMicrotask(run); eval('1'); const g = globalThis; ctx.eval(1); new Function('a'); let f: Function;";
    expect(names(read(text).world)).toEqual([
      'structuredClone',
      'queueMicrotask',
      'eval',
      'globalThis under another name',
      'Function',
    ]);
  });

  it.each([
    ['async function a() { run(); }', 'async'],
    ['const a = async () => run();', 'async'],
    ['class A { async a() { run(); } }', 'async'],
    ['const a = { async *a() { yield 1; } };', 'async'],
    ["await import('./a.ts');", 'await'],
  ])('%s is asynchronous', (text, what) => {
    expect(names(read(text).async)).toEqual([what]);
  });

  it('an asynchronous function without a body, of which only the prototype can be meant, is none', () => {
    expect(read('Object.getPrototypeOf(async function* () {});').async).toEqual([]);
  });

  it('gives the line', () => {
    expect(read("\n\nimport 'a';\n\n  Date.now();").timing).toEqual([{ what: 'Date.now', line: 5 }]);
  });

  it('refuses a module that does not parse', () => {
    expect(() => read('const = 1;')).toThrow(/Expected a module that parses, got module\.ts/);
  });
});
