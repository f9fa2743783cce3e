/** The checks of `npm run verify`, by name. They read: what they write is below `dist/`, for themselves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkErrorCodes, ERROR_DOCS_PATH, readErrorCodes, renderErrorDocs } from './error-codes.ts';
import type { Finding } from './finding.ts';
import { readArchitecture } from './floors.ts';
import { checkHygiene, readCommitted } from './hygiene.ts';
import { checkLayering } from './layering.ts';
import { checkManifests } from './manifests.ts';
import { checkSnippets } from './snippets.ts';
import { type Manifest, ROOT, readJson, readMember, readPackages, readReferences, readSources } from './workspace.ts';

/** Workspace members that are no packages: what uses them, measures them and tests the whole. */
const MEMBERS = ['benchmarks', 'examples', 'test'];

/** A check is a program that fails, or a function that finds. */
export type Check =
  | { readonly name: string; readonly commands: readonly (readonly [program: string, ...args: string[]])[] }
  | { readonly name: string; readonly find: () => Finding[] | Promise<Finding[]> };

export const CHECKS: readonly Check[] = [
  {
    name: 'types',
    commands: [
      ['tsc', '-b'],
      ['tsc', '-p', 'tsconfig.check.json'],
    ],
  },
  { name: 'format', commands: [['biome', 'check', '--error-on-warnings', '.']] },
  { name: 'layering', find: findLayering },
  { name: 'manifests', find: findManifests },
  { name: 'errors', find: findErrors },
  { name: 'snippets', find: () => checkSnippets(readCommitted().filter(({ path }) => path.endsWith('.md'))) },
  { name: 'hygiene', find: () => checkHygiene(readCommitted()) },
  { name: 'tests', commands: [['vitest', 'run']] },
];

export async function currentErrorDocs(): Promise<string> {
  return renderErrorDocs(await readErrorCodes(readPackages()));
}

function findLayering(): Finding[] {
  const { devDependencies = {} } = readJson<Manifest>(join(ROOT, 'package.json'));
  return checkLayering({
    architecture: readArchitecture(),
    packages: readPackages(),
    members: MEMBERS.map((member) => readMember(member)),
    tools: Object.keys(devDependencies),
  });
}

function findManifests(): Finding[] {
  return checkManifests({
    packages: readPackages(),
    references: readReferences(join(ROOT, 'tsconfig.json')),
    members: ['.', ...MEMBERS].map((member) => readJson<Manifest>(join(ROOT, member, 'package.json'))),
    exists: (path) => existsSync(join(ROOT, path)),
  });
}

async function findErrors(): Promise<Finding[]> {
  const packages = readPackages();
  const sources = [...packages.flatMap((pack) => pack.sources), ...MEMBERS.flatMap((member) => readSources(member))];
  const codes = await readErrorCodes(packages);
  const committed = readCommitted().find(({ path }) => path === ERROR_DOCS_PATH)?.text;
  const written = committed && Buffer.from(committed, 'latin1').toString('utf8');
  const stale = { path: ERROR_DOCS_PATH, problem: 'differs from the errors.ts of the packages: npm run fix' };
  return [...checkErrorCodes(codes, sources), ...(written === renderErrorDocs(codes) ? [] : [stale])];
}
