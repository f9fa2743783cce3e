import { describe, expect, it } from 'vitest';
import { show } from './finding.ts';
import { readArchitecture } from './floors.ts';
import { checkLayering } from './layering.ts';
import type { Manifest, Member, Package } from './workspace.ts';

const EXPORTS = { '.': './src/index.ts', './internal/*': null };

function pack(
  id: string,
  files: Record<string, string>,
  manifest: Partial<Manifest> = {},
  references?: string[],
): Package {
  const dependencies = manifest.dependencies ?? {};
  const siblings = Object.keys(dependencies).filter((name) => name.startsWith('@troupe/'));
  return {
    id,
    manifest: { name: `@troupe/${id}`, version: '0.1.0', exports: EXPORTS, ...manifest },
    references: references ?? siblings.map((name) => name.slice('@troupe/'.length)),
    sources: Object.entries(files).map(([path, text]) => ({ path: `packages/${id}/src/${path}`, text })),
  };
}

const PROTOCOL = pack('protocol', { 'index.ts': 'export const a = 1;' });
const on = (...names: string[]): Partial<Manifest> => ({
  dependencies: Object.fromEntries(names.map((name) => [name, '^0.1.0'])),
});

const member = (folder: string, text: string): Member => ({
  folder,
  manifest: { name: `@troupe/${folder}`, version: '0.0.0', ...on('@troupe/protocol') },
  sources: [{ path: `${folder}/a/main.ts`, text }],
});

/** All modules are reached, unless a test is about that. */
function reach(one: Package): Package {
  const shipped = one.sources.filter((source) => !/(test|fixture)\.ts$/.test(source.path));
  const entries = shipped.map((source) => [source.path, source.path.replace(`packages/${one.id}/`, './')]);
  return { ...one, manifest: { ...one.manifest, bin: Object.fromEntries(entries) } };
}

function check(packages: Package[], members: Member[] = [], architecture = readArchitecture()): string[] {
  const tools = ['vitest', 'fast-check'];
  return checkLayering({ architecture, packages: packages.map(reach), members, tools }).map(show);
}

