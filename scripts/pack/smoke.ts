/**
 * Installs all packed tarballs together into a temporary project outside the workspace, as a user of plain JavaScript
 * would, and looks whether the packages are whole: every entry exports there what its source exports here, its
 * declarations compile in a strict project, the example for plain JavaScript runs, and `simTest` tests a protocol there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTool } from '../run-tool.ts';
import { type Package, ROOT, readJson } from '../workspace.ts';
import { trySimTest } from './sim-test.ts';

const EXAMPLE = join(ROOT, 'examples', 'plain-javascript');

export async function smoke(packages: readonly Package[], tarballs: readonly string[]): Promise<string[]> {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-smoke-')));
  try {
    const hasExample = existsSync(join(EXAMPLE, 'main.js'));
    if (hasExample) cpSync(EXAMPLE, project, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const manifest = hasExample ? readJson<object>(join(project, 'package.json')) : { type: 'module' };
    // The example's own dependencies are what the tarballs replace.
    const { dependencies: _dependencies, ...rest } = manifest as { dependencies?: unknown };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ ...rest, private: true }));
    const install = [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
      ...tarballs,
    ] as const;
    if (!(await runTool(['npm', ...install], project))) return ['smoke: npm could not install the tarballs together'];
    return [
      ...(await compareExports(packages, project)),
      ...(await compileDeclarations(packages, project)),
      ...(hasExample && !(await runTool(['node', 'main.js'], project))
        ? ['smoke: examples/plain-javascript failed']
        : []),
      ...trySimTest(project),
    ];
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

interface Entry {
  readonly specifier: string;
  readonly source: string;
}

function entriesOf(packages: readonly Package[]): Entry[] {
  return packages.flatMap(({ id, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([name, source]) =>
      source === null ? [] : [{ specifier: manifest.name + name.slice(1), source: join(ROOT, 'packages', id, source) }],
    ),
  );
}

async function compareExports(packages: readonly Package[], project: string): Promise<string[]> {
  const entries = entriesOf(packages);
  const expected: Record<string, string[]> = {};
  for (const { specifier, source } of entries) {
    expected[specifier] = Object.keys(await import(pathToFileURL(source).href)).sort();
  }
  const program = `
    import assert from 'node:assert/strict';
    const expected = ${JSON.stringify(expected)};
    for (const [specifier, names] of Object.entries(expected)) {
      assert.ok(import.meta.resolve(specifier).includes('/node_modules/'), specifier + ' is not installed');
      assert.deepEqual(Object.keys(await import(specifier)).sort(), names, specifier);
      console.log('imported ' + specifier + ': ' + names.length + ' names');
    }
  `;
  writeFileSync(join(project, 'entries.mjs'), program);
  const same = await runTool(['node', 'entries.mjs'], project);
  return same ? [] : ['smoke: a package exports other names when installed than its source does'];
}

async function compileDeclarations(packages: readonly Package[], project: string): Promise<string[]> {
  const lines = entriesOf(packages).map(({ specifier }, index) => `export * as entry${index} from '${specifier}';`);
  writeFileSync(join(project, 'entries.ts'), `${lines.join('\n')}\n`);
  const types = { types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] };
  const lib = ['es2024', 'esnext.disposable', 'esnext.collection', 'esnext.iterator'];
  const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2024', lib, ...types };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['entries.ts'] }));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: project, encoding: 'utf8' });
  // Errors in the declarations of other people's packages are not ours to mend.
  return stdout
    .split('\n')
    .filter((line) => line.includes('error') && !/^\S*node_modules\/(?!@troupe\/|troupe\/)/.test(line))
    .map((line) => `smoke: types: ${line}`);
}
