/**
 * Every `ts` block of every README is a module that must compile. A first line `// name.ts` names the module, so that
 * another block of the same document imports it; `ts continues` goes on with the block before it. Blocks are written
 * below `dist/`, each line at its line of the document, so that an error's place is the document's.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from './finding.ts';
import { ROOT, type SourceFile } from './workspace.ts';

const FOLDER = 'dist/snippets';
/** From a folder like that one to the options that all sources are checked with. */
const BASE = '../../tsconfig.check.json';

export interface Snippet {
  readonly document: string;
  /** Relative to the document's folder of snippets. */
  readonly name: string;
  readonly text: string;
}

export function readSnippets({ path: document, text }: SourceFile): Snippet[] {
  const snippets: { document: string; name: string; lines: string[] }[] = [];
  let open: string[] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== undefined) {
      if (/^\s*```\s*$/.test(line)) open = undefined;
      else open.push(line);
      continue;
    }
    const fence = /^\s*```(?:ts|typescript)(\s+continues)?\s*$/.exec(line);
    if (fence === null) {
      // A block of another language may hold lines that look like fences.
      if (/^\s*```\S/.test(line)) open = [];
      continue;
    }
    const last = snippets.at(-1);
    if (fence[1] !== undefined && last !== undefined) open = last.lines;
    else {
      open = [];
      snippets.push({ document, name: `snippet-${snippets.length + 1}.ts`, lines: open });
    }
    while (open.length <= index) open.push('');
  }
  return snippets.map(({ name, lines }) => {
    const first = lines.find((line) => line.trim() !== '') ?? '';
    return { document, name: /^\s*\/\/ ([\w./-]+\.ts)\b/.exec(first)?.[1] ?? name, text: `${lines.join('\n')}\n` };
  });
}

export async function checkSnippets(documents: readonly SourceFile[], folder: string = FOLDER): Promise<Finding[]> {
  const snippets = documents.flatMap(readSnippets);
  const places = new Map<string, string>();
  const findings: Finding[] = [];
  rmSync(join(ROOT, folder), { recursive: true, force: true });
  for (const { document, name, text } of snippets) {
    const path = `${folder}/${document.replace(/\.md$/, '')}/${name}`;
    if (places.has(path))
      findings.push({ path: document, problem: `has two snippets called ${name}: name one of them` });
    places.set(path, document);
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  if (snippets.length === 0) return findings;
  writeFileSync(join(ROOT, folder, 'tsconfig.json'), `${JSON.stringify(TSCONFIG)}\n`);
  const output = await compile(folder);
  return [...findings, ...readDiagnostics(output, places)];
}

const TSCONFIG = {
  extends: BASE,
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: 'force', pretty: false },
  include: ['**/*.ts'],
  exclude: [],
};

async function compile(folder: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = promisify(execFile)(process.execPath, [tsc, '-p', join(folder, 'tsconfig.json')], { cwd: ROOT });
  return run.then(
    () => '',
    (error: { stdout?: string; message: string }) => error.stdout || error.message,
  );
}

/** Errors of the packages themselves are left to the check of their types. */
function readDiagnostics(output: string, places: ReadonlyMap<string, string>): Finding[] {
  return output.split('\n').flatMap((text) => {
    const [, file, line, problem = ''] = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(text) ?? [];
    if (file === undefined) return /error/.test(text) ? [{ path: 'snippets', problem: text }] : [];
    const path = places.get(file);
    return path === undefined ? [] : [{ path, line: Number(line), problem }];
  });
}
