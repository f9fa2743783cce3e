import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Packages whose tests neither wait for real time nor load several threads: their files run side by side. */
const PURE = new Set(['broadcast', 'check', 'clocks', 'codec', 'commit', 'protocol', 'quorum', 'raft', 'snapshot']);

/**
 * One project a package, so that `--project actors` runs one; tests that start worker threads need processes of their
 * own, hence forks. A test that hangs ends by its time limit: no test asserts speed.
 */
const testTimeout = 30_000;

const packages = readdirSync(new URL('./packages/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => project(name, `packages/${name}/src/**/*.test.ts`, testTimeout, PURE.has(name)));

export default defineConfig({
  test: {
    watch: false,
    projects: [
      ...packages,
      project('scripts', 'scripts/**/*.test.ts'),
      project('benchmarks', 'benchmarks/**/*.test.ts'),
      project('examples', 'examples/**/*.test.ts'),
      // The soak and the torture tests load every core: they get more time.
      project('test', 'test/**/*.test.ts', 300_000),
    ],
  },
});

function project(name: string, include: string, timeout = testTimeout, isPure = false) {
  return {
    test: {
      name,
      include: [include],
      exclude: ['**/node_modules/**', '**/dist/**'],
      environment: 'node' as const,
      pool: 'forks' as const,
      testTimeout: timeout,
      hookTimeout: timeout,
      passWithNoTests: true,
      // The pure ones first, on all cores; then the others, one file after the other.
      maxWorkers: isPure ? '100%' : 1,
      sequence: { groupOrder: isPure ? 0 : 1 },
    },
  };
}
