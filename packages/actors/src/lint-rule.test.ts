import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const rule = join(import.meta.dirname, '..', 'lint', 'definitions.grit');
const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-lint-'));
  const config = { plugins: [rule], linter: { rules: { preset: 'none' } }, formatter: { enabled: false } };
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The lines of the module that the rule sees. */
function seen(module: string): number[] {
  writeFileSync(join(folder, 'module.ts'), module);
  const report = (): string => {
    try {
      return execFileSync(process.execPath, [biome, 'lint', '--colors=off'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    }
  };
  return [...report().matchAll(/module\.ts:(\d+):\d+ plugin/g)].map(([, line]) => Number(line));
}

const spec = '{ init: () => ({}), on: { get: () => n } }';

test('a definition in a function of any kind is seen', () => {
  const lines = [
    `export function made(n) { return defineActor(import.meta, 'A', ${spec}); }`,
    `export const arrow = (n) => defineActor(import.meta, 'B', ${spec});`,
    `export const inObject = { made(n) { return defineActor(import.meta, 'C', ${spec}); } };`,
    `export class Maker { made(n) { return defineActor(import.meta, 'D', ${spec}); } }`,
    `export const task = (n) => defineTask(import.meta, 'E', () => n);`,
  ];
  expect(seen(lines.join('\n'))).toEqual([1, 2, 3, 4, 5]);
});

test('a definition at the top level of its module is not, whatever its handlers do', () => {
  expect(
    seen(`export const Fine = defineActor(import.meta, 'F', { init: () => ({}), on: { get: (s) => (() => s)() } });`),
  ).toEqual([]);
});

test('a variable of a module that defines actors is seen: threads do not share it, and simulated nodes do', () => {
  const lines = [
    'let count = 0;',
    'const MOST = 3;',
    'function f() { let inside = 1; return inside; }',
    'for (let i = 0; i < 1; i++) f();',
    `export const Fine = defineActor(import.meta, 'F', { init: () => ({}), on: { add() { let more = 1; count += more; } } });`,
    'let later;',
  ];
  expect(seen(lines.join('\n'))).toEqual([1, 6]);
  expect(seen('let count = 0; export const next = () => count++;')).toEqual([]);
});
