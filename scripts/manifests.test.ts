import { describe, expect, it } from 'vitest';
import { show } from './finding.ts';
import { checkManifests, SHARED } from './manifests.ts';
import type { Manifest, Package } from './workspace.ts';

const GOOD: Manifest = {
  name: '@troupe/protocol',
  version: '0.1.0',
  description: 'The vocabulary of cores.',
  exports: { '.': './src/index.ts', './internal/*': null },
  ...SHARED,
};

const pack = (manifest: Partial<Manifest>): Package => ({
  id: 'protocol',
  manifest: { ...GOOD, ...manifest },
  references: [],
  sources: [],
});

const exists = (path: string) => !path.includes('absent');

function check(manifest: Partial<Manifest>, members: Manifest[] = [], references = ['protocol']): string[] {
  return checkManifests({ packages: [pack(manifest)], references, members, exists }).map(show);
}

describe('manifests', () => {
  it('accepts one that is like the others', () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Partial<Manifest>]>([
    ['name', { name: '@troupe/other' }],
    ['license', { license: 'ISC' }],
    ['type', { type: 'commonjs' }],
    ['engines', { engines: { node: '>=20' } }],
    ['files', { files: ['src'] }],
    ['scripts', { scripts: { postinstall: 'true' } }],
    ['exports["."]', { exports: { '.': './dist/index.js', './internal/*': null } }],
    ['exports["./internal/*"]', { exports: { '.': './src/index.ts' } }],
    ['a description', { description: '' }],
    ['a package that is published', { private: true }],
    ['an entry below ./src/', { bin: { troupe: './src/absent.ts' } }],
  ])('refuses a wrong %s', (field, manifest) => {
    expect(check(manifest)).toEqual(expect.arrayContaining([expect.stringContaining(`expected ${field}`)]));
  });

  it('refuses a package without a README', () => {
    const packages = [pack({})];
    const exists = (path: string) => path !== 'packages/protocol/README.md';
    const findings = checkManifests({ packages, references: ['protocol'], members: [], exists });
    expect(findings.map(show)).toEqual(['packages/protocol  has no README.md']);
  });

  it('refuses two ranges of one dependency', () => {
    const bench = { name: 'bench', version: '0.0.0', dependencies: { comlink: '^3.0.0' } };
    expect(check({ dependencies: { comlink: '^4.4.2' } }, [bench])).toEqual([
      '@troupe/protocol  wants comlink ^4.4.2, but bench wants ^3.0.0',
    ]);
  });

  it('refuses a sibling at another version', () => {
    const sibling: Package = { ...pack({ name: '@troupe/codec' }), id: 'codec' };
    const user = pack({ dependencies: { '@troupe/codec': '*' } });
    const findings = checkManifests({
      packages: [sibling, user],
      references: ['codec', 'protocol'],
      members: [],
      exists,
    });
    expect(findings.map(show)).toEqual([expect.stringContaining('the range of @troupe/codec to be "^0.1.0", got "*"')]);
  });

  it('refuses a package that the root does not refer to', () => {
    expect(check({}, [], [])).toEqual(['tsconfig.json  expected references to protocol']);
  });
});
