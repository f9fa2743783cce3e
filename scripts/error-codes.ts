/**
 * The error codes of all packages: one table for the documentation, made from each package's `errors.ts`, and the
 * proof that it is whole: every code that is thrown is listed once, and every code listed is shown by a test.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding } from './finding.ts';
import { isTestMaterial, type Package, ROOT, type SourceFile } from './workspace.ts';

export const ERROR_DOCS_PATH = 'docs/errors.md';

export interface ErrorCode {
  readonly code: string;
  readonly meaning: string;
  /** The name of the package that lists it. */
  readonly listedBy: string;
  readonly path: string;
}

/** Imports the tables: exported objects whose keys all are codes. */
export async function readErrorCodes(packages: readonly Package[], root: string = ROOT): Promise<ErrorCode[]> {
  const codes: ErrorCode[] = [];
  const tables = packages.flatMap(({ manifest, sources }) =>
    sources.filter(({ path }) => path.endsWith('/errors.ts')).map(({ path }) => ({ manifest, path })),
  );
  for (const { manifest, path } of tables) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(root, path)).href);
    for (const table of Object.values(module).filter(isTable)) {
      for (const [code, meaning] of Object.entries(table)) codes.push({ code, meaning, listedBy: manifest.name, path });
    }
  }
  return codes;
}

export function checkErrorCodes(codes: readonly ErrorCode[], sources: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  const tested = new Set(sources.filter(({ path }) => isTestMaterial(path)).flatMap(({ text }) => literals(text)));
  const shipped = sources.filter(({ path }) => path.startsWith('packages/') && !isTestMaterial(path));
  const thrown = new Set(shipped.flatMap(({ text }) => literals(text)));
  const listed = new Map<string, ErrorCode>();
  for (const entry of codes) {
    const { code, path, meaning } = entry;
    const first = listed.get(code);
    if (first !== undefined) findings.push({ path, problem: `lists ${code}, which ${first.listedBy} lists already` });
    listed.set(code, first ?? entry);
    if (!/\S{3,}.*[.!]$/s.test(meaning))
      findings.push({ path, problem: `expected a sentence for ${code}, got "${meaning}"` });
    if (!thrown.has(code)) findings.push({ path, problem: `lists ${code}, which nothing throws` });
    if (!tested.has(code)) findings.push({ path, problem: `lists ${code}, which no test shows` });
  }
  for (const { path, text } of shipped) {
    const unknown = new Set(literals(text).filter((code) => !listed.has(code)));
    for (const code of unknown) findings.push({ path, problem: `throws ${code}, which no errors.ts lists` });
  }
  return findings;
}

export function renderErrorDocs(codes: readonly ErrorCode[]): string {
  const rows = codes
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, listedBy, meaning }) => `| \`${code}\` | \`${listedBy}\` | ${meaning.replaceAll('|', '\\|')} |`);
  return [
    '# Error codes',
    '',
    'Every error that Troupe throws at a caller is a `TroupeError` with one of these codes, a message that says what was',
    'expected and what came, and the facts for programs in `data`. Codes are stable; messages are not.',
    '',
    'This table is made from the `errors.ts` of every package by `npm run fix`.',
    '',
    '| code | package | what it means, and what to do |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function isTable(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key.startsWith('TROUPE_'));
}

/** Codes in quotes, which a table's keys are not; `env['TROUPE_…']` names a variable of the environment, not an error. */
function literals(text: string): string[] {
  return [...text.matchAll(/(?<!\[)(['"`])(TROUPE_[A-Z0-9_]+)\1/g)].map((match) => match[2] ?? '');
}
