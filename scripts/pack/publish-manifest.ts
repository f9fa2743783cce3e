import type { Manifest } from '../workspace.ts';

export interface PublishedEntry {
  readonly types: string;
  readonly default: string;
}

export interface PublishedManifest extends Omit<Manifest, 'exports' | 'scripts' | 'devDependencies' | 'private'> {
  readonly exports: Readonly<Record<string, PublishedEntry | null>>;
  readonly publishConfig: { readonly access: 'public' };
}

/**
 * What is published differs from what the workspace runs: entries are built files instead of sources, and nothing is
 * left that serves development. npm applies `publishConfig.exports` to no tarball, hence this rewriting.
 */
export function publishManifest(manifest: Manifest): PublishedManifest {
  const { scripts: _scripts, devDependencies: _tools, private: _private, exports, bin, ...rest } = manifest;
  const entries = Object.entries(exports ?? {}).map(([name, source]) => [name, source && publishEntry(source)]);
  const programs = Object.entries(bin ?? {}).map(([name, source]) => [name, builtPath(source, '.js')]);
  return {
    ...rest,
    exports: Object.fromEntries(entries),
    ...(bin === undefined ? {} : { bin: Object.fromEntries(programs) }),
    publishConfig: { access: 'public' },
  };
}

/** `./src/a/b.ts` as its built counterpart below `./dist/`. */
export function builtPath(source: string, extension: string): string {
  const match = /^(\.\/|packages\/[^/]+\/)src\/(.+)\.ts$/.exec(source);
  if (match === null)
    throw new Error(`Expected a module src/….ts, got ${source}: entries are sources in the workspace.`);
  return `${match[1]}dist/${match[2]}${extension}`;
}

function publishEntry(source: string): PublishedEntry {
  return { types: builtPath(source, '.d.ts'), default: builtPath(source, '.js') };
}
