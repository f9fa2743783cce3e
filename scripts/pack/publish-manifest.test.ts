import { describe, expect, it } from 'vitest';
import { publishManifest } from './publish-manifest.ts';

const MANIFEST = {
  name: '@troupe/a',
  version: '0.1.0',
  type: 'module',
  sideEffects: false,
  exports: { '.': './src/index.ts', './testing': './src/testing/index.ts', './internal/*': null },
  bin: { a: './src/cli.ts' },
  files: ['dist', 'README.md', 'LICENSE'],
  scripts: { build: 'tsc -b' },
  dependencies: { '@troupe/b': '^0.1.0' },
  devDependencies: { vitest: '^5.0.0' },
};

describe('the manifest that is published', () => {
  it('has built entries with types first, keeps what is closed, and starts plain .js', () => {
    const { exports, bin } = publishManifest(MANIFEST);
    expect(JSON.stringify(exports)).toBe(
      JSON.stringify({
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './testing': { types: './dist/testing/index.d.ts', default: './dist/testing/index.js' },
        './internal/*': null,
      }),
    );
    expect(bin).toEqual({ a: './dist/cli.js' });
  });

  it('keeps names, versions and dependencies, and nothing that serves development', () => {
    const published = publishManifest(MANIFEST);
    expect(published).toMatchObject({ name: '@troupe/a', sideEffects: false, dependencies: { '@troupe/b': '^0.1.0' } });
    expect(Object.keys(published)).not.toEqual(expect.arrayContaining(['scripts']));
    expect(JSON.stringify(published)).not.toMatch(/vitest|src\//);
  });

  it('refuses an entry that is no source', () => {
    expect(() => publishManifest({ ...MANIFEST, bin: { a: './bin/a.js' } })).toThrow(/Expected a module src/);
  });
});
