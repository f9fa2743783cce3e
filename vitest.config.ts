import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Packages whose tests neither wait for real time nor load several threads: their files run side by side. */
const PURE = new Set([
  'actors',
  'broadcast',
  'check',
  'clocks',
  'codec',
  'commit',
  'protocol',
  'quorum',
  'raft',
  'snapshot',
]);
/** Folders of other packages of which the same is true. */
const PURE_PARTS: Readonly<Record<string, readonly string[]>> = {
  sim: ['choices', 'explore', 'show', 'world'],
  troupe: ['simulations'],
};

/**
 * One project a package, so that `--project codec` runs one; tests that start worker threads need processes of their own,
 * hence forks. No test asserts speed: a time limit ends what hangs, and is far above what the longest takes on a machine
 * that others load, too.
 */
const testTimeout = 120_000;

/** For tests that start threads themselves. Why is told where systems start theirs: packages/threads/src/node-life.ts. */
const GENERIC_WRAPPERS = '--wasm-wrapper-tiering-budget=2000000000';

const packages = readdirSync(new URL('./packages/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => {
    const parts = (PURE_PARTS[name] ?? []).map((part) => `packages/${name}/src/${part}/**/*.test.ts`);
    const rest = project(name, [`packages/${name}/src/**/*.test.ts`], testTimeout, PURE.has(name), parts);
    return parts.length === 0 ? [rest] : [rest, project(`${name}-pure`, parts, testTimeout, true)];
  });

export default defineConfig({
  test: {
    watch: false,
    projects: [
      ...packages,
      project('scripts', ['scripts/**/*.test.ts']),
      project('benchmarks', ['benchmarks/**/*.test.ts']),
      project('examples', ['examples/**/*.test.ts']),
      // The soak and the torture tests load every core: they get more time.
      project('test', ['test/**/*.test.ts'], 300_000),
    ],
  },
});

function project(
  name: string,
  include: readonly string[],
  timeout = testTimeout,
  isPure = false,
  exclude: readonly string[] = [],
) {
  return {
    test: {
      name,
      include: [...include],
      exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
      environment: 'node' as const,
      pool: 'forks' as const,
      execArgv: [GENERIC_WRAPPERS],
      testTimeout: timeout,
      hookTimeout: timeout,
      passWithNoTests: true,
      // The pure ones first, on all cores; then the others, one file after the other.
      maxWorkers: isPure ? '100%' : 1,
      sequence: { groupOrder: isPure ? 0 : 1 },
    },
  };
}
