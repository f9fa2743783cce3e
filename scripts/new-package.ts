/** `npm run new-package NAME [-- --floor F3] [--description TEXT]`: makes a package of one page, on its floor. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, FLOORS_PATH, type Floor, floorOf, readArchitecture } from './floors.ts';
import { nameOfPackage, SHARED } from './manifests.ts';
import { runTool } from './run-tool.ts';
import { ROOT, readPackages } from './workspace.ts';

export interface NewPackage {
  readonly id: string;
  /** Asked only where the architecture gives the package no floor yet. */
  readonly floor?: string | undefined;
  readonly description?: string | undefined;
}

/** Writes the package, and returns the paths that it wrote or changed. */
export function newPackage({ id, floor: wanted, description }: NewPackage, root: string = ROOT): string[] {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) throw new Error(`Expected a name such as hash-ring, got "${id}".`);
  if (existsSync(join(root, 'packages', id))) throw new Error(`Expected a new name, got ${id}, which packages/ has.`);
  const written: string[] = [];
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    written.push(path);
  };
  const architecture = readArchitecture(root);
  const known = floorOf(architecture, id);
  const floor = known ?? chooseFloor(architecture, id, wanted);
  if (known === undefined) write(FLOORS_PATH, toJson(withPackage(architecture, floor, id)));
  const version = readPackages(root)[0]?.manifest.version ?? '0.1.0';
  const page = pageOf(id, floor, description ?? `What ${id} is for, in one sentence.`, version);
  for (const [path, text] of Object.entries(page)) write(`packages/${id}/${path}`, text);
  const tsconfig = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { references: { path: string }[] };
  tsconfig.references.push({ path: `packages/${id}` });
  write('tsconfig.json', toJson(tsconfig));
  return written;
}

function chooseFloor({ floors }: Architecture, id: string, wanted: string | undefined): Floor {
  const floor = floors.find((candidate) => candidate.floor === wanted);
  if (floor !== undefined) return floor;
  const names = floors.map((candidate) => candidate.floor).join(', ');
  throw new Error(`Expected --floor to be one of ${names} for the new package ${id}, got ${wanted ?? 'none'}.`);
}

function withPackage(architecture: Architecture, floor: Floor, id: string): Architecture {
  const floors = architecture.floors.map((each) =>
    each === floor ? { ...each, packages: [...each.packages, id] } : each,
  );
  return { ...architecture, floors };
}

/** The whole package: what it is, how it is built, and its first name with its test. */
function pageOf(id: string, floor: Floor, description: string, version: string): Record<string, string> {
  const name = nameOfPackage(id);
  const manifest = {
    name,
    version,
    description,
    license: SHARED.license,
    type: SHARED.type,
    sideEffects: false,
    engines: SHARED.engines,
    exports: { '.': './src/index.ts', './internal/*': null },
    files: SHARED.files,
    scripts: SHARED.scripts,
    dependencies: {},
  };
  const tsconfig = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      rootDir: 'src',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      ...(floor.pure ? { types: [] } : {}),
    },
    include: ['src'],
    exclude: ['src/**/*.test.ts', 'src/**/*.bench.ts'],
    references: [],
  };
  return {
    'package.json': toJson(manifest),
    'tsconfig.json': toJson(tsconfig),
    'src/index.ts': `export { IDENTITY } from './identity.ts';\n`,
    'src/identity.ts': `/** Who speaks, in logs and in the errors of this package. */\nexport const IDENTITY = '${name}';\n`,
    'src/identity.test.ts': [
      "import { expect, it } from 'vitest';",
      "import manifest from '../package.json' with { type: 'json' };",
      "import { IDENTITY } from './index.ts';",
      '',
      "it('speaks under the name that it is installed by', () => {",
      '  expect(IDENTITY).toBe(manifest.name);',
      '});',
      '',
    ].join('\n'),
    'README.md': [
      `# ${name}`,
      '',
      description,
      '',
      `Floor ${floor.floor} of the [architecture](../../ARCHITECTURE.md)${floor.pure ? ': pure, it imports no `node:*`.' : '.'}`,
      '',
      '```ts',
      `import { IDENTITY } from '${name}';`,
      '',
      'console.log(IDENTITY);',
      '```',
      '',
    ].join('\n'),
  };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  const options = { floor: { type: 'string' }, description: { type: 'string' } } as const;
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options });
    const written = newPackage({ id: positionals[0] ?? '', ...values });
    await runTool(['biome', 'check', '--write', ...written]);
    console.log(`Wrote ${written.join(', ')}.\nNow \`npm install\` links it, and \`npm run verify\` passes.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
