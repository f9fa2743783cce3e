/**
 * Checks the architecture of DESIGN.md: imports go down only, cores are pure, nobody reaches into another package, and
 * what a manifest and a tsconfig.json declare is what the sources import.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { type Architecture, FLOORS_PATH, floorOf, refusal } from './floors.ts';
import { type ModuleFacts, readModuleFacts, type Use } from './module-facts.ts';
import { isTestMaterial, type Member, type Package, type SourceFile } from './workspace.ts';

export interface LayeringInput {
  readonly architecture: Architecture;
  readonly packages: readonly Package[];
  /** The private workspace members: examples, benchmarks and tests of the whole. */
  readonly members: readonly Member[];
  /** What tests, and members, may import besides: the root's development dependencies. */
  readonly tools: readonly string[];
}

export function checkLayering(input: LayeringInput): Finding[] {
  return [
    ...input.packages.flatMap((pack) => new PackageCheck(pack, input).run()),
    ...input.members.flatMap((member) => member.sources.flatMap((source) => checkMember(member, source, input))),
  ];
}

class PackageCheck {
  readonly #pack: Package;
  readonly #input: LayeringInput;
  readonly #findings: Finding[] = [];
  /** Names of npm packages and siblings that shipped sources import. */
  readonly #imported = new Set<string>();

  /** Which modules of the package each of its modules names. */
  readonly #edges = new Map<string, string[]>();

  constructor(pack: Package, input: LayeringInput) {
    this.#pack = pack;
    this.#input = input;
  }

  run(): Finding[] {
    if (floorOf(this.#input.architecture, this.#pack.id) === undefined) {
      this.#found(FLOORS_PATH, undefined, `gives ${this.#pack.id} no floor: add it to one`);
    }
    for (const source of this.#pack.sources) this.#checkSource(source);
    this.#checkReach();
    this.#checkDeclarations();
    return this.#findings;
  }

  #checkSource(source: SourceFile): void {
    const isTest = isTestMaterial(source.path);
    const facts = readModuleFacts(source.path, source.text);
    const named = facts.imports.filter((use) => isRelative(use.what));
    const folder = posix.dirname(source.path);
    this.#edges.set(
      source.path,
      named.map((use) => posix.join(folder, use.what)),
    );
    for (const use of facts.imports) this.#checkImport(source, use, isTest);
    if (!isTest) this.#checkPurity(source, facts);
  }

