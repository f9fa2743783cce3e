import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { floorOf, readArchitecture } from './floors.ts';
import { checkLayering } from './layering.ts';
import { checkManifests } from './manifests.ts';
import { newPackage } from './new-package.ts';
import { readSnippets } from './snippets.ts';
import { ROOT, readJson, readPackages, readReferences } from './workspace.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'troupe-new-'));
  for (const path of ['scripts/floors.json', 'tsconfig.json']) cpSync(join(ROOT, path), join(root, path));
  mkdirSync(join(root, 'packages'));
});

afterEach(() => rmSync(root, { recursive: true }));

describe('a new package', () => {
  it('is one page, that passes the checks at once', () => {
    newPackage({ id: 'raft', description: 'Consensus.' }, root);
    const packages = readPackages(root);
    expect(packages.map((pack) => pack.manifest.name)).toEqual(['@troupe/raft']);
    const exists = (path: string) => existsSync(join(root, path));
    expect(checkManifests({ packages, references: ['raft'], members: [], exists })).toEqual([]);
    const tools = ['vitest'];
    expect(checkLayering({ architecture: readArchitecture(root), packages, members: [], tools })).toEqual([]);
  });

  it('is referred to by the root, and has a README with a snippet', () => {
    const written = newPackage({ id: 'raft' }, root);
    expect(readReferences(join(root, 'tsconfig.json'))).toContain('raft');
    expect(written).toContain('packages/raft/README.md');
    const text = readFileSync(join(root, 'packages/raft/README.md'), 'utf8');
    expect(readSnippets({ path: 'README.md', text })).toEqual([
      expect.objectContaining({ text: expect.stringContaining("import { IDENTITY } from '@troupe/raft';") }),
    ]);
  });

  it('without types of Node where its floor is pure', () => {
    newPackage({ id: 'raft' }, root);
    newPackage({ id: 'storage' }, root);
    const options = (id: string) => readJson<{ compilerOptions: object }>(join(root, `packages/${id}/tsconfig.json`));
    expect(options('raft').compilerOptions).toHaveProperty('types', []);
    expect(options('storage').compilerOptions).not.toHaveProperty('types');
  });

  it('gets the floor that is asked for where the architecture has none for it', () => {
    expect(() => newPackage({ id: 'gossip' }, root)).toThrow(/Expected --floor to be one of F0, .* got none/);
    newPackage({ id: 'gossip', floor: 'F3' }, root);
    expect(floorOf(readArchitecture(root), 'gossip')?.floor).toBe('F3');
  });

  it('refuses a name that is taken or no name', () => {
    newPackage({ id: 'raft' }, root);
    expect(() => newPackage({ id: 'raft' }, root)).toThrow(/Expected a new name/);
    expect(() => newPackage({ id: '../raft' }, root)).toThrow(/Expected a name such as/);
  });
});