describe('layering', () => {
  it('accepts a package that imports from below what it declares', () => {
    const codec = pack('codec', { 'index.ts': "import { a } from '@troupe/protocol';" }, on('@troupe/protocol'));
    expect(check([PROTOCOL, codec])).toEqual([]);
  });

  it('refuses an import that goes up', () => {
    const codec = pack('codec', { 'index.ts': "import '@troupe/actors';" }, on('@troupe/actors'));
    expect(check([codec, pack('actors', {})])).toEqual([
      'packages/codec/src/index.ts:1  may not import @troupe/actors: imports go down only: codec is on F1, actors on F2',
    ]);
  });

  it('refuses an import on the same floor, of a type too', () => {
    const raft = pack('raft', { 'raft.ts': "import type { Lock } from '@troupe/lock';" }, on('@troupe/lock'));
    expect(check([raft, pack('lock', {})])).toEqual([expect.stringContaining('raft is on F3, lock on F3')]);
  });

  it('holds tests to the floors', () => {
    const codec = pack(
      'codec',
      { 'a.test.ts': "import '@troupe/actors';" },
      { devDependencies: { '@troupe/actors': '*' } },
    );
    expect(check([codec, pack('actors', {})])).toEqual([expect.stringContaining('imports go down only')]);
  });

  it('refuses a host that imports a protocol, and check importing what it judges', () => {
    const threads = pack('threads', { 'a.ts': "import '@troupe/raft';" }, on('@troupe/raft'));
    const checker = pack('check', { 'a.ts': "import '@troupe/actors';" }, on('@troupe/actors'));
    expect(check([threads, checker, pack('raft', {}), pack('actors', {})])).toEqual([
      expect.stringContaining('a host imports no concrete protocol'),
      expect.stringContaining('check sees histories'),
    ]);
  });

  it('keeps a package to the few siblings that it is allowed', () => {
    const broadcast = pack('broadcast', { 'a.ts': "import '@troupe/codec';" }, on('@troupe/codec'));
    expect(check([broadcast, pack('codec', {})])).toEqual([expect.stringContaining('broadcast imports protocol only')]);
  });

  it('refuses a package without a floor', () => {
    expect(check([pack('novel', {})])).toEqual(['scripts/floors.json  gives novel no floor: add it to one']);
  });

  it('refuses a relative import that leaves the package', () => {
    const codec = pack('codec', { 'deep/a.ts': "import '../../../protocol/src/index.ts'; import '../b.ts';" });
    expect(check([codec])).toEqual([expect.stringContaining('leaves the package')]);
  });

  it('refuses a relative import without .ts', () => {
    expect(check([pack('codec', { 'a.ts': "import './b.js';" })])).toEqual([
      expect.stringContaining('ends in .ts, got ./b.js'),
    ]);
  });

  it('refuses to reach into a package past its exports', () => {
    const inside = "import '@troupe/protocol/internal/a.ts'; import '@troupe/protocol/src/error.ts';";
    const codec = pack('codec', { 'index.ts': inside }, on('@troupe/protocol'));
    expect(check([PROTOCOL, codec])).toEqual([
      expect.stringContaining('@troupe/protocol/internal/a.ts is no entry of @troupe/protocol, which has .'),
      expect.stringContaining('@troupe/protocol/src/error.ts is no entry'),
    ]);
  });

  it('refuses a shipped module that imports test material', () => {
    const codec = pack('codec', { 'index.ts': "import './a.fixture.ts';", 'a.test.ts': "import './a.fixture.ts';" });
    expect(check([codec])).toEqual([expect.stringContaining('ships, and imports ./a.fixture.ts')]);
  });

  it.each(['protocol', 'codec', 'broadcast'])('keeps node:* out of %s, except in tests', (id) => {
    const text = "import { readFileSync } from 'node:fs';";
    expect(check([pack(id, { 'a.ts': text, 'a.test.ts': text })])).toEqual([
      expect.stringContaining(`packages/${id}/src/a.ts:1  F`),
    ]);
    expect(check([pack('actors', { 'a.ts': text })])).toEqual([]);
  });

  it.each(['Date.now()', 'Math.random()', 'performance.now()', 'setTimeout(a, 1)'])('keeps %s off F0 to F3', (text) => {
    for (const id of ['protocol', 'codec', 'actors', 'broadcast']) {
      expect(check([pack(id, { 'a.ts': text, 'a.test.ts': text })])).toEqual([
        expect.stringMatching(/a\.ts:1 {2}F\d takes time and randomness from its host/),
      ]);
    }
    expect(check([pack('threads', { 'a.ts': text })])).toEqual([]);
  });

  it('keeps the timers of node: off the kernel', () => {
    const text =
      "import { setTimeout as sleep } from 'node:timers/promises'; import { performance as p } from 'node:perf_hooks';";
    expect(check([pack('actors', { 'a.ts': text })])).toHaveLength(2);
  });

  it('lets a core look for the globals of a host that its list allows', () => {
    const text = 'const { Buffer: B } = globalThis;';
    expect(check([pack('codec', { 'a.ts': text })])).toEqual([]);
    expect(check([pack('protocol', { 'a.ts': text })])).toEqual([expect.stringContaining('may not use Buffer')]);
  });

  it('keeps asynchronous functions out of cores, and out of nothing else', () => {
    const text = 'export const a = async () => b();';
    for (const id of ['protocol', 'codec', 'broadcast'])
      expect(check([pack(id, { 'a.ts': text, 'a.test.ts': text })])).toEqual([
        expect.stringContaining('is synchronous and may not use async'),
      ]);
    expect(check([pack('actors', { 'a.ts': text })])).toEqual([]);
  });

  it('keeps the process and computed imports out of cores', () => {
    expect(check([pack('codec', { 'a.ts': 'process.exit();\nvoid import(name);' })])).toEqual([
      expect.stringContaining('may not import what it computes'),
      expect.stringContaining('may not use process'),
    ]);
  });

  it('lets a core import from npm only what its list allows', () => {
    const dependencies = { dependencies: { msgpackr: '*' } };
    const text = "import 'msgpackr';";
    const architecture = { ...readArchitecture(), externals: { codec: ['msgpackr'] } };
    expect(check([pack('codec', { 'a.ts': text }, dependencies)], [], architecture)).toEqual([]);
    expect(check([pack('codec', { 'a.ts': text }, dependencies)])).toHaveLength(1);
    expect(check([pack('protocol', { 'a.ts': text }, dependencies)])).toEqual([
      expect.stringContaining('is a core and may not import msgpackr'),
    ]);
  });

  it('refuses what is imported and not declared; tests may use the tools of the root', () => {
    const threads = pack('threads', { 'a.ts': "import 'piscina';", 'a.test.ts': "import 'vitest'; import 'nact';" });
    expect(check([threads])).toEqual([
      expect.stringContaining('imports piscina, which its package.json does not declare'),
      expect.stringContaining('imports nact'),
    ]);
  });

  it('refuses what is declared and not imported', () => {
    expect(check([pack('threads', { 'a.test.ts': "import 'piscina';" }, { dependencies: { piscina: '*' } })])).toEqual([
      'packages/threads/package.json  declares piscina, which no shipped source imports',
    ]);
  });

  it('refuses references that differ from the dependencies', () => {
    const codec = pack('codec', { 'a.ts': "import '@troupe/protocol';" }, on('@troupe/protocol'), []);
    expect(check([PROTOCOL, codec])).toEqual([
      'packages/codec/tsconfig.json  expected references to its dependencies (protocol), got ()',
    ]);
  });

  it('refuses builtins without node:, and a package that imports itself', () => {
    const threads = pack('threads', { 'a.ts': "import 'fs'; import '@troupe/threads';" }, on('@troupe/threads'), []);
    expect(check([threads])).toEqual(expect.arrayContaining([expect.stringContaining('expected node:fs, got fs')]));
    expect(check([threads])).toEqual(expect.arrayContaining([expect.stringContaining('imports itself by name')]));
  });

  it('refuses a module that ships and that no entry reaches', () => {
    const files = {
      'index.ts': "export * from './a.ts'; new URL('./worker.ts', import.meta.url);",
      'a.ts': "import './b.ts';",
      'b.ts': '',
      'worker.ts': '',
      'lost.ts': "import './lost-too.ts';",
      'lost-too.ts': '',
      'lost.test.ts': "import './lost.ts';",
    };
    const input = { architecture: readArchitecture(), packages: [pack('threads', files)], members: [], tools: [] };
    const why = 'ships, and no entry reaches it: import it, or name it as a .fixture.ts';
    expect(checkLayering(input).map(show)).toEqual([
      `packages/threads/src/lost.ts  ${why}`,
      `packages/threads/src/lost-too.ts  ${why}`,
    ]);
  });

  it('keeps examples, benchmarks and tests to public names', () => {
    const examples = member('examples', "import '../../packages/protocol/src/index.ts'; import '../b.ts';");
    const test = member('test', "import '@troupe/protocol/internal/a.ts'; import '@troupe/protocol';");
    expect(check([PROTOCOL], [examples, test])).toEqual([
      expect.stringContaining('leaves examples'),
      expect.stringContaining('is no entry of @troupe/protocol'),
    ]);
  });

  it('has examples, benchmarks and tests declare what they import, save Node’s modules and the tools of the root', () => {
    const text = "import 'node:fs'; import 'vitest'; import '@troupe/protocol'; import 'xstate/a'; void import(name);";
    expect(check([PROTOCOL], [member('benchmarks', text)])).toEqual([
      expect.stringContaining('imports xstate, which benchmarks/package.json does not declare'),
    ]);
  });
});
