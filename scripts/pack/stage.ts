/**
 * Lays out what a package publishes: its rewritten manifest, README, licence, and the built counterpart of every module
 * that ships. It starts from the sources, so that neither test material nor what an older build left gets in.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readModuleFacts } from '../module-facts.ts';
import { isTestMaterial, type Package, ROOT } from '../workspace.ts';
import { builtPath, publishManifest } from './publish-manifest.ts';

/** Stages a package below `folder`, and returns the paths of its files there. */
export function stage(pack: Package, folder: string, root: string = ROOT): string[] {
  const source = join(root, 'packages', pack.id);
  rmSync(folder, { recursive: true, force: true });
  const written: string[] = [];
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    written.push(path);
  };
  write('package.json', `${JSON.stringify(publishManifest(pack.manifest), null, 2)}\n`);
  write('README.md', readFileSync(join(source, 'README.md'), 'utf8'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  // Rules for users' linters ship as they are.
  const rules = join(source, 'lint');
  for (const rule of existsSync(rules) ? readdirSync(rules) : []) {
    write(`lint/${rule}`, readFileSync(join(rules, rule), 'utf8'));
  }
  for (const { path } of pack.sources.filter((module) => !isTestMaterial(module.path))) {
    // What declares other people's modules to our compiler is built into nothing.
    if (path.endsWith('.d.ts')) continue;
    for (const extension of ['.js', '.d.ts', '.js.map']) {
      const built = builtPath(path, extension).slice(`packages/${pack.id}/`.length);
      if (!existsSync(join(source, built)))
        throw new Error(`Expected ${built} of ${path}, got nothing: npm run build.`);
      write(built, finish(built, readFileSync(join(source, built), 'utf8')));
    }
  }
  return [...written, 'LICENSE'];
}

/**
 * The compiler leaves `.ts` in declarations and in `new URL('./worker.ts', import.meta.url)`: here they become `.js`,
 * letter for letter, so that source maps still hold. Declaration maps lead to sources that don't ship.
 */
export function finish(path: string, text: string): string {
  if (path.endsWith('.map')) return text;
  let finished = text.replace(/^\/\/# sourceMappingURL=.*\.d\.ts\.map\s*$/m, '');
  for (const { what } of readModuleFacts(path, text).imports) {
    if (!/^\.{1,2}\/.*\.ts$/.test(what)) continue;
    for (const quote of ["'", '"', '`']) {
      finished = finished.replaceAll(`${quote}${what}${quote}`, `${quote}${what.replace(/\.ts$/, '.js')}${quote}`);
    }
  }
  return finished;
}
