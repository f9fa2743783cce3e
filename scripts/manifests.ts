/** Checks that all packages are declared alike, so that they can be packed and installed alike. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import type { Manifest, Package } from './workspace.ts';

/** Every package of the workspace has these; only descriptions, entries and dependencies differ. */
export const SHARED = {
  license: 'MIT',
  type: 'module',
  engines: { node: '>=24' },
  files: ['dist', 'lint', 'README.md', 'LICENSE'],
  scripts: { build: 'tsc -b' },
} as const;

export const nameOfPackage = (id: string): string => (id === 'troupe' ? id : `@troupe/${id}`);

export interface ManifestsInput {
  readonly packages: readonly Package[];
  /** The folders that the root's tsconfig.json refers to. */
  readonly references: readonly string[];
  readonly members: readonly Manifest[];
  /** Whether the repository has a file at this path. */
  readonly exists: (path: string) => boolean;
}

export function checkManifests({ packages, references, members, exists }: ManifestsInput): Finding[] {
  const manifests = [...members, ...packages.map((pack) => pack.manifest)];
  const expected = packages.map((pack) => pack.id);
  const tsconfig = { path: 'tsconfig.json', problem: `expected references to ${expected.join(', ')}` };
  return [
    ...packages.flatMap((pack) => checkOne(pack, packages, exists)),
    ...checkRanges(manifests),
    ...(expected.join() === [...references].sort().join() ? [] : [tsconfig]),
  ];
}

function checkOne(
  { id, manifest }: Package,
  packages: readonly Package[],
  exists: ManifestsInput['exists'],
): Finding[] {
  const findings: Finding[] = [];
  const path = `packages/${id}/package.json`;
  const expect = (field: string, expected: unknown, got: unknown) => {
    const [left, right] = [JSON.stringify(expected), JSON.stringify(got)];
    if (left !== right) findings.push({ path, problem: `expected ${field} to be ${left}, got ${right}` });
  };
  expect('name', nameOfPackage(id), manifest.name);
  expect('version', packages[0]?.manifest.version, manifest.version);
  for (const [field, value] of Object.entries(SHARED)) expect(field, value, manifest[field as keyof typeof SHARED]);
  expect('exports["."]', './src/index.ts', manifest.exports?.['.']);
  expect('exports["./internal/*"]', null, manifest.exports?.['./internal/*']);
  if ((manifest.description ?? '') === '') findings.push({ path, problem: 'expected a description' });
  if (manifest.private === true)
    findings.push({ path, problem: 'expected a package that is published, got a private one' });
  for (const target of [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})]) {
    const isFile = target === null || (target.startsWith('./src/') && exists(posix.join('packages', id, target)));
    if (!isFile) findings.push({ path, problem: `expected an entry below ./src/ that exists, got ${target}` });
  }
  for (const sibling of packages) {
    const range = manifest.dependencies?.[sibling.manifest.name];
    if (range !== undefined) expect(`the range of ${sibling.manifest.name}`, `^${sibling.manifest.version}`, range);
  }
  for (const file of ['README.md', 'tsconfig.json']) {
    if (!exists(`packages/${id}/${file}`)) findings.push({ path: `packages/${id}`, problem: `has no ${file}` });
  }
  return findings;
}

/** One range a dependency, whoever asks for it. */
function checkRanges(manifests: readonly Manifest[]): Finding[] {
  const seen = new Map<string, { readonly range: string; readonly by: string }>();
  return manifests.flatMap((manifest) =>
    Object.entries({ ...manifest.devDependencies, ...manifest.dependencies }).flatMap(([name, range]) => {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, { range, by: manifest.name });
      if (first === undefined || first.range === range) return [];
      return [{ path: manifest.name, problem: `wants ${name} ${range}, but ${first.by} wants ${first.range}` }];
    }),
  );
}
