/**
 * `npm run pack`: makes a tarball of every package below `dist/tarballs`, checks each as its users would meet it
 * (publint, are-the-types-wrong), and installs all of them together into a plain JavaScript project that runs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { runTool, TOOL_ENV } from '../run-tool.ts';
import { ROOT, readJson, readPackages } from '../workspace.ts';
import type { PublishedManifest } from './publish-manifest.ts';
import { smoke } from './smoke.ts';
import { stage } from './stage.ts';

const STAGING = join(ROOT, 'dist', 'packages');
const TARBALLS = join(ROOT, 'dist', 'tarballs');

const problems: string[] = [];
if (!(await runTool(['tsc', '-b']))) process.exit(1);
rmSync(TARBALLS, { recursive: true, force: true });
mkdirSync(TARBALLS, { recursive: true });

const packages = readPackages();
const tarballs: string[] = [];
for (const pack of packages) {
  const folder = join(STAGING, pack.id);
  const files = stage(pack, folder);
  const tarball = packFolder(folder, files);
  tarballs.push(tarball);
  console.log(`packed ${pack.manifest.name} ${pack.manifest.version}: ${files.length} files`);
  problems.push(...(await lint(folder, tarball)));
  const typesAreRight = await runTool(['attw', tarball, '--profile', 'esm-only', '--quiet']);
  if (!typesAreRight) problems.push(`${pack.manifest.name}: are-the-types-wrong found problems: attw ${tarball}`);
}
if (problems.length === 0) problems.push(...(await smoke(packages, tarballs)));

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? `ok: ${tarballs.length} tarballs in dist/tarballs` : `FAILED: ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** npm packs what `files` says; that it is exactly what was staged is checked here. */
function packFolder(folder: string, staged: readonly string[]): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', TARBALLS];
  const output = execFileSync('npm', args, {
    cwd: folder,
    env: TOOL_ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [made] = Object.values(JSON.parse(output)) as { filename: string; files: { path: string }[] }[];
  if (made === undefined) throw new Error(`Expected npm to name the tarball of ${folder}, got ${output}`);
  const packed = made.files.map((file) => file.path).sort();
  const missing = staged.filter((path) => !packed.includes(path));
  const foreign = packed.filter((path) => !staged.includes(path));
  if (missing.length + foreign.length > 0)
    problems.push(`${made.filename}: expected what was staged, missing [${missing}], foreign [${foreign}]`);
  return join(TARBALLS, made.filename.replace(/^@/, '').replace('/', '-'));
}

async function lint(folder: string, tarball: string): Promise<string[]> {
  const manifest = readJson<PublishedManifest>(join(folder, 'package.json'));
  const bytes = readFileSync(tarball);
  const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
  const { messages } = await publint({ pack, level: 'warning', strict: true });
  return messages.map(
    (message) => `${manifest.name}: publint: ${formatMessage(message, { ...manifest }) ?? message.code}`,
  );
}
