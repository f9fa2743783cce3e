import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPackages } from '../workspace.ts';
import { finish, stage } from './stage.ts';

let root: string;

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const built = (name: string) => ({
  [`packages/a/src/${name}.ts`]: '',
  [`packages/a/dist/${name}.js`]: '',
  [`packages/a/dist/${name}.d.ts`]: '',
  [`packages/a/dist/${name}.js.map`]: '{}',
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'troupe-stage-'));
  const manifest = { name: '@troupe/a', version: '0.1.0', exports: { '.': './src/index.ts' } };
  write({ LICENSE: 'MIT', 'packages/a/README.md': '# a', 'packages/a/package.json': JSON.stringify(manifest) });
});

afterEach(() => rmSync(root, { recursive: true }));

const stageIt = () => readPackages(root).flatMap((pack) => stage(pack, join(root, 'out'), root));

describe('staging', () => {
  it('takes the built modules that ship, the manifest, the README and the licence', () => {
    write({ ...built('index'), ...built('index.test'), ...built('fixtures/a'), ...built('lost.bug') });
    write({ 'packages/a/dist/older.js': 'left by an older build', 'packages/a/dist/index.d.ts.map': '{}' });
    expect(stageIt().sort()).toEqual(
      ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/index.js.map'].sort(),
    );
    expect(readFileSync(join(root, 'out/package.json'), 'utf8')).toContain('"default": "./dist/index.js"');
  });

  it('takes rules for linters as they are', () => {
    write({ ...built('index'), 'packages/a/lint/rule.grit': 'language js' });
    expect(stageIt()).toContain('lint/rule.grit');
    expect(readFileSync(join(root, 'out/lint/rule.grit'), 'utf8')).toBe('language js');
  });

  it('refuses a module that is not built', () => {
    write({ ...built('index'), 'packages/a/src/new.ts': '' });
    expect(stageIt).toThrow(/Expected dist\/new\.js of packages\/a\/src\/new\.ts, got nothing/);
  });

  it('leaves out what declares other modules to the compiler', () => {
    write({ ...built('index'), 'packages/a/src/other.d.ts': "declare module 'other';" });
    expect(stageIt()).not.toContainEqual(expect.stringContaining('other'));
  });

  it('makes declarations and worker entries name what ships', () => {
    expect(
      finish('a.d.ts', 'export * from \'./b.ts\';\ntype A = import("./c.ts").C;\n//# sourceMappingURL=a.d.ts.map\n'),
    ).toBe('export * from \'./b.js\';\ntype A = import("./c.js").C;\n');
    expect(finish('a.js', "new Worker(new URL('./w.ts', import.meta.url)); load('./user.ts');")).toBe(
      "new Worker(new URL('./w.js', import.meta.url)); load('./user.ts');",
    );
  });
});