  #checkImport(source: SourceFile, use: Use, isTest: boolean): void {
    const specifier = use.what;
    if (specifier === '' || specifier.startsWith('node:')) return;
    const problems = isRelative(specifier)
      ? this.#relativeProblems(source, specifier, isTest)
      : builtinModules.includes(specifier)
        ? [`expected node:${specifier}, got ${specifier}`]
        : this.#packageProblems(specifier, isTest);
    for (const problem of problems) if (problem !== undefined) this.#found(source.path, use.line, problem);
  }

  #relativeProblems(source: SourceFile, specifier: string, isTest: boolean): string[] {
    const target = posix.join(posix.dirname(source.path), specifier);
    if (specifier.startsWith('/') || !target.startsWith(`packages/${this.#pack.id}/`))
      return [`${specifier} leaves the package: import other packages by name`];
    if (!/\.(ts|json)$/.test(specifier)) return [`expected a relative import that ends in .ts, got ${specifier}`];
    return !isTest && isTestMaterial(target) ? [`ships, and imports ${specifier}, which does not`] : [];
  }

  #packageProblems(specifier: string, isTest: boolean): (string | undefined)[] {
    const name = packageOf(specifier);
    const sibling = this.#input.packages.find((other) => other.manifest.name === name);
    if (sibling?.id === this.#pack.id) return ['imports itself by name: use a relative path'];
    if (!isTest) this.#imported.add(name);
    const why = sibling && refusal(this.#input.architecture, this.#pack.id, sibling.id);
    return [
      why && `may not import ${specifier}: ${why}`,
      checkEntry(sibling, specifier),
      sibling || isTest ? undefined : this.#externalProblem(name),
      this.#declares(name, isTest) ? undefined : `imports ${name}, which its package.json does not declare`,
    ];
  }

  #externalProblem(name: string): string | undefined {
    const { architecture } = this.#input;
    if (floorOf(architecture, this.#pack.id)?.pure !== true) return undefined;
    if (architecture.externals[this.#pack.id]?.includes(name) === true) return undefined;
    return `is a core and may not import ${name}: take it through an interface`;
  }

  #checkPurity(source: SourceFile, facts: ModuleFacts): void {
    const floor = floorOf(this.#input.architecture, this.#pack.id);
    const each = (uses: readonly Use[], problem: (what: string) => string) => {
      for (const use of uses) this.#found(source.path, use.line, problem(use.what));
    };
    if (floor?.timeless === true) {
      const timers = facts.imports.filter((use) => /^node:(timers|perf_hooks)\b/.test(use.what));
      each(
        [...facts.timing, ...timers],
        (what) => `${floor.floor} takes time and randomness from its host, not ${what}`,
      );
    }
    if (floor?.pure === true) {
      const builtins = facts.imports.filter((use) => use.what.startsWith('node:'));
      const computed = facts.imports.filter((use) => use.what === '');
      each(builtins, (what) => `${floor.floor} is pure and may not import ${what}: take it through an interface`);
      each(computed, () => `${floor.floor} is pure and may not import what it computes`);
      each(facts.async, (what) => `${floor.floor} is synchronous and may not use ${what}: a host does what takes time`);
      const known = this.#input.architecture.globals[this.#pack.id] ?? [];
      const world = facts.world.filter((use) => !known.includes(use.what));
      each(world, (what) => `${floor.floor} is pure and may not use ${what}: take it through an interface`);
    }
  }

  #declares(name: string, isTest: boolean): boolean {
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = this.#pack.manifest;
    if (name in dependencies || name in peerDependencies) return true;
    return isTest && (name in devDependencies || this.#input.tools.includes(name));
  }

  /** What no entry reaches would ship for nothing, and is test material by mistake more often than not. */
  #checkReach(): void {
    const { id, manifest, sources } = this.#pack;
    const entries = [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})];
    const reached = new Set(entries.map((entry) => posix.join('packages', id, entry ?? '')));
    for (const path of reached) {
      for (const target of this.#edges.get(path) ?? []) reached.add(target);
    }
    for (const { path } of sources) {
      // A declaration of another's module is for the compiler alone.
      if (isTestMaterial(path) || path.endsWith('.d.ts') || reached.has(path)) continue;
      this.#found(path, undefined, 'ships, and no entry reaches it: import it, or name it as a .fixture.ts');
    }
  }

  #checkDeclarations(): void {
    const { id, manifest, references } = this.#pack;
    const path = `packages/${id}/package.json`;
    const declared = Object.keys(manifest.dependencies ?? {});
    for (const name of declared) {
      if (!this.#imported.has(name)) this.#found(path, undefined, `declares ${name}, which no shipped source imports`);
    }
    const siblings = this.#input.packages.filter((other) => declared.includes(other.manifest.name));
    const expected = siblings.map((sibling) => sibling.id).sort();
    if (expected.join() !== [...references].sort().join()) {
      const got = references.join(', ');
      const problem = `expected references to its dependencies (${expected.join(', ')}), got (${got})`;
      this.#found(`packages/${id}/tsconfig.json`, undefined, problem);
    }
  }

  #found(path: string, line: number | undefined, problem: string): void {
    this.#findings.push(line === undefined ? { path, problem } : { path, line, problem });
  }
}

/** Private members are on no floor, but declare packages and reach them by their public names only, as users do. */
function checkMember({ folder, manifest }: Member, source: SourceFile, { packages, tools }: LayeringInput): Finding[] {
  const problemOf = (what: string): string | undefined => {
    if (isRelative(what)) {
      const isWithin = posix.join(posix.dirname(source.path), what).startsWith(`${folder}/`);
      return isWithin ? undefined : `${what} leaves ${folder}: import packages by name`;
    }
    const name = packageOf(what);
    // What is computed has no name.
    if (name === '' || name.startsWith('node:')) return undefined;
    if (!(name in (manifest.dependencies ?? {}) || tools.includes(name)))
      return `imports ${name}, which ${folder}/package.json does not declare`;
    return checkEntry(
      packages.find((pack) => pack.manifest.name === name),
      what,
    );
  };
  return readModuleFacts(source.path, source.text).imports.flatMap(({ what, line }) => {
    const problem = problemOf(what);
    return problem === undefined ? [] : [{ path: source.path, line, problem }];
  });
}

/** Another package is entered through its exports alone. */
function checkEntry(pack: Package | undefined, specifier: string): string | undefined {
  if (pack === undefined) return undefined;
  const entry = `.${specifier.slice(pack.manifest.name.length)}`;
  const target = pack.manifest.exports?.[entry];
  if (target !== undefined && target !== null) return undefined;
  const entries = Object.entries(pack.manifest.exports ?? {}).filter(([, path]) => path !== null);
  return `${specifier} is no entry of ${pack.manifest.name}, which has ${entries.map(([name]) => name).join(', ')}`;
}

function isRelative(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
