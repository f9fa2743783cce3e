import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The repository's root, and the root of every check unless a test gives another one. */
export const ROOT = join(import.meta.dirname, '..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | null>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface SourceFile {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Package {
  /** The folder's name below `packages/`, which is also the name on its floor. */
  readonly id: string;
  readonly manifest: Manifest;
  /** Names of the folders that its tsconfig.json refers to. */
  readonly references: readonly string[];
  readonly sources: readonly SourceFile[];
}

/** A folder of the workspace that is no package: it uses them, and ships nothing. */
export interface Member {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly sources: readonly SourceFile[];
}

export function readMember(folder: string, root: string = ROOT): Member {
  return { folder, manifest: readJson(join(root, folder, 'package.json')), sources: readSources(folder, root) };
}

export function readPackages(root: string = ROOT): Package[] {
  return foldersOf(join(root, 'packages'))
    .filter((id) => existsSync(join(root, 'packages', id, 'package.json')))
    .map((id) => readPackage(root, id));
}

export function readSources(folder: string, root: string = ROOT): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** What tests and injected bugs are made of: it may do anything, and never ships. */
export function isTestMaterial(path: string): boolean {
  return /\.(test|bench|fixture|bug)\.[^/]*$/.test(path) || /(^|\/)(fixtures|bugs|__snapshots__)\//.test(path);
}

function readPackage(root: string, id: string): Package {
  const folder = join(root, 'packages', id);
  return {
    id,
    manifest: readJson(join(folder, 'package.json')),
    references: readReferences(join(folder, 'tsconfig.json')),
    sources: readSources(`packages/${id}/src`, root),
  };
}

export function readReferences(path: string): string[] {
  if (!existsSync(path)) return [];
  const { references = [] } = readJson<{ references?: { path: string }[] }>(path);
  return references.map((reference) => reference.path.replace(/^(\.\.\/|packages\/)/, ''));
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function foldersOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
