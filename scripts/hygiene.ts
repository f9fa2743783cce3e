/**
 * Keeps out of the repository what belongs to a build, to one machine or to one network. The patterns are generic: a
 * folder of some user, a registry that some lock file was resolved from, a secret that some file holds.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { ROOT, type SourceFile } from './workspace.ts';

const FILE_BYTES_MAX = 512 * 1024;

const FORBIDDEN_PATHS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/(^|\/)(node_modules|dist|coverage|\.turbo)\//, 'is the output of a build or an installation'],
  [/\.(tgz|tsbuildinfo|log|cpuprofile|heapsnapshot|pid)$/, 'is the output of a run'],
  [/(^|\/)(\.env(\..+)?|\.DS_Store|Thumbs\.db)$/, 'belongs to one machine'],
];

const FORBIDDEN_TEXT: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/(?<![\w.\-~@$}*])\/(home|Users|root|mnt|work|workspace|private|var\/folders)\/[\w.-]+/, 'a path of one machine'],
  [/(?<![\w.\-~@$}*])\/tmp\/[\w.-]+/, 'a fixed temporary path: use os.tmpdir()'],
  [/\b[A-Z]:\\+Users\\+\w/, 'a path of one machine'],
  [/"resolved": "(https?|git\+ssh):/, 'the address of a registry: install with --omit-lockfile-registry-resolved'],
  [/^\s*(@[\w-]+:)?registry\s*=\s*\S/m, 'the address of a registry'],
  [/_authToken\s*=|-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a secret'],
  // As the large hosts give them out.
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[oprsu]_\w{36}|\bgithub_pat_\w{40}|\bnpm_[0-9A-Za-z]{36}/, 'a secret'],
  [/^(<{7}|>{7}) /m, 'a conflict that is not merged'],
  [/\r\n/, 'line ends of another system: expected LF'],
];

/** The two files that must name what they forbid. */
const EXEMPT = /^scripts\/hygiene(\.test)?\.ts$/;

export function checkHygiene(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(({ path, text }) => [
    ...FORBIDDEN_PATHS.filter(([pattern]) => pattern.test(path)).map(([, why]) => ({ path, problem: why })),
    ...(text.length > FILE_BYTES_MAX
      ? [{ path, problem: `expected at most ${FILE_BYTES_MAX} bytes, got ${text.length}` }]
      : []),
    ...(EXEMPT.test(path) ? [] : FORBIDDEN_TEXT.flatMap((rule) => findText(path, text, rule))),
  ]);
}

/** What is committed, or would be by `git add`. */
export function readCommitted(root: string = ROOT): SourceFile[] {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'latin1') }));
}

function findText(path: string, text: string, [pattern, why]: readonly [RegExp, string]): Finding[] {
  const match = pattern.exec(text);
  if (match === null) return [];
  const line = text.slice(0, match.index).split('\n').length;
  return [{ path, line, problem: `holds ${why}: ${match[0].trim()}` }];
}
